"""By when a notification is due: ss.83(1), 84(1), 85 and 122F, each in one function.

Called by the clocks and the reasons. Each says what was counted from which day; None stands for no
date: the clock has not run out by anything known, or the rule had ended by the day that governs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import last_day_after, last_day_beginning_with, same_day_in_year
from tracker.domain.law.tables import Law
from tracker.domain.spells import Run, value_at

INITIAL, CHANGE, RISK_ORDER = "soa2003.s83.1", "soa2003.s84.1", "soa2003.s122f"
YEARLY, EXTENDED, NO_ADDRESS = "soa2003.s85.1", "soa2003.s85.3", "soa2003.s85.5"


class Clock(NamedTuple):
    """A last day, its rule, and what was counted from which day: days, under `YEARLY` years."""

    day: date
    rule: str
    length: int
    start: date


def initial_by(relevant: date, locations: Sequence[Run], law: Law) -> Clock | None:
    """s.83(1): 3 days in the community beginning with the relevant date."""
    days = law.as_at(relevant, "relevant_date").number_if_any(INITIAL, "days")
    return _in_community(relevant, INITIAL, days, locations)


def change_by(released: date, locations: Sequence[Run], law: Law) -> Clock | None:
    """s.84(1)(d): 3 days in the community beginning with the day of release."""
    days = law.as_at(released, "day_of_release").number_if_any(CHANGE, "days")
    return _in_community(released, CHANGE, days, locations)


def risk_order_by(served: date, law: Law) -> Clock | None:
    """s.122F: 3 days beginning with the day of service, wherever the person is."""
    days = law.as_at(served, "day_served").number_if_any(RISK_ORDER, "days")
    if days is None:
        return None
    return Clock(last_day_beginning_with(served, days), RISK_ORDER, days, served)


def _in_community(
    start: date, rule: str, days: int | None, locations: Sequence[Run]
) -> Clock | None:
    """The last of the days in the community beginning with `start` (s.83(6)).

    Days in custody, in hospital or abroad are left out.
    """
    left = days
    if days is None or left is None:
        return None
    for run in locations:
        if run.value != "community" or (run.until is not None and run.until <= start):
            continue
        first = max(start, run.start)
        last = last_day_beginning_with(first, left)
        if run.until is None or last < run.until:
            return Clock(last, rule, days, start)
        left -= (run.until - first).days
    return None


class Periodic(NamedTuple):
    """The end of the period of s.85, and the end that time inside or abroad gives it, if any."""

    period: Clock
    extended: Clock | None

    @property
    def day(self) -> date:
        return self.period.day if self.extended is None else self.extended.day


def periodic_by(told: f.NotificationGiven, locations: Sequence[Run], law: Law) -> Periodic | None:
    """s.85: a year after the last notification, or 7 days where there is no main residence.

    Where that ends in custody, in hospital or abroad, the end of 3 days beginning when that ends.
    """
    period = _period(told, law)
    if period is None or _in_the_community(locations, period.day):
        return period and Periodic(period, None)
    back = next(
        (r.start for r in locations if r.start > period.day and r.value == "community"), None
    )
    if back is None:
        return None
    days = law.as_at(back, "day_of_release").number_if_any(EXTENDED, "days")
    if days is None:
        return Periodic(period, None)
    extended = Clock(last_day_beginning_with(back, days), EXTENDED, days, back)
    return Periodic(period, extended)


def _period(told: f.NotificationGiven, law: Law) -> Clock | None:
    at = law.as_at(told.on, "day_notified")
    if told.no_fixed_address and law.in_force(NO_ADDRESS, told.on):
        days = at.number(NO_ADDRESS, "days")
        return Clock(last_day_after(told.on, days), NO_ADDRESS, days, told.on)
    years = at.number_if_any(YEARLY, "years")
    if years is None:
        return None
    return Clock(same_day_in_year(told.on, years), YEARLY, years, told.on)


def _in_the_community(locations: Sequence[Run], day: date) -> bool:
    return (value_at(locations, day) or "community") == "community"
