"""Turns entries into stored events and back. The topic is the fact's type on the wire.

Validation runs on load as on the way in: what is stored is exactly the fact as it was accepted.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent

from tracker.domain.entries import Entry
from tracker.domain.facts import CATALOGUE


class Envelope(NamedTuple):
    """An entry at its place: the aggregate of its subject, and the version there, from 1."""

    originator_id: UUID
    originator_version: int
    entry: Entry


def stamp(moment: datetime) -> str:
    """A moment in UTC as fixed-width text that sorts in time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def unstamp(text: str) -> datetime:
    return datetime.fromisoformat(text)


def encode(entry: Entry) -> bytes:
    """The stored state of an entry: JSON in a fixed order, the fact as it was given."""
    links = ""
    if entry.correlation is not None:
        links += f',"correlation":{quoted(entry.correlation)}'
    if entry.causation is not None:
        links += f',"causation":{quoted(entry.causation)}'
    return (
        f'{{"subject":{quoted(entry.subject)},"source":{quoted(entry.source)},'
        f'"id":{quoted(entry.id)},"time":{quoted(entry.time)},"by":{quoted(entry.recorded_by)},'
        f'"at":"{stamp(entry.recorded_at)}"{links},'
        f'"data":{entry.fact.model_dump_json(exclude_unset=True)}}}'
    ).encode()


def decode(topic: str, version: int, state: bytes) -> Entry:
    """The entry that a stored state holds; raises for an unknown topic or a broken state."""
    fact_type = CATALOGUE.get(topic)
    if fact_type is None:
        raise MapperDeserialisationError(
            f"the log holds a fact of unknown type {topic!r}: it was written by a newer release"
        )
    held: dict[str, Any] = json.loads(state)
    return Entry(
        subject=held["subject"],
        source=held["source"],
        id=held["id"],
        time=held["time"],
        recorded_by=held["by"],
        recorded_at=unstamp(held["at"]),
        sequence=version,
        fact=fact_type.model_validate(held["data"]),
        correlation=held.get("correlation"),
        causation=held.get("causation"),
    )


class EntryMapper(Mapper[UUID]):
    """The mapper of the log: envelopes of entries, no transcoder, one JSON text a fact."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        originator_id, version, entry = domain_event
        return StoredEvent(originator_id, version, entry.fact.TYPE, encode(entry))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        entry = decode(stored_event.topic, stored_event.originator_version, stored_event.state)
        originator_id = stored_event.originator_id
        assert isinstance(originator_id, UUID)
        return Envelope(originator_id, stored_event.originator_version, entry)
