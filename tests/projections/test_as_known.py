"""The views compared with brute force: any day as known at any moment, without later facts."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from population import fill, folded, moments, recorded, refilled
from projections import Engine, all_views
from projections.returns import annual_return, counted_people
from projections.returns.annual_return import Year
from projections.views import eligibility
from tracker.domain.answers.show import pending
from tracker.domain.dates import civil
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import Entry, voids
from tracker.store.log import Log
from tracker.store.opening import open_log

PEOPLE, FACTS, AREA = 20, 500, "cheshire"
YEARS = [Year.parse("2021-22"), Year.parse("2022-23")]


@pytest.fixture
def entries(log: Log, law: Law, chance: random.Random) -> list[Entry]:
    entries = recorded(law, chance, PEOPLE, FACTS)
    fill(log, entries)
    return entries


def caught_up(log: Log, law: Law) -> Any:
    Engine(log, law, all_views()).catch_up()
    return log.database.reading()


def days(chance: random.Random, around: datetime, number: int) -> list[date]:
    return [around.date() + timedelta(days=chance.randrange(-900, 500)) for _ in range(number)]


def snapshot_of(people: list[Timeline], area: str | None, on: date) -> Any:
    cells = []
    for t in people:
        standing = t.standing(on)
        here = t.location(on) == "community" and t.area(on) and area in (None, t.area(on))
        if here and standing and standing.level and standing.category in (1, 2, 3):
            cells.append((standing.level, standing.category, 1))
    return counted_people.table(cells)


def eligible_of(people: list[Timeline], area: str, on: date, until: date) -> Any:
    found = []
    for t in people:
        q = t.review_on(on)
        if q is not None and q.on is not None and q.on <= until and t.area(on) == area:
            barring = [order.order_id for order in t.barring(on)]
            found.append((q.on.isoformat(), t.subject, t.eligible(on), barring, pending(t, on)))
    return sorted(found)


def test_the_population_is_worth_counting(law: Law) -> None:
    """The tests below need people who are counted, recorded late, voided and eligible."""
    entries = recorded(law, random.Random(7), PEOPLE, FACTS)
    at = entries[-1].recorded_at
    people, asked = folded(entries, law, at), [date(2022, month, 28) for month in range(1, 13)]
    assert all(snapshot_of(people, AREA, on)["total"]["total"] for on in asked)
    assert any(eligible_of(people, AREA, on, date(2060, 1, 1)) for on in asked)
    happened = {occurrence.kind for t in people for occurrence in t.occurrences}
    assert len(happened) >= 4, happened
    assert sum(voids(entry) is not None for entry in entries) > FACTS / 20
    assert sum(entry.fact.corrects is not None for entry in entries) > FACTS / 50
    assert sum(civil(e.recorded_at) - e.fact.on > timedelta(days=20) for e in entries) > FACTS / 20
    moments_ = [entry.recorded_at for entry in entries]
    assert len(set(moments_)) < len(moments_), "some came in at one moment"


def test_counts_are_those_of_a_fold(
    log: Log, law: Law, entries: list[Entry], chance: random.Random
) -> None:
    with caught_up(log, law) as c:
        for at in moments(chance, entries, 30):
            people = folded(entries, law, at)
            for on in days(chance, at, 6):
                for area in (AREA, "merseyside", None):
                    expected = snapshot_of(people, area, on)
                    assert counted_people.snapshot(c, area, on, at) == expected, (area, on, at)


def test_eligible_are_those_of_a_fold(
    log: Log, law: Law, entries: list[Entry], chance: random.Random
) -> None:
    with caught_up(log, law) as c:
        for at in moments(chance, entries, 30):
            people = folded(entries, law, at)
            for on in days(chance, at, 6):
                until = on + timedelta(days=chance.choice((0, 400, 9000)))
                open_to_all = law.in_force("soa2003.s91a", on)
                rows = eligibility.eligible(c, AREA, on, until, at, open_to_all)
                held = [
                    (r["qualifying_on"], r["subject"], r["eligible"], r["blocked_by"], r["pending"])
                    for r in rows
                ]
                assert held == eligible_of(people, AREA, on, until), (on, at)


def test_the_return_is_that_of_a_store_without_later_facts(
    log: Log, law: Law, entries: list[Entry], chance: random.Random, tmp_path: Path
) -> None:
    """What was known at T never changes, whatever is recorded afterwards."""
    with caught_up(log, law) as c:
        for number, at in enumerate(sorted(moments(chance, entries, 6))):
            then = [entry for entry in entries if entry.recorded_at <= at]
            with (
                refilled(tmp_path / f"then-{number}.db", then) as earlier,
                caught_up(earlier, law) as past,
            ):
                for area in (AREA, "merseyside"):
                    for year in YEARS:
                        answer = annual_return.annual_return(c, area, year, at, None)
                        expected = annual_return.annual_return(past, area, year, at, None)
                        assert answer == expected, (area, year, at)
                for on in days(chance, at, 4):
                    assert counted_people.snapshot(c, None, on, at) == counted_people.snapshot(
                        past, None, on, at
                    )


def test_the_return_is_the_same_however_the_views_were_updated(
    log: Log, law: Law, entries: list[Entry], tmp_path: Path
) -> None:
    """Whether updated fact by fact as each was recorded, or all at once."""
    at = entries[-1].recorded_at
    with open_log(f"sqlite:///{tmp_path / 'slow.db'}", lambda: datetime.now(UTC)) as slow:
        engine = Engine(slow, law, all_views())
        for start in range(0, len(entries), 50):
            fill(slow, entries[start : start + 50])
            engine.catch_up()
        with (
            slow.database.reading() as past,
            caught_up(log, law) as c,
        ):
            for year in YEARS:
                answer = annual_return.annual_return(c, AREA, year, at, None)
                assert answer == annual_return.annual_return(past, AREA, year, at, None)
