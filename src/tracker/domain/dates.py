"""The only day-counting there is: periods, ages, clocks and the civil date in Europe/London.

Called by every module of the law; sources are given clause by clause in `config/law/counting.toml`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
_DURATION = re.compile(r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?", re.ASCII)
_LONGEST_MONTHS = 150 * 12
_BOUND_MONTHS, _BOUND_DAYS = 500 * 12, 500 * 365


class Term(NamedTuple):
    """A length of whole months and days, as a court gives it (`P2Y6M` is 30 months)."""

    months: int
    days: int

    def plus(self, other: Term) -> Term:
        return Term(self.months + other.months, self.days + other.days)

    def less(self, other: Term) -> Term:
        return Term(self.months - other.months, self.days - other.days)

    def halved(self) -> Term:
        """One half; an odd month counts as 30 days, an odd day is rounded up."""
        months, odd = divmod(self.months, 2)
        return Term(months, (30 * odd + self.days + 1) // 2)

    def bounded(self) -> Term:
        """The same within 500 years either way, so that the calendar holds it from any day."""
        months = min(max(self.months, -_BOUND_MONTHS), _BOUND_MONTHS)
        return Term(months, min(max(self.days, -_BOUND_DAYS), _BOUND_DAYS))


@lru_cache(maxsize=4096)
def parse_term(text: str) -> Term:
    """The length that an ISO 8601 duration in whole years, months and days stands for.

    Raises ValueError for anything else (weeks, hours, fractions) and for more than 150 years.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(
            "not a duration in whole years, months and days such as P30M, P2Y6M or P6M1D"
        )
    years, months, days = (int(part or 0) for part in found.groups())
    if years * 12 + months + days // 30 > _LONGEST_MONTHS:
        raise ValueError("a duration of more than 150 years")
    return Term(years * 12 + months, days)


def after_months(start: date, months: int) -> date:
    """The first day after a period of `months` beginning with `start`.

    The corresponding day of the last month; where that month has no such day the period ends with
    the month, so the first day after it is the 1st of the next. From 29 February, twelve months
    end with 28 February and the first free day is 1 March: never a day early.
    """
    month0 = start.month - 1 + months
    year, month = start.year + month0 // 12, month0 % 12 + 1
    try:
        return date(year, month, start.day)
    except ValueError:  # A month that lacks the day; December never does.
        return date(year, month + 1, 1)


def after_years(start: date, years: int) -> date:
    """The first day after a period of `years` beginning with `start` (its N-th anniversary)."""
    return after_months(start, 12 * years)


def after_term(start: date, term: Term) -> date:
    """The first day after a term laid on the calendar from `start`."""
    return after_months(start, term.months) + timedelta(days=term.days)


def same_day_in_year(start: date, years: int) -> date:
    """The corresponding day so many years on, from 29 February the 28th (the year of s.85)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def within(start: date, term: Term) -> date:
    """The last day of a look ahead of `term` from `start`, that day included."""
    if term.months == 0:
        return start + timedelta(days=term.days)
    ahead = after_months(start, term.months)
    corresponding = ahead if ahead.day == start.day else ahead - DAY
    return corresponding + timedelta(days=term.days)


def last_day_beginning_with(start: date, days: int) -> date:
    """The last of `days` days "beginning with" `start`: that day is the first."""
    return start + timedelta(days=days - 1)


def last_day_of(start: date, days: int) -> date:
    """The last day of `days` days "of" or "after" `start`: that day is not counted."""
    return start + timedelta(days=days)


def birthday(born: date, age: int) -> date:
    """The day on which a person reaches an age; from 29 February on 1 March, where it lacks."""
    return after_years(born, age)


def last_day(until: date | None) -> date | None:
    """The last day of a half-open run; None where it has no end."""
    return None if until is None else until - DAY


def civil(moment: datetime) -> date:
    """The civil date of a moment in Europe/London."""
    return moment.astimezone(LONDON).date()


def end_of_day(day: date) -> datetime:
    """The last microsecond of a civil day in Europe/London, in UTC."""
    midnight = datetime.combine(day + DAY, time.min, LONDON)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def earliest(a: date | None, b: date | None) -> date | None:
    """The earlier of two ends, None standing for no end."""
    return b if a is None else a if b is None else min(a, b)


def latest(a: date | None, b: date | None) -> date | None:
    """The later of two ends, None standing for no end."""
    return None if a is None or b is None else max(a, b)
