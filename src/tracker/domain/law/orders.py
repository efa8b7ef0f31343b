"""Orders: their dates and terms after every variation, and what ends them.

Called by `timeline`, `lawful` and the clocks. An order runs from the day it is made. Which kind
ends which other, the shortest lengths and the dates in force are data (`config/law/orders.toml`).
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
# A report of a breach, its entry, the day it was concluded, the day a later outcome undid that (or
# None), and the entry of the conclusion.
BreachRun = tuple[f.BreachReported, str, date, date | None, str]
# Made under the law before 8 March 2015 (ASBCP Act 2014 s.114).
OLD_KINDS = frozenset({"sopo", "interim_sopo", "rosho", "fto"})


@dataclass(slots=True)
class Order:
    """One order after all known facts about it; `until` is the first day it is not in force."""

    made: f.OrderMade
    law: OrderLaw
    entries: list[str]
    until: date | None
    served_on: date | None
    travel_ends_on: date | None
    travel_made_on: date  # the day of the order or variation that set `travel_ends_on`
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
        """The last day of the foreign travel prohibition, at the latest the order's own last day.

        None without one. `until` is the first day without the order, death counted as an end.
        """
        if self.travel_ends_on is None:
            return None
        return earliest(self.travel_ends_on, last_day(until))

    def end(self, day: date, entry: Entry, by: f.OrderMade | None = None) -> None:
        """Ends the order from `day` on, if it is in force then; `by` is the order that ends it."""
        if self.in_force(day) or self.until == day:
            self.until = day
            self.ended_by = by or self.ended_by
            self.entries.append(entry.name)

    def set_end(self, day: date, until: date | None) -> None:
        """Sets `until`, the first day without the order; no earlier than `day`, when it changed."""
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
        order.set_end(fact.on, None)
    elif fact.ends_on is not None:
        order.set_end(fact.on, fact.ends_on + DAY)
    if isinstance(fact, f.OrderVaried):
        if fact.travel_ends_on is not None:
            order.travel_ends_on, order.travel_made_on = fact.travel_ends_on, fact.on
        order.prohibitions = order.prohibitions if fact.prohibitions is None else fact.prohibitions
        order.requirements = order.requirements if fact.requirements is None else fact.requirements


def orders_by_id(entries: Sequence[Entry], law: Law) -> dict[str, Order]:
    """Every order ever made, by its id. `entries` are those that count, in acting order."""
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
    """The relevant orders of a breach (s.122I(6)): while one is in force, the person is subject.

    The order breached and, if that was an interim one, the full order that followed: the one made
    on the same application or, where none is recorded, the one that ended the interim order.
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
    """The days, as runs, on which the latest outcome of a breach makes the person subject."""
    reports: dict[str, tuple[f.BreachReported, str]] = {}
    runs: list[BreachRun] = []
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
            live[fact.breach_id] = len(runs)
            runs.append((report, reported, fact.on, None, entry.name))
        elif fact.outcome not in BREACH_MAKES_SUBJECT and fact.breach_id in live:
            at = live.pop(fact.breach_id)
            runs[at] = (*runs[at][:3], fact.on, runs[at][4])
    return runs


def spells(orders: Mapping[str, Order], died: date | None) -> list[Spell]:
    """A spell for each order that was ever in force; death ends them all."""
    ends = [(order, earliest(order.until, died)) for order in orders.values()]
    return [
        Spell("order", order.made.kind, order.start, until, order.order_id, order.law.rule,
              tuple(order.entries))
        for order, until in ends
        if until is None or order.start < until
    ]  # fmt: skip
