"""Counting days (contract, section 3, Days; rules, section 0) against an oracle.

The oracle does not use month lengths: it goes through the calendar for the first day that is not
before the corresponding one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.domain import dates as d
from tracker.domain.dates import Term, after_months, after_years, parse_term

FIRST = date(1996, 1, 1)
CALENDAR = [FIRST + timedelta(days=n) for n in range((date(2160, 1, 1) - FIRST).days)]
KEYS = [(day.year * 12 + day.month, day.day) for day in CALENDAR]
STARTS = CALENDAR[: (date(2041, 1, 1) - FIRST).days]
LEAP_DAYS = [day for day in STARTS if (day.month, day.day) == (2, 29)]
MONTHS = [*range(1, 14), 18, 23, 24, 29, 30, 31, 36, 42, 59, 60, 61, 84, 96, 120, 144, 180, 200]


def on(text: str) -> date:
    return date.fromisoformat(text)


def first_day_after(start: date, months: int) -> date:
    """Oracle: the first day not before the corresponding one, which need not exist."""
    return CALENDAR[bisect_left(KEYS, (start.year * 12 + start.month + months, start.day))]


def last_day_not_after(start: date, months: int) -> date:
    """Oracle: the last day not after the corresponding one."""
    return CALENDAR[bisect_right(KEYS, (start.year * 12 + start.month + months, start.day)) - 1]


class TestMonthsAndYears:
    @pytest.mark.parametrize("months", MONTHS)
    def test_every_day_of_45_years(self, months: int) -> None:
        wrong = [s for s in STARTS if after_months(s, months) != first_day_after(s, months)]
        assert wrong == []

    def test_every_number_of_months_from_the_days_that_matter(self) -> None:
        starts = [*LEAP_DAYS, *(s for s in STARTS if s.year in (1999, 2000) and s.day > 27)]
        for start in starts:
            for months in range(201):
                assert after_months(start, months) == first_day_after(start, months)

    @pytest.mark.parametrize("months", [1, 6, 12, 30, 180])
    def test_a_later_start_never_ends_earlier(self, months: int) -> None:
        ends = [after_months(start, months) for start in STARTS]
        assert ends == sorted(ends)

    @pytest.mark.parametrize("years", [1, 2, 5, 7, 8, 10, 15, 18])
    def test_years_are_twelve_months_each(self, years: int) -> None:
        assert all(after_years(s, years) == after_months(s, 12 * years) for s in STARTS[:1500])

    @pytest.mark.parametrize("years", [10, 7, 5, 2])
    def test_half_of_a_period_is_six_months_a_year(self, years: int) -> None:
        for start in STARTS[::7]:
            half = after_months(start, 6 * years)
            assert half == first_day_after(start, 6 * years)
            assert abs((after_years(start, years) - half) - (half - start)) <= timedelta(days=6)

    @pytest.mark.parametrize(
        ("start", "months", "free"),
        [
            ("2024-02-29", 12, "2025-03-01"),  # complete at the end of 28 February
            ("2024-02-29", 48, "2028-02-29"),
            ("2024-02-29", 120, "2034-03-01"),
            ("2024-02-28", 12, "2025-02-28"),
            ("2023-03-01", 12, "2024-03-01"),
            ("2023-08-31", 6, "2024-03-01"),  # no 31 February: the period ends with the month
            ("2022-08-31", 6, "2023-03-01"),
            ("2024-08-30", 30, "2027-03-01"),
            ("2024-01-31", 1, "2024-03-01"),
            ("2024-12-31", 2, "2025-03-01"),
            ("2024-10-31", 1, "2024-12-01"),
            ("2024-01-15", 0, "2024-01-15"),
        ],
    )
    def test_the_edges_by_hand(self, start: str, months: int, free: str) -> None:
        assert after_months(on(start), months) == on(free)


class TestInclusiveAndExclusive:
    def test_days_beginning_with_count_the_first(self) -> None:
        assert d.last_day_beginning_with(on("2025-03-03"), 3) == on("2025-03-05")
        assert d.last_day_beginning_with(on("2024-02-28"), 3) == on("2024-03-01")
        assert d.last_day_beginning_with(on("2025-01-10"), 21) == on("2025-01-30")

    def test_days_of_a_day_leave_it_out(self) -> None:
        assert d.last_day_after(on("2025-03-03"), 3) == on("2025-03-06")
        assert d.last_day_after(on("2025-01-06"), 14) == on("2025-01-20")
        assert d.last_day_after(on("2025-01-15"), 28 + 42) == on("2025-03-26")

    def test_a_run_without_end_has_no_last_day(self) -> None:
        assert d.last_day(None) is None
        assert d.last_day(on("2024-03-01")) == on("2024-02-29")

    def test_no_end_is_later_than_any_day(self) -> None:
        early, late = on("2024-01-01"), on("2025-01-01")
        assert d.earliest(early, late) == d.earliest(late, early) == early
        assert d.earliest(early, None) == d.earliest(None, early) == early
        assert d.latest(early, late) == d.latest(late, early) == late
        assert d.latest(early, None) is d.latest(None, early) is d.earliest(None, None) is None

    def test_the_year_of_s85_ends_on_the_corresponding_day(self) -> None:
        assert all(d.same_day_in_year(s, 1) == last_day_not_after(s, 12) for s in STARTS)
        assert d.same_day_in_year(on("2024-02-29"), 1) == on("2025-02-28")

    @pytest.mark.parametrize("months", [1, 3, 6, 12, 24])
    def test_a_look_ahead_holds_its_last_day(self, months: int) -> None:
        ahead = [d.last_day_within(start, Term(months, 0)) for start in STARTS]
        assert ahead == [last_day_not_after(start, months) for start in STARTS]

    def test_a_look_ahead_in_days(self) -> None:
        assert d.last_day_within(on("2024-02-28"), Term(0, 0)) == on("2024-02-28")
        assert d.last_day_within(on("2024-02-28"), Term(0, 28)) == on("2024-03-27")
        assert d.last_day_within(on("2024-01-31"), Term(1, 1)) == on("2024-03-01")


class TestDurations:
    @pytest.mark.parametrize(
        ("text", "months", "days"),
        [
            ("P30M", 30, 0),
            ("P6M1D", 6, 1),
            ("P2Y6M", 30, 0),
            ("P1Y2M3D", 14, 3),
            ("P912D", 0, 912),
            ("P26W", 0, 182),
            ("P1Y2M3W4D", 14, 25),
            ("P0D", 0, 0),
            ("P007Y", 84, 0),
            ("P150Y", 1800, 0),
            ("P1800M", 1800, 0),
        ],
    )
    def test_good(self, text: str, months: int, days: int) -> None:
        assert parse_term(text) == Term(months, days)

    @pytest.mark.parametrize(
        "text",
        [
            "", "P", "30M", "P30", "W", "P1D2W", "P2W1M", "P9999W",
            "PT12H", "P1DT1H", "P1.5Y", "P1,5Y", "-P1Y",
            "P-1Y", "+P1Y", "p1y", "P1D1M", "P1M1Y", "P1Y1Y", " P1Y", "P1Y ", "P1Y\n", "P١Y",
            "P1y", "12 months", "P151Y", "P1801M", "P99999D", "P150Y1M", "P1000Y", "P1234567D",
        ],
    )  # fmt: skip
    def test_bad(self, text: str) -> None:
        with pytest.raises(ValueError, match="duration"):
            parse_term(text)

    @pytest.mark.parametrize(
        ("whole", "half"),
        [
            ("P12M", Term(6, 0)),
            ("P4M", Term(2, 0)),
            ("P2Y", Term(12, 0)),
            ("P5M", Term(2, 15)),
            ("P10D", Term(0, 5)),
            ("P11D", Term(0, 6)),
            ("P1M1D", Term(0, 16)),
        ],
    )
    def test_the_half_of_a_detention_and_training_order(self, whole: str, half: Term) -> None:
        assert parse_term(whole).halved() == half

    def test_adding_and_taking_away(self) -> None:
        assert Term(6, 1).plus(Term(12, 30)) == Term(18, 31)
        assert Term(18, 31).minus(Term(12, 30)) == Term(6, 1)

    def test_a_term_is_laid_on_the_calendar_months_first(self) -> None:
        assert d.after_term(on("2024-01-31"), Term(1, 0)) == on("2024-03-01")
        assert d.after_term(on("2024-01-31"), Term(1, 1)) == on("2024-03-02")
        assert d.after_term(on("2024-01-01"), Term(0, 366)) == on("2025-01-01")
        assert d.after_term(on("2023-01-01"), Term(0, 365)) == on("2024-01-01")


class TestAges:
    def test_an_age_is_reached_when_the_birthday_is_not_ahead(self) -> None:
        for born in STARTS:
            birthday = d.birthday(born, 18)
            assert birthday == first_day_after(born, 18 * 12)

    def test_born_on_29_february(self) -> None:
        assert d.birthday(on("2004-02-29"), 18) == on("2022-03-01")
        assert d.birthday(on("2004-02-29"), 20) == on("2024-02-29")


class TestLondon:
    @pytest.mark.parametrize(
        ("moment", "day"),
        [
            ("2024-03-31T00:59:59Z", "2024-03-31"),  # clocks go forward at 01:00 UTC
            ("2024-03-31T22:59:59Z", "2024-03-31"),
            ("2024-03-31T23:00:00Z", "2024-04-01"),
            ("2024-03-30T23:59:59Z", "2024-03-30"),
            ("2024-10-26T22:59:59Z", "2024-10-26"),  # clocks go back at 01:00 UTC on the 27th
            ("2024-10-26T23:00:00Z", "2024-10-27"),
            ("2024-10-27T23:59:59Z", "2024-10-27"),
            ("2024-10-28T00:00:00Z", "2024-10-28"),
            ("2024-07-01T00:30:00+02:00", "2024-06-30"),
            ("2023-12-31T23:30:00-01:00", "2024-01-01"),
        ],
    )
    def test_the_civil_date(self, moment: str, day: str) -> None:
        assert d.civil(datetime.fromisoformat(moment)) == on(day)

    @pytest.mark.parametrize(
        ("day", "end"),
        [
            ("2024-03-30", "2024-03-30T23:59:59.999999+00:00"),
            ("2024-03-31", "2024-03-31T22:59:59.999999+00:00"),
            ("2024-10-26", "2024-10-26T22:59:59.999999+00:00"),
            ("2024-10-27", "2024-10-27T23:59:59.999999+00:00"),
        ],
    )
    def test_the_end_of_a_day(self, day: str, end: str) -> None:
        assert d.end_of_day(on(day)) == datetime.fromisoformat(end)
        assert d.end_of_day(on(day)).tzinfo is UTC

    def test_every_day_ends_just_before_the_next(self) -> None:
        for day in STARTS:
            end = d.end_of_day(day)
            assert d.civil(end) == day
            assert d.civil(end + timedelta(microseconds=1)) == day + timedelta(days=1)
