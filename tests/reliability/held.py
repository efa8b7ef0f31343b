"""What a store holds, set against what was acknowledged."""

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
    found: list[tuple[int, Entry]] = []
    while page := log.page(found[-1][0] if found else 0, PAGE):
        found += page
    return found


def held(url: str) -> list[Entry]:
    """Every entry of a store, in a record without gaps."""
    with open_log(url, now) as log:
        found = whole_log(log)
    assert_gapless(found)
    return [entry for _, entry in found]


def assert_gapless(found: Sequence[tuple[int, Entry]]) -> None:
    """Positions from 1 without a gap, and so the sequence of each individual's record."""
    assert [position for position, _ in found] == list(range(1, len(found) + 1))
    last: Counter[str] = Counter()
    for _, entry in found:
        last[entry.subject] += 1
        assert entry.sequence == last[entry.subject], f"{entry.name} is out of its place"


@dataclass
class Found:
    """Counts: facts acknowledged, lost, twice there; imports there in part or otherwise than sent;
    stores that cannot be read.
    """

    acknowledged: int = 0
    lost: int = 0
    twice: int = 0
    torn: int = 0
    changed: int = 0
    corrupt: int = 0

    def __iadd__(self, other: Found) -> Found:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self

    @property
    def well(self) -> bool:
        return not (self.lost or self.twice or self.torn or self.changed or self.corrupt)


def acknowledged(said: Path) -> set[int]:
    """The numbers of the parcels that a writer said were stored; half a line says nothing."""
    lines = said.read_bytes().split(b"\n")[:-1] if said.exists() else []
    return {int(line) for line in lines}


def compared(entries: Iterable[Entry], sent: Collection[Parcel], said: Collection[int]) -> Found:
    """What of the parcels sent is there, told by the `time` of each fact."""
    ours = [entry for entry in entries if entry.source == SOURCE]
    there = {entry.time: entry for entry in ours}
    times = Counter(entry.time for entry in ours)
    promised = all_times(parcel for parcel in sent if parcel.number in said)
    found = Found(len(promised), len(promised - times.keys()))
    found.twice = sum(number > 1 for number in times.values())
    for parcel in sent:
        here = [there[time] for time in parcel.times if time in there]
        found.torn += 0 < len(here) < parcel.size
        if len(here) == parcel.size:
            found.changed += facts(parcel) != [(entry.subject, entry.fact) for entry in here]
    return found


@cache
def facts(parcel: Parcel) -> list[tuple[str, Fact]]:
    """What a parcel says, and of whom."""
    return [(one.subject, one.fact) for one in map(parse_event, parcel.events())]
