"""An entry: a fact with who recorded it, when, and where it came from (contract, section 1).

Built by `intake` and the store; read by every fold. `as_known` chooses what counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from tracker.domain.facts import EntryVoided, Fact


class Entry(NamedTuple):
    """One fact in its envelope.

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
    fact: Fact
    correlation: str | None = None
    causation: str | None = None
    forgotten: bool = False

    @property
    def name(self) -> str:
        return f"{self.source} {self.id}"


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
