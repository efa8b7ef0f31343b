"""Turns entries into stored rows and back. The topic is the fact's type on the wire.

A fact is stored exactly as it was accepted, and validated again on load. What identifies a person
is sealed before it is stored (`sealing`) and opened on load.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import orjson

from tracker.domain.errors import TrackerError
from tracker.domain.facts import CATALOGUE, Fact
from tracker.domain.open_json import JsonObject
from tracker.domain.record.entry import Entry


class Unreadable(TrackerError):
    """A stored state that this release cannot turn into an entry."""


class Envelope(NamedTuple):
    """An entry with the id of its aggregate and its version there, numbered from 1."""

    originator_id: UUID
    originator_version: int
    entry: Entry


class Sealing(Protocol):
    """Seals what identifies a person before it is stored, and opens it again."""

    def seal(self, originator_id: str, entry: Entry) -> tuple[bytes, str | None]:
        """The open part of a fact as JSON, and the sealed part if there is one."""
        ...

    def open(
        self, originator_id: str, version: int, topic: str, stored: JsonObject
    ) -> tuple[JsonObject, bool]:
        """The data of a fact, and whether its personal part is forgotten: its key was destroyed."""
        ...


def stamp(moment: datetime) -> str:
    """A moment in UTC as text of a fixed width, which sorts in order of time."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat("T", "microseconds")[:26] + "Z"


def unstamp(text: str) -> datetime:
    """The moment that `stamp` wrote as text."""
    return datetime.fromisoformat(text)


def encode(entry: Entry, originator_id: str, sealing: Sealing) -> bytes:
    """The stored state of an entry: JSON with its fields in a fixed order, its fact sealed."""
    state: dict[str, object] = {
        "subject": entry.subject,
        "source": entry.source,
        "id": entry.id,
        "time": entry.time,
        "by": entry.recorded_by,
        "at": entry.recorded_at,
    }
    if entry.correlation is not None:
        state["correlation"] = entry.correlation
    if entry.causation is not None:
        state["causation"] = entry.causation
    if entry.fact.UPCASTS:
        state["form"] = len(entry.fact.UPCASTS) + 1
    data, sealed = sealing.seal(originator_id, entry)
    state["data"] = orjson.Fragment(data)
    if sealed is not None:
        state["sealed"] = sealed
    return orjson.dumps(state, option=orjson.OPT_UTC_Z)


def _fact_type(topic: str) -> type[Fact]:
    fact_type = CATALOGUE.get(topic)
    if fact_type is None:
        raise Unreadable(
            f"the log holds a fact of unknown type {topic!r}: it was written by a newer release"
        )
    return fact_type


def decode(originator_id: str, version: int, topic: str, state: bytes, sealing: Sealing) -> Entry:
    """The entry in a stored state.

    Raises Unreadable for an unknown topic or a damaged state, and another TrackerError where the
    sealed part cannot be opened.
    """
    fact_type = _fact_type(topic)
    try:
        stored: JsonObject = orjson.loads(state)
        data, forgotten = stored["data"], False
        if "sealed" in stored:
            data, forgotten = sealing.open(originator_id, version, topic, stored)
        for upcast in fact_type.UPCASTS[stored.get("form", 1) - 1 :]:
            data = upcast(data)
        if stored.get("form", 1) > len(fact_type.UPCASTS) + 1:
            raise ValueError("a form of a newer release")
        return Entry(
            subject=stored["subject"],
            source=stored["source"],
            id=stored["id"],
            time=stored["time"],
            recorded_by=stored["by"],
            recorded_at=unstamp(stored["at"]),
            sequence=version,
            fact=fact_type.model_validate(data),
            correlation=stored.get("correlation"),
            causation=stored.get("causation"),
            forgotten=forgotten,
        )
    except TrackerError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError):
        # without the text of the error, which may show personal data
        raise Unreadable(
            f"the log holds a fact of type {topic!r} that cannot be read: it is damaged, "
            "or was written by a newer release"
        ) from None


class Decoder:
    """Decodes stored rows, unsealed as far as `sealing` unseals them."""

    def __init__(self, sealing: Sealing) -> None:
        self.sealing = sealing

    def entry(self, originator_id: str, version: int, topic: str, state: bytes) -> Entry:
        return decode(originator_id, version, topic, state, self.sealing)
