"""Who is subject to notification requirements, on what ground and until when (SOA 2003 Part 2).

Called by `timeline` and `individual`. Each ground is a run of days with the rule and the entries
it rests on. A person is subject on a day that any ground covers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from tracker.domain.dates import earliest, latest
from tracker.domain.law import orders as o
from tracker.domain.law.convictions import Conviction
from tracker.domain.law.periods import Person, period_on
from tracker.domain.law.tables import Law
from tracker.domain.spells import Spell


class Ground(NamedTuple):
    """One reason why a person is subject to notification requirements, on `[start, until)`.

    `relevant` is the relevant date of s.82(6). `changes` are the days on which the period was
    worked out again, each with whether it was then indefinite.
    """

    ground: str
    ref: str
    start: date
    until: date | None
    indefinite: bool
    rule: str
    entries: tuple[str, ...]
    relevant: date
    conviction: str = ""
    changes: tuple[tuple[date, bool], ...] = ()

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)

    @property
    def governed_on(self) -> date:
        """The day whose law applies: the relevant date of a conviction, caution or finding.

        For an order it is the day it was made; for a breach, the day it was concluded.
        """
        by_conviction = self.ground in ("conviction", "caution", "finding")
        return self.relevant if by_conviction else self.start

    def spell(self) -> Spell:
        return Spell(
            "notification", self.ground, self.start, self.until, self.ref, self.rule,
            self.entries, self.indefinite,
        )  # fmt: skip

    def indefinite_on(self, day: date) -> bool:
        """Whether the period, as it was last worked out before `day`, was indefinite."""
        before = [indefinite for on, indefinite in self.changes if on < day]
        return before[-1] if before else self.indefinite


def _days_of_change(person: Person, relevant: date) -> list[date]:
    """The relevant date, and each later day of a sentence, quashing or end of trial, in order."""
    days = {relevant}
    for c in person.convictions.values():
        if c.fact.schedule_3:
            days |= {s.on for s in c.sentences if s.on > relevant}
            days |= {on for on, _ in c.ended if on > relevant}
    return sorted(days)


def conviction_ground(person: Person, conviction: Conviction) -> Ground | None:
    """The ground that one Schedule 3 conviction, caution or finding gives; None if it gives none.

    It begins on its relevant date. After a varied sentence the period is counted again from that
    date, but it never ends before the day of the variation.
    """
    fact = conviction.fact
    relevant = person.relevant_date(conviction)
    if relevant is None:
        return None
    began = person.law.commencement("soa2003.s81")
    if fact.on < began and (fact.finding == "caution" or not fact.s81_caught):
        return None
    standing = last = period_on(person, conviction, relevant, relevant)
    until, changes = standing.until, [(relevant, standing.indefinite)]
    for day in _days_of_change(person, relevant)[1:]:
        last = period_on(person, conviction, relevant, day)
        until = latest(last.until, earliest(until, day))
        if not last.none:
            standing = last
            changes.append((day, last.indefinite))
    start = max(relevant, began)
    why = dict.fromkeys(standing.entries + (last.entries if last.none else ()))
    name = {"conviction": "conviction", "caution": "caution"}.get(fact.finding, "finding")
    return Ground(
        name, conviction.ref, start, until, standing.indefinite, standing.rule,
        tuple(why), relevant, conviction.ref, tuple(changes),
    )  # fmt: skip


def _order_ground(person: Person, order: o.Order) -> Ground | None:
    """The ground that one order or notice gives; None if it gives none.

    A sexual harm prevention order gives one for as long as it lasts (s.103G). A notification
    order or a notice gives one for the period of s.82 for its foreign conviction (s.96ZC).
    """
    kind, rule = order.law.ground, order.law.ground_rule
    if kind is None or rule is None:
        return None
    plain = Ground(
        kind, order.order_id, order.start, order.until, False, rule,
        tuple(order.entries), order.service,
    )  # fmt: skip
    foreign = order.made.foreign_conviction_id
    if kind == "shpo" or foreign is None:
        return plain if kind == "shpo" or not order.law.full else None
    conviction = person.convictions.get(foreign)
    period = conviction_ground(person, conviction) if conviction else None
    if period is None:
        return None
    return plain._replace(
        until=earliest(order.until, period.until),
        indefinite=period.indefinite and order.law.full,
        entries=(*order.entries, *period.entries),
        relevant=period.relevant,
        conviction=foreign,
        changes=period.changes if order.law.full else (),
    )


def breach_grounds(runs: Sequence[o.BreachRun], orders: Mapping[str, o.Order]) -> list[Ground]:
    """The grounds that breaches of risk orders give (s.122I).

    Each runs from the conclusion of the breach until the relevant order ends.
    """
    grounds: list[Ground] = []
    for report, reported, concluded, undone, conclusion in runs:
        breached = orders.get(report.order_id or "")
        if breached is None or not breached.law.breach_makes_subject:
            continue
        first = len(grounds)
        relevant = o.relevant_orders(breached, orders.values())
        for order in sorted(relevant, key=lambda order: max(concluded, order.start)):
            start, until = max(concluded, order.start), earliest(order.until, undone)
            if until is not None and until <= start:
                continue
            why = (reported, conclusion, *order.entries)
            before = grounds[-1] if len(grounds) > first else None
            if before is not None and (before.until is None or start <= before.until):
                joined_why = tuple(dict.fromkeys(before.entries + why))
                until = latest(before.until, until)
                grounds[-1] = before._replace(until=until, entries=joined_why)
            else:
                grounds.append(
                    Ground("sro_breach", report.breach_id, start, until, False,
                           "soa2003.s122i", why, start)
                )  # fmt: skip
    return grounds


def conviction_grounds(convictions: Mapping[str, Conviction], born: date, law: Law) -> list[Ground]:
    """The grounds that all domestic convictions, cautions and findings give."""
    person = Person(born, convictions, law)
    own = (conviction_ground(person, c) for c in convictions.values() if not c.fact.foreign)
    return [ground for ground in own if ground]


def order_grounds(
    orders: Mapping[str, o.Order], convictions: Mapping[str, Conviction], born: date, law: Law
) -> list[Ground]:
    """The grounds that all orders and notices give."""
    person = Person(born, convictions, law)
    return [ground for order in orders.values() if (ground := _order_ground(person, order))]


def grounds(
    by_conviction: list[Ground],
    by_order: list[Ground],
    by_breach: list[Ground],
    died: date | None,
    revocations: Sequence[tuple[date, str]],
    law: Law,
) -> list[Ground]:
    """Every ground by start: none before the Act began, each ended early by death or revocation."""
    began = law.commencement("soa2003.s81")
    all_grounds = [
        g._replace(start=began) if g.start < began else g
        for g in by_conviction + by_order + by_breach
    ]
    all_grounds = [g for g in all_grounds if g.until is None or g.start < g.until]
    return _end_early(
        sorted(all_grounds, key=lambda g: (g.start, g.ref, g.ground)), died, revocations
    )


def _end_early(
    grounds: Sequence[Ground], died: date | None, revocations: Sequence[tuple[date, str]]
) -> list[Ground]:
    """The grounds, shortened where death or a revocation ends them.

    A revocation ends the indefinite grounds begun before its day, no others (ss.91C(4), 91E(4)).
    """
    left: list[Ground] = []
    for ground in grounds:
        until, entries = ground.until, ground.entries
        for day, entry in revocations:
            live = ground.start < day and (until is None or day < until)
            if live and ground.indefinite_on(day):
                until, entries = day, (*entries, entry)
        until = earliest(until, died)
        if until is None or ground.start < until:
            same = until == ground.until and entries == ground.entries
            left.append(ground if same else ground._replace(until=until, entries=entries))
    return left


def subject_runs(grounds: Sequence[Ground]) -> list[tuple[date, date | None]]:
    """The unbroken runs `[start, until)` of days on which at least one ground applies, in order."""
    runs: list[tuple[date, date | None]] = []
    for g in grounds:
        if runs and (runs[-1][1] is None or g.start <= runs[-1][1]):
            start, until = runs[-1]
            longer = None if until is None or g.until is None else max(until, g.until)
            runs[-1] = (start, longer)
        else:
            runs.append((g.start, g.until))
    return runs
