"""The limits on the dates of an order: its shortest and longest terms, and its earliest discharge.

All these dates are worked out here; called by the refusals, the warnings and the reasons. None
means no limit: the law sets none, or the rule had ended by the governing day.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import DAY, after_years
from tracker.domain.law.shapes import OrderLaw
from tracker.domain.law.tables import Law

OLD_ORDERS, NOTICE = "asbcpa2014.s114", "soa2003.s96za"
# Still made after the last day of their rule, where applied for by then (PCSC Act 2022 s.169).
SAVED = frozenset({"notification_order", "interim_notification_order"})


class DateLimit(NamedTuple):
    """A length in years, and the day reached by counting it."""

    years: int
    day: date


def shortest(kind: OrderLaw, made: f.OrderMade, law: Law) -> DateLimit | None:
    """The shortest term: `day` is the first day on which the order may have ended.

    None for an order that prohibits foreign travel alone (ss.103C(2), 122A(7)).
    """
    if made.travel_only:
        return None
    return _years_from(made.on, made.on, kind.minimum_rule, "minimum_years", law)


def longest_travel(kind: OrderLaw, made: date, since: date, law: Law) -> DateLimit | None:
    """The longest travel prohibition: `day` is the last day it may have, counted from `since`."""
    bound = _years_from(made, since, kind.travel_rule, "maximum_years", law)
    return bound and bound._replace(day=bound.day - DAY)


def discharge_from(kind: OrderLaw, made: f.OrderMade, law: Law) -> DateLimit | None:
    """`day` is the first day on which the order may be discharged without consent.

    None for an order that prohibits foreign travel alone (s.103E(8)).
    """
    if made.travel_only:
        return None
    return _years_from(made.on, made.on, kind.discharge_rule, "bar_years", law)


def _years_from(made: date, since: date, rule: str | None, name: str, law: Law) -> DateLimit | None:
    if rule is None:
        return None
    years = law.as_at(made, "day_made").number_if_any(rule, name)
    return None if years is None else DateLimit(years, after_years(since, years))


def treated_as_new_from(day: date, law: Law) -> date | None:
    """The day from which an order of the old law, if still in force, counts as one of the new."""
    at = law.as_at(day, "day_in_question")
    years = at.number_if_any(OLD_ORDERS, "treated_as_new_after_years")
    return None if years is None else after_years(law.commencement(OLD_ORDERS), years)
