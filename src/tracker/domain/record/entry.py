"""An entry: a fact with who recorded it, when, and where it came from (contract, section 1).

Built by `intake` and the store; read by every fold. `as_known` chooses what counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import Generic, NamedTuple

from typing_extensions import TypeIs, TypeVar

from tracker.domain.facts import EntryVoided, Fact

F = TypeVar("F", bound=Fact, default=Fact, covariant=True)
K = TypeVar("K", bound=Fact)


class Entry(NamedTuple, Generic[F]):
    """One fact in its envelope: `Entry[MeetingHeld]` is one of a type, `Entry` of any.

    `time` is the source's own text (RFC 3339), `recorded_at` the store's stamp in UTC,
    `sequence` the place among the entries of its subject, from 1. `name` is `source id`.
    `forgotten`: what was personal in the fact has been erased.
    """

    subject: str
    source: str
    id: str
    time: str
    recorded_by: str
    recorded_at: datetime
    sequence: int
    fact: F
    correlation: str | None = None
    causation: str | None = None
    forgotten: bool = False

    @property
    def name(self) -> str:
        return f"{self.source} {self.id}"


def is_of(entry: Entry, kind: type[K]) -> TypeIs[Entry[K]]:
    """Whether the fact of an entry is of a type, or of a subclass of it."""
    return isinstance(entry.fact, kind)


def of_type(entries: Iterable[Entry], kind: type[K]) -> list[Entry[K]]:
    """The entries whose fact is of a type, in their order."""
    return [entry for entry in entries if is_of(entry, kind)]


_TRUE_ORDER = attrgetter("fact.on", "sequence")


def voids(entry: Entry) -> str | None:
    """The name of the entry that this one voids, if it is a void."""
    fact = entry.fact
    if isinstance(fact, EntryVoided):
        return f"{fact.entry_source or entry.source} {fact.entry}"
    return None


def as_known(entries: Iterable[Entry], known_at: datetime | None = None) -> list[Entry]:
    """The entries that count at a moment, in the order in which they act.

    Recorded at or before `known_at`; neither voided nor a void; by day, and on one day in the
    order recorded.
    """
    known = [e for e in entries if known_at is None or e.recorded_at <= known_at]
    gone = {target for e in known if (target := voids(e)) is not None}
    counting = [
        e for e in known if not isinstance(e.fact, EntryVoided) and (not gone or e.name not in gone)
    ]
    counting.sort(key=_TRUE_ORDER)
    return counting
