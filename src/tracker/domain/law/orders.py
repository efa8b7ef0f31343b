"""Orders: what each is on any day, and what ends it. Called by `timeline`, `lawful`, the clocks.

An order runs from the day it is made. Which kinds end which, minimum lengths and dates in force
are data (`config/law/orders.toml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain import facts as f
from tracker.domain.dates import DAY, earliest, last_day, latest
from tracker.domain.law.shapes import OrderLaw
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Spell

BREACH_FACTS: frozenset[type[f.Fact]] = frozenset({f.BreachReported, f.BreachConcluded})
ORDER_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.OrderMade, f.OrderServed, f.OrderVaried, f.OrderRenewed,
     f.OrderDischarged, f.OrderQuashed, f.OrderRefused}
)  # fmt: skip
BREACH_MAKES_SUBJECT = frozenset({"cautioned", "convicted", "insanity", "disability"})
# A breach with the name of its report, from its conclusion to its undoing, the conclusion's name.
BreachRun = tuple[f.BreachReported, str, date, date | None, str]
# Made under the law before 8 March 2015 (ASBCP Act 2014 s.114).
OLD_KINDS = frozenset({"sopo", "interim_sopo", "rosho", "fto"})


@dataclass(slots=True)
class Order:
    """One order as all known facts leave it; `until` is the first day without it."""

    made: f.OrderMade
    law: OrderLaw
    entries: list[str]
    until: date | None
    served_on: date | None
    travel_ends_on: date | None
    travel_made_on: date  # the order, or the variation that last set the end of it
    prohibitions: tuple[f.Condition, ...]
    requirements: tuple[f.Condition, ...]
    ended_by: f.OrderMade | None = None

    @property
    def order_id(self) -> str:
        return self.made.order_id

    @property
    def start(self) -> date:
        return self.made.on

    @property
    def service(self) -> date:
        """The day of service; an order with no service recorded counts as served when made."""
        return self.served_on or self.made.on

    def in_force(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)

    def travel_last_day(self, until: date | None) -> date | None:
        """Last day of the foreign travel prohibition, never after the order's own; or None.

        `until` is the first day without the order, death included.
        """
        if self.travel_ends_on is None:
            return None
        return earliest(self.travel_ends_on, last_day(until))

    def end(self, day: date, entry: Entry, by: f.OrderMade | None = None) -> None:
        if self.in_force(day) or self.until == day:
            self.until = day
            self.ended_by = by or self.ended_by
            self.entries.append(entry.name)

    def re_end(self, day: date, until: date | None) -> None:
        """A new last day for an order in force; days already run stay true."""
        self.until = latest(until, day)


def _make(fact: f.OrderMade, entry: Entry, law: Law) -> Order:
    return Order(
        made=fact,
        law=law.kinds[fact.kind],
        entries=[entry.name],
        until=None if fact.ends_on is None else fact.ends_on + DAY,
        served_on=fact.served_on,
        travel_ends_on=fact.travel_ends_on,
        travel_made_on=fact.on,
        prohibitions=fact.prohibitions,
        requirements=fact.requirements,
    )


def _end_others(new: Order, orders: Iterable[Order], entry: Entry) -> None:
    for other in orders:
        if other is new or not other.in_force(new.start):
            continue
        ended = other.made.kind in new.law.ends or other.order_id == new.made.replaces
        if ended or (new.law.full and other.made.application == new.order_id):
            other.end(new.start, entry, by=new.made)


def _vary(order: Order, fact: f.OrderVaried | f.OrderRenewed, entry: Entry) -> None:
    if not order.in_force(fact.on):
        return
    order.entries.append(entry.name)
    if fact.until_further_order:
        order.re_end(fact.on, None)
    elif fact.ends_on is not None:
        order.re_end(fact.on, fact.ends_on + DAY)
    if isinstance(fact, f.OrderVaried):
        if fact.travel_ends_on is not None:
            order.travel_ends_on, order.travel_made_on = fact.travel_ends_on, fact.on
        order.prohibitions = order.prohibitions if fact.prohibitions is None else fact.prohibitions
        order.requirements = order.requirements if fact.requirements is None else fact.requirements


def fold(entries: Sequence[Entry], law: Law) -> dict[str, Order]:
    """Every order ever made, by id, from the entries that count in acting order."""
    orders: dict[str, Order] = {}
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.OrderMade:
            if fact.order_id not in orders:
                new = orders[fact.order_id] = _make(fact, entry, law)
                _end_others(new, orders.values(), entry)
        elif type(fact) in ORDER_FACTS:
            _change(orders, fact, entry)
    return orders


def _change(orders: dict[str, Order], fact: f.Fact, entry: Entry) -> None:
    match fact:
        case f.OrderRefused():
            for interim in orders.values():
                if not interim.law.full and interim.made.application == fact.order_id:
                    interim.end(fact.on, entry)
        case f.OrderServed() if order := orders.get(fact.order_id):
            order.served_on = order.served_on or fact.on
            order.entries.append(entry.name)
        case f.OrderVaried() | f.OrderRenewed() if order := orders.get(fact.order_id):
            _vary(order, fact, entry)
        case f.OrderDischarged() | f.OrderQuashed() if order := orders.get(fact.order_id):
            order.end(fact.on, entry)


def relevant_orders(breached: Order, orders: Iterable[Order]) -> list[Order]:
    """The relevant order of s.122I(6): for an interim order also the full one it led to.

    That is the full order made on the interim order's application, or, where no application is
    named, the full order that ended it.
    """
    if breached.law.full:
        return [breached]
    application = breached.made.application
    full = [
        o
        for o in orders
        if o.law.full
        and o.law.family == breached.law.family
        and (o.order_id == application if application else o.made is breached.ended_by)
    ]
    return [breached, *full]


def breach_runs(entries: Sequence[Entry]) -> list[BreachRun]:
    """Runs in which the last conclusion of a breach of an order makes its subject a registrant."""
    reports: dict[str, tuple[f.BreachReported, str]] = {}
    found: list[BreachRun] = []
    live: dict[str, int] = {}
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.BreachReported and fact.of == "order":
            reports.setdefault(fact.breach_id, (fact, entry.name))
    for entry in entries:
        fact = entry.fact
        if type(fact) is not f.BreachConcluded or fact.breach_id not in reports:
            continue
        report, reported = reports[fact.breach_id]
        if fact.outcome in BREACH_MAKES_SUBJECT and fact.breach_id not in live:
            live[fact.breach_id] = len(found)
            found.append((report, reported, fact.on, None, entry.name))
        elif fact.outcome not in BREACH_MAKES_SUBJECT and fact.breach_id in live:
            at = live.pop(fact.breach_id)
            found[at] = (*found[at][:3], fact.on, found[at][4])
    return found


def spells(orders: Mapping[str, Order], died: date | None) -> list[Spell]:
    """A spell for each order that was ever in force; death ends it."""
    ends = [(order, earliest(order.until, died)) for order in orders.values()]
    return [
        Spell("order", order.made.kind, order.start, until, order.order_id, order.law.rule,
              tuple(order.entries))
        for order, until in ends
        if until is None or order.start < until
    ]  # fmt: skip
