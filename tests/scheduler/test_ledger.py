"""The run ledger: what is due, what was missed, what another left behind; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from projections.engine.day_numbers import instant
from scheduler.ledger import ABANDONED, DONE, FAILED, MISSED, Ledger, last_runs
from scheduler.triggers import Every, WallClock
from scheduler_world import Clock, Place

NIGHTLY, DAY = WallClock("10 0 * * *"), timedelta(days=1)
START = datetime(2026, 1, 10, 12, tzinfo=UTC)


@pytest.fixture
def ledger(place: Place, clock: Clock) -> Ledger:
    return Ledger(place.database, clock, "here:1")


def due(ledger: Ledger, clock: Clock, late: timedelta = 30 * DAY) -> str | None:
    found = ledger.due("job", NIGHTLY, late, clock())
    return found and found.strftime("%d %H:%M")


def run(ledger: Ledger, clock: Clock, outcome: str = DONE) -> str | None:
    """Runs what is due; returns the day it was for."""
    intended = ledger.due("job", NIGHTLY, 30 * DAY, clock())
    begun = ledger.begin("job", intended) if intended else None
    if begun is None:
        return None
    assert ledger.end(begun, outcome, {"n": 1})
    return begun.intended.strftime("%d")


def test_a_scheduler_that_is_new_begins_with_the_last_time(ledger: Ledger, clock: Clock) -> None:
    assert due(ledger, clock) == "10 00:10"
    assert run(ledger, clock) == "10"
    assert due(ledger, clock) is None


def test_what_was_missed_is_caught_up_in_order(ledger: Ledger, clock: Clock) -> None:
    run(ledger, clock)
    clock.forward(3 * DAY)
    assert [run(ledger, clock) for _ in range(4)] == ["11", "12", "13", None]


def test_what_is_too_late_is_passed_over_and_said_so(
    ledger: Ledger, clock: Clock, place: Place
) -> None:
    run(ledger, clock)
    clock.forward(10 * DAY)
    assert due(ledger, clock, late=2 * DAY) == "19 00:10"
    with place.database.reading() as c:
        row = last_runs(c)["job"]
    assert (row.outcome, row.counts) == (MISSED, {"missed": 8})


def test_what_failed_is_tried_again_after_longer_and_longer(ledger: Ledger, clock: Clock) -> None:
    assert run(ledger, clock, FAILED) == "10"
    waits = []
    for _ in range(9):
        waited = 0
        while due(ledger, clock) is None:
            clock.forward(timedelta(minutes=1))
            waited += 1
        waits.append(waited)
        run(ledger, clock, FAILED)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_later_time_waits_for_one_that_failed(ledger: Ledger, clock: Clock) -> None:
    run(ledger, clock, FAILED)
    clock.forward(DAY)
    assert [run(ledger, clock), run(ledger, clock)] == ["10", "11"]


def test_what_failed_until_it_was_too_late_holds_up_nothing(
    ledger: Ledger, clock: Clock, place: Place
) -> None:
    run(ledger, clock, FAILED)
    clock.forward(5 * DAY)
    assert due(ledger, clock, late=DAY) == "15 00:10"


def test_a_time_is_begun_once_unless_it_was_left_unfinished(ledger: Ledger, clock: Clock) -> None:
    first = ledger.begin("job", START)
    assert first is not None
    assert first.attempt == 1
    # its lock could be had: whoever ran it has died
    again = ledger.begin("job", START)
    assert again is not None
    assert (again.attempt, again.run) == (2, "job-20260110T120000Z-2")
    assert not ledger.end(first, DONE, {}), "who was taken to be dead ends nothing"
    assert ledger.end(again, ABANDONED, {})
    third = ledger.begin("job", START)
    assert third is not None
    assert ledger.end(third, DONE, {})
    assert ledger.begin("job", START) is None


def test_a_clock_set_back_by_an_hour_runs_nothing_twice(ledger: Ledger, clock: Clock) -> None:
    clock.set(datetime(2026, 1, 11, 0, 20, tzinfo=UTC))
    assert run(ledger, clock) == "11"
    clock.forward(-timedelta(hours=1))
    assert run(ledger, clock) == "10", "its time has come by this clock, and it was never run"
    ran = []
    for _ in range(4):
        clock.forward(timedelta(minutes=30))
        ran.append(run(ledger, clock))
    assert ran == [None] * 4


def test_a_clock_that_ran_a_year_ahead_stops_nothing(ledger: Ledger, clock: Clock) -> None:
    run(ledger, clock)
    clock.forward(365 * DAY)
    assert run(ledger, clock) is not None
    clock.set(START + DAY)
    assert run(ledger, clock) == "11"


def test_a_job_without_a_time_of_day_has_nothing_to_catch_up(ledger: Ledger, clock: Clock) -> None:
    every = Every(60)
    first = ledger.due("often", every, DAY, clock())
    assert first == START
    begun = ledger.begin("often", first)
    assert begun is not None
    ledger.end(begun, DONE, {})
    assert ledger.due("often", every, DAY, clock()) is None
    clock.forward(timedelta(hours=5))
    assert ledger.due("often", every, DAY, clock()) == clock()


def test_rows_well_dealt_with_are_forgotten_in_time(
    ledger: Ledger, clock: Clock, place: Place
) -> None:
    for _ in range(5):
        run(ledger, clock)
        clock.forward(DAY)
    ledger.delete_done_before("job", clock() - 2 * DAY)
    with place.database.reading() as c:
        c.execute("SELECT intended FROM scheduler_runs ORDER BY intended")
        kept = [row[0] for row in c.fetchall()]
    assert kept == [instant(START.replace(hour=0, minute=10) + n * DAY) for n in (4,)]
