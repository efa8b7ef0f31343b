"""Findings: what a careful co-ordinator should check, as spells of the track `finding`.

Made by `timeline`; listed by `show` and with a return. A finding never refuses a fact. In its
spell, `value` is the code of the finding and `ref` what it is about.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple, get_args

from tracker.domain import facts as f
from tracker.domain.dates import DAY, earliest
from tracker.domain.law.convictions import Conviction
from tracker.domain.law.custody import Stay
from tracker.domain.law.orders import Order
from tracker.domain.law.review import NOT_YET_NOTIFIED, NOT_YET_RELEASED, ReviewRun
from tracker.domain.meaning.parts import Before
from tracker.domain.meaning.standing import START, Standing
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Run, Spell

# The facts about an order that must be in force on their day.
OfAnOrder = f.OrderServed | f.OrderVaried | f.OrderRenewed | f.OrderDischarged | f.BreachReported
ORDER_IN_FORCE_FACTS: frozenset[type[f.Fact]] = frozenset(get_args(OfAnOrder))
# Facts that define something with an id, or refer to it.
LINKING_FACTS: frozenset[type[f.Fact]] = frozenset(
    kind for kind in f.CATALOGUE.values() if kind.DEFINES is not None or kind.REFERS_TO
)


def category_3_at_level_1(standings: Sequence[Standing], died: date | None) -> list[Spell]:
    """Category 3 was assigned but does not count, because the level is 1 or not set."""
    spells: list[Spell] = []
    for s in standings:
        dead = died is not None and s.start >= died
        if 3 in s.assigned and s.category is None and not dead:
            until = earliest(s.until, died)
            if spells and spells[-1].until == s.start:
                spells.append(Spell("finding", "category_3_at_level_1", spells.pop().start, until))
            else:
                spells.append(Spell("finding", "category_3_at_level_1", s.start, until))
    return spells


def level_not_set(
    decided: Sequence[Entry[f.ReferralDecided]], standings: Sequence[Standing]
) -> list[Spell]:
    """A referral at level 2 or 3 was accepted, but the person counts lower: nobody set a level.

    Level 1 where no level was ever set is no finding: that is the rule (contract, section 3), and
    for most people at level 1 nothing else is recorded.
    """
    spells: list[Spell] = []
    for entry in decided:
        fact = entry.fact
        if fact.accepted and fact.level is not None:
            run = _run_below(fact.level, fact.on, standings)
            if run is not None:
                spells.append(Spell("finding", "level_not_set", *run, fact.referral_id, None,
                                   (entry.name,)))  # fmt: skip
    return spells


def _run_below(
    level: int, on: date, standings: Sequence[Standing]
) -> tuple[date, date | None] | None:
    """The first run of days from `on` in a category, below `level`, until a level is set."""
    at = bisect_right(standings, on, key=START) - 1
    set_by = standings[at].level_entry if at >= 0 else ""
    start: date | None = None
    until: date | None = None
    for s in standings[max(at, 0) :]:
        counted = s.category in (1, 2, 3)
        if s.level_entry != set_by or (s.level or 0) >= level or (start and not counted):
            break
        if counted:
            start, until = start or max(s.start, on), s.until
    return (start, until) if start else None


def threshold_inferred(convictions: Mapping[str, Conviction], died: date | None) -> list[Spell]:
    """A threshold offence was sentenced, but nobody recorded whether its threshold was met."""
    return [
        Spell("finding", "threshold_not_stated", s.on, died, c.ref, "soa2003.s132.3", (s.entry,))
        for c in convictions.values()
        if c.fact.threshold
        for s in c.sentences[-1:]
        if s.met is None and (died is None or s.on < died)
    ]


def indefinite_without_date(reviews: Sequence[ReviewRun]) -> list[Spell]:
    """Indefinite requirements without a qualifying date: the law leaves it to a person to set."""
    waiting = (NOT_YET_RELEASED, NOT_YET_NOTIFIED)
    return [
        Spell("finding", "no_qualifying_date", r.start, r.until, r.qualifying.needs or "",
              "soa2003.s91b.2", r.qualifying.entries)
        for r in reviews
        if r.qualifying.on is None and r.qualifying.needs not in waiting
    ]  # fmt: skip


def category_2_without_reason(
    standings: Sequence[Standing],
    licences: Sequence[Run],
    stays: Sequence[Stay],
    convictions: Mapping[str, Conviction],
) -> list[Spell]:
    """Category 2 with no licence, custody, hospital order or suspended sentence running."""
    if not any(s.category == 2 for s in standings):
        return []
    covered = [(r.start, r.until) for r in licences]
    covered += [(s.start, s.until) for s in stays]
    covered += [
        (s.on, None)
        for c in convictions.values()
        for s in c.sentences
        if s.disposal.kind.startswith("hospital_order")
    ]
    covered += [
        (s.on, s.disposal.operational_until + DAY)
        for c in convictions.values()
        for s in c.sentences[-1:]
        if s.disposal.operational_until is not None and not c.ended
    ]
    runs: list[tuple[date, date | None]] = []
    for standing in standings:
        if standing.category != 2:
            continue
        start = runs.pop()[0] if runs and runs[-1][1] == standing.start else standing.start
        runs.append((start, standing.until))
    return [
        Spell("finding", "category_2_without_reason", start, until)
        for run in runs
        for start, until in _gaps(*run, covered)
    ]


def _gaps(
    start: date, until: date | None, covered: list[tuple[date, date | None]]
) -> Iterator[tuple[date, date | None]]:
    """The runs of days within `[start, until)` that are in none of `covered`."""
    for begins, ends in sorted(covered, key=lambda run: run[0]):
        if until is not None and begins >= until:
            break
        if begins > start:
            yield start, begins
        if ends is None:
            return
        start = max(start, ends)
    if until is None or start < until:
        yield start, until


def _finding_per_entry(
    code: str, entries: Sequence[Entry], died: date | None, rule: str | None = None
) -> list[Spell]:
    """A finding about each entry, from its day on; it ends at a later death."""
    return [
        Spell("finding", code, e.fact.on, died if died is not None and died > e.fact.on else None,
              e.name, rule, (e.name,))
        for e in entries
    ]  # fmt: skip


def overridden(overrides: Sequence[Entry], died: date | None) -> list[Spell]:
    """Facts that were recorded with an override, although a rule would refuse them."""
    return _finding_per_entry("override", overrides, died)


def no_longer_inside(
    releases: Sequence[Entry], stays: Sequence[Stay], died: date | None
) -> list[Spell]:
    """A release of somebody who, by a later correction or late fact, was not inside."""
    ends = {name for stay in stays for name in stay.entries}
    left = [e for e in releases if e.name not in ends]
    return _finding_per_entry("release_while_not_inside", left, died, "record.custody")


class References(NamedTuple):
    """The ids that facts define, and the facts that refer to an id that none defines."""

    named: frozenset[tuple[str, str]]
    unresolved: list[Entry]


def references(entries: Sequence[Entry], before: Before | None = None) -> References:
    """Which facts refer to something that a correction has removed."""
    named, unresolved, new = frozenset[tuple[str, str]](), list[Entry](), entries
    if before is not None and before.inputs[0] == entries[: len(before.inputs[0])]:
        named, unresolved = before.value
        new = entries[len(before.inputs[0]) :]
    defined = [(e.fact.DEFINES, e.fact) for e in new if e.fact.DEFINES is not None]
    named |= {(what, getattr(fact, field)) for (what, (field,)), fact in defined}
    return References(named, [e for e in (*unresolved, *new) if f.unknown_reference(e.fact, named)])


def leaves_references_unchanged(known: References, fact: f.Fact) -> bool:
    """Whether one more fact leaves the unresolved references as they are."""
    return not known.unresolved and f.unknown_reference(fact, known.named) is None


def unknown_references(unresolved: Sequence[Entry], died: date | None) -> list[Spell]:
    """Facts that refer to something no fact defines, as now known."""
    return _finding_per_entry("leans_on_nothing", unresolved, died, "record.reference")


def order_not_in_force(
    entries: Sequence[Entry[OfAnOrder]], orders: Mapping[str, Order], died: date | None
) -> list[Spell]:
    """Facts about an order that was not in force on their day, as now known."""
    not_in_force: list[Entry] = []
    for e in entries:
        on, order = e.fact.on, orders.get(e.fact.order_id or "")
        if order is None or order.in_force(on):
            continue
        if type(e.fact) is not f.OrderDischarged or order.until != on:
            not_in_force.append(e)
    return _finding_per_entry("order_not_in_force", not_in_force, died, "record.order")


def order_on_quashed_conviction(
    convictions: Mapping[str, Conviction], orders: Mapping[str, Order], died: date | None
) -> list[Spell]:
    """Orders in force although the conviction that they were made on is quashed (s.103H(1)(a)).

    The order is a sentence and falls with the conviction: somebody has to record its end.
    """
    spells: list[Spell] = []
    for order in orders.values():
        conviction = convictions.get(order.made.on_conviction_id or "")
        # The trial after a finding of disability ends that finding, and no order made on it.
        if conviction is None or conviction.fact.finding == "disability":
            continue
        for quashed, entry in conviction.ended[:1]:
            start, until = max(quashed, order.start), earliest(order.until, died)
            if until is None or start < until:
                spells.append(Spell("finding", "order_on_quashed_conviction", start, until,
                                    order.order_id, order.law.rule,
                                    (order.entries[0], entry)))  # fmt: skip
    return spells


def posthumous(entries: Sequence[Entry], died: date | None) -> list[Entry] | None:
    """The entries dated after a death that was recorded late; None for a person not known dead."""
    if died is None:
        return None
    return [e for e in entries if e.fact.on > died and not e.fact.MAY_ACT_AFTER_DEATH]


def after_death(entries: Sequence[Entry] | None, died: date | None) -> list[Spell]:
    """Facts dated after the death of the person, as now known."""
    return _finding_per_entry("after_death", entries or (), died, "record.time")


def all_findings(*findings: list[Spell]) -> list[Spell]:
    """The findings of every kind in one list."""
    return list(chain.from_iterable(findings))
