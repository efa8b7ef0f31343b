"""Judges orders and breaches, by the record and by the law. Called by `judge` alone.

Lengths, dates and bars come from `law.order_limits`. Refusals that an `override` can overrule are
marked overridable (contract, section 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from tracker.domain import facts as f
from tracker.domain.dates import DAY, last_day
from tracker.domain.errors import Refused
from tracker.domain.judging.judges import judges
from tracker.domain.law import convictions, notification, periods
from tracker.domain.law import order_limits as limits
from tracker.domain.law import orders as o
from tracker.domain.law.shapes import OrderLaw
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History


def _order_in_force(history: History, order_id: str, on: date, law: Law, doing: str) -> o.Order:
    order = o.orders_by_id(history.counting, law)[order_id]
    if not order.in_force(on):
        ended = last_day(order.until)
        why = f"it ran to {ended}" if on >= order.start else f"it was made on {order.start}"
        raise Refused(
            "order_not_in_force",
            f"{doing} of order {order_id}, which is not in force on {on}: {why}",
            rule=order.law.rule,
            governed_on=order.start,
            field="order_id",
            entries=tuple(order.entries),
        )
    return order


def _check_minimum_length(
    kind: OrderLaw, made: f.OrderMade, ends_on: date | None, field: str, law: Law
) -> None:
    least = limits.shortest(kind, made, law)
    if ends_on is not None and least is not None and ends_on + DAY < least.day:
        raise Refused(
            "minimum_length",
            f"a {kind.title} for a fixed period lasts {least.years} years at least: "
            f"to {least.day - DAY} or later, or until further order",
            rule=kind.minimum_rule,
            governed_on=made.on,
            field=field,
            overridable=True,
        )


def _check_travel_length(
    kind: OrderLaw, made: date, since: date, travel_ends_on: date | None, law: Law
) -> None:
    """Refuses too long a travel prohibition, imposed on `made` and running from `since`."""
    most = limits.longest_travel(kind, made, since, law)
    if travel_ends_on is not None and most is not None and travel_ends_on > most.day:
        raise Refused(
            "travel_too_long",
            f"a foreign travel prohibition lasts {most.years} years at most: "
            f"to {most.day} or earlier",
            rule=kind.travel_rule,
            governed_on=made,
            field="travel_ends_on",
            overridable=True,
        )


def _check_conditions_fit(
    ends_on: date | None, conditions: Iterable[f.Condition], travel: date | None
) -> None:
    """Refuses an order that ends before one of its prohibitions or requirements."""
    ends = [c.ends_on for c in conditions if c.ends_on is not None]
    last = max([*ends, *([travel] if travel else [])], default=None)
    if ends_on is not None and last is not None and last > ends_on:
        raise Refused(
            "ends_before_prohibition",
            f"the order ends on {ends_on}, before one of its prohibitions or requirements "
            f"on {last}",
            field="ends_on",
        )


def _check_end(day: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on < day:
        raise Refused(
            "ends_before_it_begins", f"`ends_on` {ends_on} is before {day}", field="ends_on"
        )


def _check_kind_existed(kind: OrderLaw, on: date, law: Law) -> None:
    """Refuses an order made before its kind came into force, or after its rule was repealed."""
    last = None if kind.kind in limits.SAVED else law.ended(kind.rule, on)
    early = kind.made_from is not None and on < kind.made_from
    if early or last:
        bound = f"from {kind.made_from}" if early else f"to {last}"
        raise Refused(
            "kind_did_not_exist",
            f"a {kind.title} could be made {bound} only",
            rule=kind.rule,
            field="on",
            overridable=True,
        )


def _check_notice_dates(history: History, kind: OrderLaw, fact: f.OrderMade, law: Law) -> None:
    """Notices replaced notification orders on 29 November 2022 (PCSC Act 2022 s.169)."""
    begins = law.commencement(limits.NOTICE)
    if fact.kind == "s96za_notice" and fact.on < begins:
        raise Refused("kind_did_not_exist", f"a notice under s.96ZA is given from {begins} only",
                      rule=limits.NOTICE, field="on")  # fmt: skip
    last = law.ended(kind.rule, fact.on)
    if fact.kind not in limits.SAVED or last is None:
        return
    named = fact.order_id if fact.kind == "notification_order" else fact.application
    applied = history.defined.get(("application", named or ""))
    if applied is None or applied.fact.on > last:
        raise Refused(
            "kind_did_not_exist",
            f"a notification order from {last + DAY} on needs an application before that day: "
            "give a notice under s.96ZA instead",
            rule="soa2003.s97",
            field="on",
            entries=(applied.name,) if applied else (),
        )


def _check_foreign_conviction(history: History, fact: f.OrderMade, law: Law) -> None:
    """Refuses a conviction that is not foreign, or whose notification period is not running."""
    if fact.foreign_conviction_id is None:
        return
    named = history.defined["conviction", fact.foreign_conviction_id]
    known = convictions.convictions_by_id(history.counting)
    conviction = known[fact.foreign_conviction_id]
    if not conviction.fact.foreign:
        raise Refused("not_foreign", f"conviction {conviction.ref} is not a foreign one",
                      field="foreign_conviction_id", entries=(named.name,))  # fmt: skip
    assert history.born is not None
    person = periods.Person(history.born, known, law)
    period = notification.conviction_ground(person, conviction)
    if period is None or (period.until is not None and period.until <= fact.on):
        ran = f"ran to {last_day(period.until)}" if period else "never began"
        raise Refused(
            "period_run_out",
            f"the notification period of s.82 for {conviction.ref} {ran}",
            rule="soa2003.s96za" if fact.kind == "s96za_notice" else "soa2003.s97",
            field="foreign_conviction_id",
            entries=period.entries if period else (named.name,),
        )


@judges(f.OrderMade)
def _made(history: History, entry: Entry[f.OrderMade], law: Law) -> None:
    fact = entry.fact
    kind = law.kinds[fact.kind]
    if fact.served_on is not None and fact.served_on < fact.on:
        raise Refused("served_before_made", "`served_on` is before the order was made",
                      field="served_on")  # fmt: skip
    _check_end(fact.on, fact.ends_on)
    _check_conditions_fit(
        fact.ends_on, (*fact.prohibitions, *fact.requirements), fact.travel_ends_on
    )
    if kind.family == "notification":
        _check_notice_dates(history, kind, fact, law)
        _check_foreign_conviction(history, fact, law)
    _check_kind_existed(kind, fact.on, law)
    _check_minimum_length(kind, fact, fact.ends_on, "ends_on", law)
    for prohibition in fact.prohibitions:
        _check_minimum_length(kind, fact, prohibition.ends_on, "prohibitions", law)
    _check_travel_length(kind, fact.on, fact.on, fact.travel_ends_on, law)


@judges(f.OrderVaried, f.OrderRenewed)
def _varied(history: History, entry: Entry[f.OrderVaried | f.OrderRenewed], law: Law) -> None:
    fact = entry.fact
    doing = "variation" if isinstance(fact, f.OrderVaried) else "renewal"
    order = _order_in_force(history, fact.order_id, fact.on, law, doing)
    ends_on = fact.ends_on or (None if fact.until_further_order else last_day(order.until))
    prohibitions, requirements = order.prohibitions, order.requirements
    travel, new_travel = order.travel_ends_on, None
    if isinstance(fact, f.OrderVaried):
        prohibitions = prohibitions if fact.prohibitions is None else fact.prohibitions
        requirements = requirements if fact.requirements is None else fact.requirements
        new_travel = fact.travel_ends_on
        travel = new_travel or travel
    _check_end(fact.on, fact.ends_on)
    _check_conditions_fit(ends_on, (*prohibitions, *requirements), travel)
    _check_minimum_length(order.law, order.made, fact.ends_on, "ends_on", law)
    if isinstance(fact, f.OrderVaried):
        for prohibition in fact.prohibitions or ():
            _check_minimum_length(order.law, order.made, prohibition.ends_on, "prohibitions", law)
    since = max(fact.on, order.travel_ends_on + DAY) if order.travel_ends_on else fact.on
    _check_travel_length(order.law, fact.on, since, new_travel, law)


@judges(f.OrderServed)
def _served(history: History, entry: Entry[f.OrderServed], law: Law) -> None:
    fact = entry.fact
    _order_in_force(history, fact.order_id, fact.on, law, "service")


@judges(f.OrderDischarged)
def _discharged(history: History, entry: Entry[f.OrderDischarged], law: Law) -> None:
    fact = entry.fact
    order = _order_in_force(history, fact.order_id, fact.on, law, "discharge")
    free = limits.discharge_from(order.law, order.made, law)
    if free is not None and not fact.with_consent and fact.on < free.day:
        raise Refused(
            "discharge_barred",
            f"a {order.law.title} is not discharged before {free.day} without consent "
            "(`with_consent`)",
            rule=order.law.discharge_rule,
            governed_on=order.start,
            field="on",
            entries=(order.entries[0],),
            overridable=True,
        )


@judges(f.OrderRefused)
def _refused(history: History, entry: Entry[f.OrderRefused], law: Law) -> None:
    fact = entry.fact
    made = history.defined.get(("order", fact.order_id))
    if made is not None:
        raise Refused("order_made", f"order {fact.order_id} was made: discharge or quash it",
                      field="order_id", entries=(made.name,))  # fmt: skip
    interims = {
        e.fact.application for e in history.counting if isinstance(e.fact, f.OrderMade)
    }  # fmt: skip
    if ("application", fact.order_id) not in history.defined and fact.order_id not in interims:
        raise Refused("unknown_reference", f"unknown order {fact.order_id}", field="order_id")


@judges(f.BreachReported)
def _breach(history: History, entry: Entry[f.BreachReported], law: Law) -> None:
    fact = entry.fact
    if fact.of == "order" and fact.order_id is not None:
        _order_in_force(history, fact.order_id, fact.on, law, "breach")
