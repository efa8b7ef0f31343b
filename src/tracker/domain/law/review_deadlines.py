"""The dates of ss.91A-91E: from when a review may be applied for, and by when each step is due.

All these dates are worked out here; called by the clocks, the reasons, the steps of a review, the
refusals and the lists. None means no date: the rule that gave it had ended by the governing day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from tracker.domain.dates import after_years, birthday, last_day_after, last_day_beginning_with
from tracker.domain.law.tables import Law

APPLICATION, QUALIFYING = "soa2003.s91a", "soa2003.s91b.2"
FURTHER, LONGER = "soa2003.s91b.3", "soa2003.s91b.4"
ACKNOWLEDGE, DETERMINE, APPEAL = "soa2003.s91b.8", "soa2003.s91c.1", "soa2003.s91e.2"


class DueDay(NamedTuple):
    """A length in days, and the last day reached by counting it."""

    length: int
    day: date


def may_apply_from(qualifying_on: date, law: Law) -> date:
    """The first day on which an application may be received: never before s.91A began."""
    return max(qualifying_on, law.commencement(APPLICATION))


def qualifying_on(notified: date, relevant: date, born: date, law: Law) -> date | None:
    """The qualifying date of s.91B(2): the day after 15 years that begin with a notification.

    8 years for a person under 18 on the relevant date.
    """
    if law.ended(QUALIFYING, notified):
        return None
    number = law.as_at(notified, "day_notified").number
    young = relevant < birthday(born, number(QUALIFYING, "age"))
    return after_years(notified, number(QUALIFYING, "years_under_18" if young else "years"))


class FurtherDate(NamedTuple):
    """The qualifying date after a refusal, and the rule that gives it."""

    on: date | None
    rule: str


def further_qualifying(determined: date, years: int | None, law: Law) -> FurtherDate:
    """The next qualifying date after a refusal (s.91B(3)-(4)).

    It is the day after 8 years from the determination, or after the longer period of `years` that
    was fixed. No date if none was fixed and s.91B(3) had ended.
    """
    least = law.as_at(determined, "day_determined").number_if_any(FURTHER, "years")
    rule = FURTHER if years in (None, least) else LONGER
    length = years or least
    return FurtherDate(None if length is None else after_years(determined, length), rule)


class FurtherPeriod(NamedTuple):
    """The fewest and the most years that the chief officer may fix after a refusal."""

    least: int
    most: int


def further_period(determined: date, law: Law) -> FurtherPeriod | None:
    """The fewest and the most years that may be fixed at a determination (s.91B(4)-(6))."""
    if law.ended(LONGER, determined):
        return None
    number = law.as_at(determined, "day_determined").number
    return FurtherPeriod(number(LONGER, "years_minimum"), number(LONGER, "years_maximum"))


def acknowledge_by(received: date, law: Law) -> DueDay | None:
    """By when an application is acknowledged: within 14 days of its receipt (s.91B(8))."""
    days = law.as_at(received, "day_received").number_if_any(ACKNOWLEDGE, "days")
    return None if days is None else DueDay(days, last_day_after(received, days))


def body_replies_by(notified: date, law: Law) -> DueDay | None:
    """By when a notified body replies: within 28 days of the day it was notified (s.91B(9))."""
    days = law.as_at(notified, "day_received").number_if_any(DETERMINE, "days_body")
    return None if days is None else DueDay(days, last_day_after(notified, days))


class DeterminationDue(NamedTuple):
    """By when a review is determined: `days` days after the last reply could come.

    That is the `reply` of the body `notified` on the day from which its time runs longest.
    """

    notified: date
    reply: DueDay
    days: int
    day: date


def determine_by(notified: Iterable[date], law: Law) -> DeterminationDue | None:
    """By when a review is determined: 6 weeks after the last body may still reply (s.91C(1)).

    `notified` has the day on which each body was notified. No date if none was: the Act sets none.
    """
    replies = [(day, by) for day in notified if (by := body_replies_by(day, law)) is not None]
    if not replies:
        return None
    day, reply = max(replies, key=lambda one: one[1].day)
    days = law.as_at(day, "day_received").number(DETERMINE, "days")
    return DeterminationDue(day, reply, days, last_day_after(reply.day, days))


def appeal_by(received: date, law: Law) -> DueDay | None:
    """The last day to appeal: 21 days, the first the day the notice was received (s.91E(2))."""
    days = law.as_at(received, "day_received").number_if_any(APPEAL, "days")
    return None if days is None else DueDay(days, last_day_beginning_with(received, days))
