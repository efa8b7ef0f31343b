"""All day-counting: periods, ages, deadlines and the civil date in Europe/London.

Called by every module of the law. `config/law/counting.toml` gives the source of each rule.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)
_DURATION = re.compile(
    r"P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?", re.ASCII
)
_LONGEST_MONTHS = 150 * 12
_BOUND_MONTHS, _BOUND_DAYS = 500 * 12, 500 * 365


class Term(NamedTuple):
    """A length of whole months and days, as a court gives it (`P2Y6M` is 30 months)."""

    months: int
    days: int

    def plus(self, other: Term) -> Term:
        return Term(self.months + other.months, self.days + other.days)

    def minus(self, other: Term) -> Term:
        return Term(self.months - other.months, self.days - other.days)

    def halved(self) -> Term:
        """Half the term. The half of an odd month counts as 15 days; a half day is rounded up."""
        months, odd = divmod(self.months, 2)
        return Term(months, (30 * odd + self.days + 1) // 2)

    def bounded(self) -> Term:
        """The term, at most 500 years either way: adding it to a day then gives a valid date."""
        months = min(max(self.months, -_BOUND_MONTHS), _BOUND_MONTHS)
        return Term(months, min(max(self.days, -_BOUND_DAYS), _BOUND_DAYS))


@lru_cache(maxsize=4096)
def parse_term(text: str) -> Term:
    """Parses an ISO 8601 duration in whole years, months, weeks and days, such as `P2Y6M`.

    A week is seven days.

    Raises ValueError for anything else (hours, fractions) and for more than 150 years.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(
            "not a duration in whole years, months, weeks and days such as P30M, P26W or P6M1D"
        )
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    days += 7 * weeks
    if years * 12 + months + days // 30 > _LONGEST_MONTHS:
        raise ValueError("a duration of more than 150 years")
    return Term(years * 12 + months, days)


def after_months(start: date, months: int) -> date:
    """The first day after a period of `months` beginning with `start`.

    That is the day with the same number in the month reached. Where that month has no such day,
    the period ends with the month and the first day after it is the 1st of the next: twelve months
    beginning with 29 February end with 28 February, and the first day after them is 1 March.
    """
    month0 = start.month - 1 + months
    year, month = start.year + month0 // 12, month0 % 12 + 1
    try:
        return date(year, month, start.day)
    except ValueError:  # The month has no such day, so it is not December.
        return date(year, month + 1, 1)


def after_years(start: date, years: int) -> date:
    """The first day after a period of `years` beginning with `start` (its N-th anniversary)."""
    return after_months(start, 12 * years)


def after_term(start: date, term: Term) -> date:
    """The first day after a term beginning with `start`: its months first, then its days."""
    return after_months(start, term.months) + timedelta(days=term.days)


def same_day_in_year(start: date, years: int) -> date:
    """The same day of the year, `years` later; for 29 February, the 28th (the year of s.85)."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, day=28)


def last_day_within(start: date, term: Term) -> date:
    """The last day that a list covers if it looks ahead for `term` from `start`.

    For a term of whole months it is the corresponding day, or the last of a month without one.
    """
    if term.months == 0:
        return start + timedelta(days=term.days)
    ahead = after_months(start, term.months)
    corresponding = ahead if ahead.day == start.day else ahead - DAY
    return corresponding + timedelta(days=term.days)


def last_day_beginning_with(start: date, days: int) -> date:
    """The last day of a period of `days` days "beginning with" `start`: `start` is day 1."""
    return start + timedelta(days=days - 1)


def last_day_after(start: date, days: int) -> date:
    """The last day of a period of `days` days "of" or "after" `start`: `start` is not counted."""
    return start + timedelta(days=days)


def birthday(born: date, age: int) -> date:
    """The day on which a person reaches `age` years.

    For a person born on 29 February that is 1 March in a year without a 29 February.
    """
    return after_years(born, age)


def last_day(until: date | None) -> date | None:
    """The last day of a run that ends before `until`; None where it has no end."""
    return None if until is None else until - DAY


def civil(moment: datetime) -> date:
    """The calendar date in Europe/London at a moment, which must have an offset."""
    return moment.astimezone(LONDON).date()


def end_of_day(day: date) -> datetime:
    """The last microsecond of a civil day in Europe/London, in UTC."""
    midnight = datetime.combine(day + DAY, time.min, LONDON)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def earliest(a: date | None, b: date | None) -> date | None:
    """The earlier of two ends; None means no end."""
    return b if a is None else a if b is None else min(a, b)


def latest(a: date | None, b: date | None) -> date | None:
    """The later of two ends; None means no end."""
    return None if a is None or b is None else max(a, b)
