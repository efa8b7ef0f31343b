"""Simulated years: two schedulers that are killed at random flag what a day-by-day count flags.

Each once, on its day, whatever arrives late and however long nobody ran at all.
"""

from __future__ import annotations

import random
import time as real
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from projections.engine.day_numbers import moment_of
from reliability.nursery import Child, Nursery
from reliability.scheduling import FileClock
from reliability.tiers import tiers
from scheduler.flagging import SOURCE
from scheduler.ledger import DONE
from scheduler_world import KINDS, Place, empty, opened
from scheduler_years import News, done_by_scheduler, expected, in_order, news, people
from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.intake.importing import Importer
from wire import Event, written

START, DAY = date(2026, 1, 1), timedelta(days=1)
PATIENCE = 60.0


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    done_by_scheduler = Nursery(tmp_path)
    yield done_by_scheduler
    done_by_scheduler.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")
    return str(request.param)


class Years:
    """A store, two schedulers, and the days as they go by."""

    def __init__(self, url: str, folder: Path, nursery: Nursery, law: Law, fault: str = "") -> None:
        self.url, self.folder, self.nursery, self.law = url, folder, nursery, law
        self.clock = FileClock(str(folder / "clock"))
        self.stop, self.fault = folder / "stop", fault
        self.runs: dict[date, datetime] = {}
        self.kills = self.recorded = 0

    def begin(self, events: Iterator[Event]) -> None:
        self.clock.set(datetime.combine(START, time(0), UTC))
        with opened(self.url, self.law, self.clock) as place:  # type: ignore[arg-type]
            file = written(self.folder / "people.jsonl", events)
            Importer(place.log, self.law, file, self.clock(), trust_times=True).run()

    def scheduler(self, number: int) -> Child:
        return self.nursery.start(
            "scheduling:schedule", url=self.url, clock=str(self.clock.file), stop=str(self.stop),
            holder=f"holder {number}", fault=self.fault,
        )  # fmt: skip

    def go_by(self, chance: random.Random, days: int, arriving: News, down: float = 0.01) -> None:
        """Each day: both run what is due, one may be killed at it; then officers record."""
        schedulers: list[Child] = []  # none before the clock shows the first day
        down_until, last = START, START + days * DAY
        with opened(self.url, self.law, self.clock) as place:  # type: ignore[arg-type]
            for day in [START + n * DAY for n in range(days)]:
                if chance.random() < down and day < last - 8 * DAY:
                    down_until = day + chance.randrange(1, 8) * DAY
                    for child in schedulers:
                        child.killed()
                    schedulers = []
                self.clock.set(datetime.combine(day, time(0, 10, 30), UTC))
                if day >= down_until:
                    while len(schedulers) < 2:
                        schedulers.append(self.scheduler(len(schedulers)))
                    if chance.random() < 0.08:
                        schedulers.pop(chance.randrange(2)).killed(after=chance.random() * 0.01)
                        self.kills += 1
                    self._wait(place, day)
                    for n in range((day - START).days + 1):
                        self.runs.setdefault(START + n * DAY, self.clock())
                for piece in arriving.get(day, ()):
                    self.clock.set(datetime.combine(day, time(12), UTC))
                    self._record(place, piece)
        self.stop.touch()
        for child in schedulers:
            child.done()

    def _wait(self, place: Place, day: date) -> None:
        """Until the day's run is done: by either, and all before it."""
        end = real.monotonic() + PATIENCE
        while real.monotonic() < end:
            rows = place.rows(
                "SELECT intended, outcome FROM scheduler_runs WHERE job='flag'"
                " ORDER BY intended DESC LIMIT 10"
            )
            done = {_day(row[0]): row[1] for row in rows}
            if done.get(day) == DONE and set(done.values()) == {DONE}:
                return
            real.sleep(0.002)
        raise AssertionError(f"nobody ran {day}: {done}")

    def _record(self, place: Place, piece: list[Event]) -> None:
        try:
            place.record(*piece)
            self.recorded += 1
        except Refused:
            pass  # it could not be recorded of this person

    def records(self) -> dict[str, list[Entry]]:
        of: dict[str, list[Entry]] = {}
        with opened(self.url, self.law, self.clock) as place:  # type: ignore[arg-type]
            for page in place.log.pages():
                for _, entry in page:
                    of.setdefault(entry.subject, []).append(entry)
        return of

    def item_keys(self) -> list[str]:
        with opened(self.url, self.law, self.clock) as place:  # type: ignore[arg-type]
            rows = place.rows(
                "SELECT key FROM scheduler_items WHERE kind LIKE 'review_%' ORDER BY key"
            )
        return [row[0] for row in rows]


def _day(intended: int) -> date:
    return civil(moment_of(intended))


def simulated(
    kind: str, folder: Path, nursery: Nursery, law: Law, chance: random.Random, number: int,
    days: int, fault: str = "",
) -> Iterator[Years]:  # fmt: skip
    with empty(kind, folder) as url:
        years = Years(url, folder, nursery, law, fault)
        years.begin(people(chance, number, START))
        arriving = news(chance, number, START, days)
        years.go_by(chance, days, arriving, down=0.05 if fault else 0.01)
        yield years


@tiers("YEARS", 120, 2_000)
def test_years_of_flags(
    kind: str, tmp_path: Path, nursery: Nursery, law: Law, chance: random.Random, times: int
) -> None:
    """Of `times` people: half a year for a few, five years for two thousand."""
    days = 1_826 if times >= 2_000 else 180
    for years in simulated(kind, tmp_path, nursery, law, chance, times, days):
        records = years.records()
        officers = {s: [e for e in own if e.source != SOURCE] for s, own in records.items()}
        wanted, did = expected(officers, years.runs, law), done_by_scheduler(records, SOURCE)
        acts = [one.act for one in did]
        print(f"{acts.count('flagged')} flags, {acts.count('withdrawn')} withdrawn, "
              f"{years.kills} kills, {years.recorded} pieces recorded meanwhile")  # fmt: skip
        assert did == wanted
        assert acts.count("flagged") > times / 20
        assert years.kills
        scheduler_wrote = [e.id for own in records.values() for e in own if e.source == SOURCE]
        assert years.item_keys() == sorted(scheduler_wrote), "one item each"


def test_without_the_lock_nothing_is_flagged_twice_either(
    kind: str, tmp_path: Path, nursery: Nursery, law: Law, chance: random.Random
) -> None:
    """What is flagged is decided on the record: the lock saves work, and is not leant on."""
    for years in simulated(kind, tmp_path, nursery, law, chance, 120, 60, "no lock"):
        stand: set[tuple[str, date]] = set()
        for entries in years.records().values():
            for done in in_order(entries, SOURCE):
                name = done.subject, done.qualifying_on
                assert (name in stand) == (done.act == "withdrawn"), done
                stand ^= {name}
        assert stand


@pytest.mark.parametrize("fault", ["today alone", "a day late"])
def test_schedulers_that_are_at_fault_are_seen(
    tmp_path: Path, nursery: Nursery, law: Law, chance: random.Random, fault: str
) -> None:
    for years in simulated("sqlite", tmp_path, nursery, law, chance, 400, 90, fault):
        records = years.records()
        officers = {s: [e for e in own if e.source != SOURCE] for s, own in records.items()}
        assert done_by_scheduler(records, SOURCE) != expected(officers, years.runs, law)
