"""Compares what is in a store with what was acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from reliability.parcels import SOURCE, Parcel, all_times
from reliability.workers import now
from tracker.domain.facts import Fact
from tracker.domain.record.entry import Entry
from tracker.intake.cloudevents import parse_event
from tracker.store.log import Log
from tracker.store.opening import open_log

PAGE = 500


def whole_log(log: Log) -> list[tuple[int, Entry]]:
    """Every entry with its position, as the log is paged through."""
    entries: list[tuple[int, Entry]] = []
    while page := log.page(entries[-1][0] if entries else 0, PAGE):
        entries += page
    return entries


def stored_entries(url: str) -> list[Entry]:
    """Every entry of a store; fails where positions or records have gaps."""
    with open_log(url, now) as log:
        entries = whole_log(log)
    assert_gapless(entries)
    return [entry for _, entry in entries]


def assert_gapless(entries: Sequence[tuple[int, Entry]]) -> None:
    """Positions count from 1 without a gap, as do the sequences of each individual."""
    assert [position for position, _ in entries] == list(range(1, len(entries) + 1))
    last: Counter[str] = Counter()
    for _, entry in entries:
        last[entry.subject] += 1
        assert entry.sequence == last[entry.subject], f"{entry.name} is out of its place"


@dataclass
class Outcome:
    """Counts of facts acknowledged, lost and stored twice; of imports stored in part, or not as
    sent; of stores that cannot be read.
    """

    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    torn: int = 0
    changed: int = 0
    corrupt: int = 0

    def __iadd__(self, other: Outcome) -> Outcome:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self

    @property
    def well(self) -> bool:
        return not (self.lost or self.twice or self.torn or self.changed or self.corrupt)


def acknowledged(said: Path) -> set[int]:
    """The numbers of the parcels that a writer reported as stored; half a line is ignored."""
    lines = said.read_bytes().split(b"\n")[:-1] if said.exists() else []
    return {int(line) for line in lines}


def compare(entries: Iterable[Entry], sent: Collection[Parcel], said: Collection[int]) -> Outcome:
    """Compares entries with the parcels sent; the `time` of each fact identifies it."""
    ours = [entry for entry in entries if entry.source == SOURCE]
    there = {entry.time: entry for entry in ours}
    times = Counter(entry.time for entry in ours)
    promised = all_times(parcel for parcel in sent if parcel.number in said)
    outcome = Outcome(len(promised), len(promised - times.keys()))
    outcome.twice = sum(number > 1 for number in times.values())
    for parcel in sent:
        here = [there[time] for time in parcel.times if time in there]
        outcome.torn += 0 < len(here) < parcel.size
        if len(here) == parcel.size:
            outcome.changed += facts(parcel) != [(entry.subject, entry.fact) for entry in here]
    return outcome


@cache
def facts(parcel: Parcel) -> list[tuple[str, Fact]]:
    """The subject and fact of each event of a parcel."""
    return [(one.subject, one.fact) for one in map(parse_event, parcel.events())]
