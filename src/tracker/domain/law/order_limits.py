"""What binds an order by its dates: how long it lasts, when it may end, when it counts as new.

The one home of these dates: called by the refusals, the warnings and the reasons. None stands for
no bound: the law sets none, or the rule had ended by the day that governs.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tracker.domain.dates import DAY, after_years
from tracker.domain.law.shapes import OrderLaw
from tracker.domain.law.tables import Law

OLD_ORDERS, NOTICE = "asbcpa2014.s114", "soa2003.s96za"
# Still made after the last day of their rule, where applied for by then (PCSC Act 2022 s.169).
SAVED = frozenset({"notification_order", "interim_notification_order"})


class Bound(NamedTuple):
    """A number of years and the day to which it leads."""

    years: int
    day: date


def shortest(kind: OrderLaw, made: date, law: Law) -> Bound | None:
    """The first day after the shortest fixed period of an order made on a day."""
    return _years_from(made, made, kind.minimum_rule, "minimum_years", law)


def longest_travel(kind: OrderLaw, made: date, since: date, law: Law) -> Bound | None:
    """The last day a travel prohibition may have that is made on a day and runs from `since`."""
    bound = _years_from(made, since, kind.travel_rule, "maximum_years", law)
    return bound and bound._replace(day=bound.day - DAY)


def discharge_from(kind: OrderLaw, made: date, law: Law) -> Bound | None:
    """The first day on which an order made on a day may be discharged without consent."""
    return _years_from(made, made, kind.discharge_rule, "bar_years", law)


def _years_from(made: date, since: date, rule: str | None, name: str, law: Law) -> Bound | None:
    if rule is None:
        return None
    years = law.as_at(made, "day_made").number_if_any(rule, name)
    return None if years is None else Bound(years, after_years(since, years))


def treated_as_new_from(day: date, law: Law) -> date | None:
    """From when an order of the old law still running counts as one of the new, as at a day."""
    at = law.as_at(day, "day_in_question")
    years = at.number_if_any(OLD_ORDERS, "treated_as_new_after_years")
    return None if years is None else after_years(law.commencement(OLD_ORDERS), years)
