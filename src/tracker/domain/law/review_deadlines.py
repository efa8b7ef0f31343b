"""The dates of ss.91A-91E: from when a review may be applied for, and by when each step is due.

The one home of these dates: called by the clocks, the reasons, the steps of a review, the refusals
and the lists. None stands for no date: the rule that gave it had ended by the day that governs.
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


class Counted(NamedTuple):
    """A number of days or years and the day to which it leads."""

    length: int
    day: date


def may_apply_from(qualifying_on: date, law: Law) -> date:
    """The first day on which an application may be received: not before s.91A began."""
    return max(qualifying_on, law.commencement(APPLICATION))


def qualifying_on(notified: date, relevant: date, born: date, law: Law) -> date | None:
    """s.91B(2): the day after the 15 years, or 8, beginning with the relevant notification.

    8 for a person under 18 on the relevant date.
    """
    if law.ended(QUALIFYING, notified):
        return None
    number = law.as_at(notified, "day_notified").number
    young = relevant < birthday(born, number(QUALIFYING, "age"))
    return after_years(notified, number(QUALIFYING, "years_under_18" if young else "years"))


class Further(NamedTuple):
    """The further qualifying date after a refusal, and the rule it rests on."""

    on: date | None
    rule: str


def further_qualifying(determined: date, years: int | None, law: Law) -> Further:
    """s.91B(3)-(4): the day after the 8 years, or the longer period fixed, from the determination.

    No date where no period was fixed and s.91B(3) had ended.
    """
    least = law.as_at(determined, "day_determined").number_if_any(FURTHER, "years")
    rule = FURTHER if years in (None, least) else LONGER
    length = years or least
    return Further(None if length is None else after_years(determined, length), rule)


class FurtherPeriod(NamedTuple):
    """The fewest and the most years that the chief officer may fix after a refusal."""

    least: int
    most: int


def further_period(determined: date, law: Law) -> FurtherPeriod | None:
    """s.91B(4)-(6): the least and the most years that may be fixed on the day."""
    if law.ended(LONGER, determined):
        return None
    number = law.as_at(determined, "day_determined").number
    return FurtherPeriod(number(LONGER, "years_minimum"), number(LONGER, "years_maximum"))


def acknowledge_by(received: date, law: Law) -> Counted | None:
    """s.91B(8): within 14 days of receipt of the application."""
    days = law.as_at(received, "day_received").number_if_any(ACKNOWLEDGE, "days")
    return None if days is None else Counted(days, last_day_after(received, days))


def body_replies_by(notified: date, law: Law) -> Counted | None:
    """s.91B(9): within 28 days of the body's receipt, taken to be the day it was notified."""
    days = law.as_at(notified, "day_received").number_if_any(DETERMINE, "days_body")
    return None if days is None else Counted(days, last_day_after(notified, days))


class Determine(NamedTuple):
    """By when a review is determined: `days` after the body notified on a day replies at last."""

    notified: date
    reply: Counted
    days: int
    day: date


def determine_by(notified: Iterable[date], law: Law) -> Determine | None:
    """s.91C(1): within 6 weeks of the latest day on which a notified body may give information.

    No date where no body was notified: the Act sets none.
    """
    replies = [(day, by) for day in notified if (by := body_replies_by(day, law)) is not None]
    if not replies:
        return None
    day, reply = max(replies, key=lambda one: one[1].day)
    days = law.as_at(day, "day_received").number(DETERMINE, "days")
    return Determine(day, reply, days, last_day_after(reply.day, days))


def appeal_by(received: date, law: Law) -> Counted | None:
    """s.91E(2): within 21 days beginning with the day the notice was received."""
    days = law.as_at(received, "day_received").number_if_any(APPEAL, "days")
    return None if days is None else Counted(days, last_day_beginning_with(received, days))
