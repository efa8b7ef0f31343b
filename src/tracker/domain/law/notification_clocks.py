"""By when a notification is due: ss.83(1), 84(1), 85 and 122F, each in one function.

Called by the clocks and the reasons. Each result also says what was counted and from which day.
None: no date can be worked out yet from what is known, or the rule had ended by the governing day.
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
    """The last day to notify, its rule, and how many days (years, under `YEARLY`) from `start`."""

    day: date
    rule: str
    length: int
    start: date


def initial_by(relevant: date, locations: Sequence[Run], law: Law) -> Clock | None:
    """The initial notification: 3 days in the community, the first the relevant date (s.83(1))."""
    days = law.as_at(relevant, "relevant_date").number_if_any(INITIAL, "days")
    return _in_community(relevant, INITIAL, days, locations)


def change_by(released: date, locations: Sequence[Run], law: Law) -> Clock | None:
    """A change by release: 3 days in the community, the first the day of release (s.84(1)(d))."""
    days = law.as_at(released, "day_of_release").number_if_any(CHANGE, "days")
    return _in_community(released, CHANGE, days, locations)


def risk_order_by(served: date, law: Law) -> Clock | None:
    """Under a risk order: 3 days, the first the day of service, wherever the person is (s.122F)."""
    days = law.as_at(served, "day_served").number_if_any(RISK_ORDER, "days")
    if days is None:
        return None
    return Clock(last_day_beginning_with(served, days), RISK_ORDER, days, served)


def _in_community(
    start: date, rule: str, days: int | None, locations: Sequence[Run]
) -> Clock | None:
    """The last of `days` days in the community, counted from `start` on (s.83(6)).

    Days in custody, in hospital or abroad are not counted.
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
    """When the next periodic notification is due; `extended` if its day falls inside or abroad."""

    period: Clock
    extended: Clock | None

    @property
    def day(self) -> date:
        return self.period.day if self.extended is None else self.extended.day


def periodic_by(
    notification: f.NotificationGiven, locations: Sequence[Run], law: Law
) -> Periodic | None:
    """The periodic notification: a year after the last one, or 7 days without a residence (s.85).

    If that day falls in custody, in hospital or abroad, it is due within 3 days, the first the day
    of return to the community; None while that day is not known.
    """
    period = _period(notification, law)
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


def _period(notification: f.NotificationGiven, law: Law) -> Clock | None:
    at = law.as_at(notification.on, "day_notified")
    if notification.no_fixed_address and law.in_force(NO_ADDRESS, notification.on):
        days = at.number(NO_ADDRESS, "days")
        return Clock(last_day_after(notification.on, days), NO_ADDRESS, days, notification.on)
    years = at.number_if_any(YEARLY, "years")
    if years is None:
        return None
    return Clock(same_day_in_year(notification.on, years), YEARLY, years, notification.on)


def _in_the_community(locations: Sequence[Run], day: date) -> bool:
    return (value_at(locations, day) or "community") == "community"
