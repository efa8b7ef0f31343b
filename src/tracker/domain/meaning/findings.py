"""Findings: what a careful co-ordinator should look at, as spells of the track `finding`.

Made by `timeline`; listed by `show` and with a return. A finding refuses nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple, get_args

from tracker.domain import facts as f
from tracker.domain.dates import earliest
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
IN_FORCE: frozenset[type[f.Fact]] = frozenset(get_args(OfAnOrder))
# What defines a thing, or refers to one.
LINKED: frozenset[type[f.Fact]] = frozenset(
    kind for kind in f.CATALOGUE.values() if kind.DEFINES is not None or kind.REFERS_TO
)


def category_3_at_level_1(standings: Sequence[Standing], died: date | None) -> list[Spell]:
    """Category 3 assigned at level 1 or with no level is no category (contract, section 3)."""
    found: list[Spell] = []
    for s in standings:
        dead = died is not None and s.start >= died
        if 3 in s.assigned and s.category is None and not dead:
            until = earliest(s.until, died)
            if found and found[-1].until == s.start:
                found.append(Spell("finding", "category_3_at_level_1", found.pop().start, until))
            else:
                found.append(Spell("finding", "category_3_at_level_1", s.start, until))
    return found


def level_not_set(
    decided: Sequence[Entry[f.ReferralDecided]], standings: Sequence[Standing]
) -> list[Spell]:
    """Accepted by a referral at level 2 or 3 and counted lower, because nobody has set a level.

    Level 1 where none was ever set is no finding: that is the rule (contract, section 3), and of
    most people at level 1 nothing else is recorded.
    """
    found: list[Spell] = []
    for entry in decided:
        fact = entry.fact
        if fact.accepted and fact.level is not None:
            run = _run_below(fact.level, fact.on, standings)
            if run is not None:
                found.append(Spell("finding", "level_not_set", *run, fact.referral_id, None,
                                   (entry.name,)))  # fmt: skip
    return found


def _run_below(
    level: int, on: date, standings: Sequence[Standing]
) -> tuple[date, date | None] | None:
    """The first days from `on` in a category and below a level, until one is set or it ends."""
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
    """A threshold offence sentenced with no word on whether its threshold was met."""
    return [
        Spell("finding", "threshold_not_stated", s.on, died, c.ref, "soa2003.s132.3", (s.entry,))
        for c in convictions.values()
        if c.fact.threshold
        for s in c.sentences[-1:]
        if s.met is None and (died is None or s.on < died)
    ]


def indefinite_without_date(reviews: Sequence[ReviewRun]) -> list[Spell]:
    """Indefinite requirements whose qualifying date the law leaves to a person."""
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
    """Category 2 with no licence, custody or hospital order live: only a person ends it."""
    if not any(s.category == 2 for s in standings):
        return []
    holding = [(r.start, r.until) for r in licences]
    holding += [(s.start, s.until) for s in stays]
    holding += [
        (s.on, None)
        for c in convictions.values()
        for s in c.sentences
        if s.disposal.kind.startswith("hospital_order")
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
        for start, until in _gaps(*run, holding)
    ]


def _gaps(
    start: date, until: date | None, covered: list[tuple[date, date | None]]
) -> Iterator[tuple[date, date | None]]:
    """The runs of days within `[start, until)` that none of `covered` holds."""
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


def _of_entries(
    code: str, entries: Sequence[Entry], died: date | None, rule: str | None = None
) -> list[Spell]:
    """A finding about each entry, from its day until it is put right or the person dies."""
    return [
        Spell("finding", code, e.fact.on, died if died is not None and died > e.fact.on else None,
              e.name, rule, (e.name,))
        for e in entries
    ]  # fmt: skip


def overridden(overrides: Sequence[Entry], died: date | None) -> list[Spell]:
    """Facts recorded although a rule would refuse them, each with the rule insisted on."""
    return _of_entries("override", overrides, died)


def no_longer_inside(
    releases: Sequence[Entry], stays: Sequence[Stay], died: date | None
) -> list[Spell]:
    """A release while not inside, left standing by a later correction or late fact."""
    ends = {name for stay in stays for name in stay.entries}
    left = [e for e in releases if e.name not in ends]
    return _of_entries("release_while_not_inside", left, died, "record.custody")


class Leaning(NamedTuple):
    """What facts name, and those of the facts that lean on what none names."""

    named: frozenset[tuple[str, str]]
    hanging: list[Entry]


def leaning(entries: Sequence[Entry], before: Before | None = None) -> Leaning:
    """Which facts lean on what a correction has taken away."""
    named, hanging, new = frozenset[tuple[str, str]](), list[Entry](), entries
    if before is not None and before.given[0] == entries[: len(before.given[0])]:
        named, hanging = before.value
        new = entries[len(before.given[0]) :]
    defined = [(e.fact.DEFINES, e.fact) for e in new if e.fact.DEFINES is not None]
    named |= {(what, getattr(fact, field)) for (what, (field,)), fact in defined}
    return Leaning(named, [e for e in (*hanging, *new) if f.unknown_reference(e.fact, named)])


def stands_firm(known: Leaning, fact: f.Fact) -> bool:
    """Whether a further fact neither leans on nothing nor may hold one that does."""
    return not known.hanging and f.unknown_reference(fact, known.named) is None


def leaning_on_nothing(hanging: Sequence[Entry], died: date | None) -> list[Spell]:
    return _of_entries("leans_on_nothing", hanging, died, "record.reference")


def order_not_in_force(
    entries: Sequence[Entry[OfAnOrder]], orders: Mapping[str, Order], died: date | None
) -> list[Spell]:
    """Facts about an order that, as now known, was not in force on their day."""
    found: list[Entry] = []
    for e in entries:
        on, order = e.fact.on, orders.get(e.fact.order_id or "")
        if order is None or order.in_force(on):
            continue
        if type(e.fact) is not f.OrderDischarged or order.until != on:
            found.append(e)
    return _of_entries("order_not_in_force", found, died, "record.order")


def posthumous(entries: Sequence[Entry], died: date | None) -> list[Entry] | None:
    """Facts dated after a death recorded late; None of a person not known to be dead."""
    if died is None:
        return None
    return [e for e in entries if e.fact.on > died and not e.fact.MAY_ACT_AFTER_DEATH]


def after_death(entries: Sequence[Entry] | None, died: date | None) -> list[Spell]:
    return _of_entries("after_death", entries or (), died, "record.time")


def together(*found: list[Spell]) -> list[Spell]:
    """Every finding; `value` is its code, `ref` what it is about."""
    return list(chain.from_iterable(found))
