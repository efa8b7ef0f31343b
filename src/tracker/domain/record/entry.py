"""An entry: a fact with who recorded it, when, and where it came from (contract, section 1).

Built by `intake` and the store; read by every fold. `as_known` selects the entries that count.
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

    `time` is the text that the source sent (RFC 3339); `recorded_at` is the time of recording in
    UTC; `sequence` counts the entries of its subject from 1. `forgotten`: its personal data was
    erased.
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
        """The unique name of the entry: its source and its id, with a space between."""
        return f"{self.source} {self.id}"


def has_type(entry: Entry, kind: type[K]) -> TypeIs[Entry[K]]:
    """Whether the fact of an entry is an instance of a model; narrows the type of the entry."""
    return isinstance(entry.fact, kind)


def of_type(entries: Iterable[Entry], kind: type[K]) -> list[Entry[K]]:
    """The entries whose fact is an instance of a model, in the same order."""
    return [entry for entry in entries if has_type(entry, kind)]


_EFFECTIVE_ORDER = attrgetter("fact.on", "sequence")


def voids(entry: Entry) -> str | None:
    """The name of the entry that this one voids; None if it is not a void."""
    fact = entry.fact
    if isinstance(fact, EntryVoided):
        return f"{fact.entry_source or entry.source} {fact.entry}"
    return None


def as_known(entries: Iterable[Entry], known_at: datetime | None = None) -> list[Entry]:
    """The entries that count as known at a moment, in the order in which they take effect.

    These are the entries recorded at or before `known_at` (None: all) that are neither voids nor
    voided. They are sorted by `on`, and within a day in the order recorded.
    """
    known = [e for e in entries if known_at is None or e.recorded_at <= known_at]
    voided = {target for e in known if (target := voids(e)) is not None}
    counting = [
        e
        for e in known
        if not isinstance(e.fact, EntryVoided) and (not voided or e.name not in voided)
    ]
    counting.sort(key=_EFFECTIVE_ORDER)
    return counting
