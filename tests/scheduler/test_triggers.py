"""When jobs run: in London time, each time exactly once, even when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.triggers import Every, WallClock, parse_trigger, wall_time
from tracker.domain.dates import LONDON, civil

BEFORE_SPRING = datetime(2026, 3, 28, 12, tzinfo=UTC)
BEFORE_AUTUMN = datetime(2026, 10, 24, 12, tzinfo=UTC)
MOMENTS = st.integers(1_262_304_000, 2_051_222_400).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
TIMES = st.tuples(st.integers(0, 23), st.integers(0, 59))


def times(expression: str, after: datetime, number: int) -> list[str]:
    found = islice(WallClock(expression).after(after), number)
    return [at.astimezone(LONDON).strftime("%d %H:%M %Z") for at in found]


def test_a_time_that_a_spring_night_leaves_out_is_taken_an_hour_later() -> None:
    assert times("30 1 * * *", BEFORE_SPRING, 3) == [
        "29 02:30 BST", "30 01:30 BST", "31 01:30 BST",
    ]  # fmt: skip


def test_a_time_that_an_autumn_night_has_twice_is_its_first() -> None:
    assert times("30 1 * * *", BEFORE_AUTUMN, 3) == [
        "25 01:30 BST", "26 01:30 GMT", "27 01:30 GMT",
    ]  # fmt: skip


def test_midnight_is_london_s_in_summer_too() -> None:
    assert times("10 0 * * *", datetime(2026, 6, 30, 12, tzinfo=UTC), 1) == ["01 00:10 BST"]


def test_within_the_hour_that_comes_twice_nothing_is_due_again() -> None:
    """Also where the clock is looked at between the first half past one and the second."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second = first + timedelta(hours=1)
    assert wall_time(first) == wall_time(second)
    clock = WallClock("30 1 * * *")
    assert clock.last(first) == clock.last(second) == first
    assert next(clock.after(first)) == first + timedelta(hours=25)


def test_apscheduler_gets_the_same_times() -> None:
    clock, at = WallClock("30 1 * * *"), BEFORE_AUTUMN
    moments: list[datetime] = []
    before: datetime | None = None
    while len(moments) < 3:
        found = clock.get_next_fire_time(before, at)
        assert found is not None
        moments.append(found)
        before = at = found
    assert moments == list(islice(clock.after(BEFORE_AUTUMN), 3))


@given(TIMES, MOMENTS)
def test_a_daily_job_has_one_time_for_each_day(at: tuple[int, int], after: datetime) -> None:
    found = list(islice(WallClock(f"{at[1]} {at[0]} * * *").after(after), 400))
    assert all(one < other for one, other in pairwise(found))
    days = [civil(moment) for moment in found]
    assert [(b - a).days for a, b in pairwise(days)] == [1] * 399


@given(TIMES, MOMENTS)
def test_the_last_time_is_the_one_before_the_next(at: tuple[int, int], now: datetime) -> None:
    clock = WallClock(f"{at[1]} {at[0]} * * *")
    last = clock.last(now)
    assert last is not None
    assert last <= now
    assert next(clock.after(last)) > now


def test_once_a_year() -> None:
    clock = WallClock("40 0 1 4 *")
    assert clock.last(datetime(2026, 11, 23, tzinfo=UTC)) == datetime(
        2026, 3, 31, 23, 40, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("field", "days"),
    [
        ("0", "Sun"), ("7", "Sun"), ("1", "Mon"), ("6", "Sat"), ("sun", "Sun"), ("Mon", "Mon"),
        ("1-5", "Mon Tue Wed Thu Fri"), ("5-7", "Fri Sat Sun"), ("0-2", "Mon Tue Sun"),
        ("sun-tue", "Mon Tue Sun"), ("fri-sun", "Fri Sat Sun"), ("*/2", "Tue Thu Sat Sun"),
        ("1-5/2", "Mon Wed Fri"), ("0,3,7", "Wed Sun"), ("0-7", "Mon Tue Wed Thu Fri Sat Sun"),
    ],
)  # fmt: skip
def test_weekdays_are_those_of_a_crontab(field: str, days: str) -> None:
    """From Monday 30 November 2026, a week."""
    start = datetime(2026, 11, 29, 12, tzinfo=UTC)
    week = list(islice(WallClock(f"30 4 * * {field}").after(start), 8))
    assert [f"{at:%a}" for at in week if at < start + timedelta(days=7)] == days.split()


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("0 5 13 * 5", ["04", "11", "13", "18"]),  # the 13th, and every Friday
        ("0 5 13 * *", ["13"]),
        ("0 5 */7 * 1", []),  # with a star both are wanted: no Monday among 1, 8, 15, 22, 29
    ],
)
def test_a_day_of_the_month_or_a_weekday_is_enough(expression: str, days: list[str]) -> None:
    december = datetime(2026, 11, 30, 12, tzinfo=UTC)
    found = islice(WallClock(expression).after(december), 4)
    assert [f"{at:%d}" for at in found if at < datetime(2026, 12, 19, tzinfo=UTC)] == days


@given(st.integers(1, 100_000), MOMENTS)
def test_again_and_again(seconds: int, now: datetime) -> None:
    every = Every(seconds)
    last = every.last(now)
    assert last <= now < next(every.after(now)) == last + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text",
    [
        "every 0 s",
        "daily",
        "61 * * * *",
        "",
        "every minute or so ok",
        "0 5 * * 8",
        "0 5 * * 5-2",
        "0 5 * * 1/2",
        "0 5 * * 2nd",
        "0 5 * * ,",
    ],
)
def test_what_says_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        parse_trigger(text)
