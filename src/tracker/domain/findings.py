"""Findings: what a careful co-ordinator should look at, as spells of the track `finding`.

Made by `timeline`; listed by `show` and with a return. A finding refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from tracker.domain import facts as f
from tracker.domain.entries import Entry
from tracker.domain.history import LEANS, NAMES
from tracker.domain.law.dates import earliest
from tracker.domain.spells import Spell

if TYPE_CHECKING:
    from tracker.domain.timeline import Timeline

IN_FORCE = (f.OrderServed, f.OrderVaried, f.OrderRenewed, f.OrderDischarged, f.BreachReported)


def _category_3_at_level_1(t: Timeline) -> list[Spell]:
    """Category 3 assigned at level 1 or with no level is no category (contract, section 3)."""
    found: list[Spell] = []
    for s in t.standings:
        dead = t.died is not None and s.start >= t.died
        if 3 in s.assigned and s.category is None and not dead:
            until = earliest(s.until, t.died)
            if found and found[-1].until == s.start:
                found.append(Spell("finding", "category_3_at_level_1", found.pop().start, until))
            else:
                found.append(Spell("finding", "category_3_at_level_1", s.start, until))
    return found


def _threshold_inferred(t: Timeline) -> list[Spell]:
    """A threshold offence sentenced with no word on whether its threshold was met."""
    return [
        Spell("finding", "threshold_not_stated", s.on, t.died, c.ref, "soa2003.s132.3", (s.entry,))
        for c in t.convictions.values()
        if c.fact.threshold
        for s in c.sentences[-1:]
        if s.met is None and (t.died is None or s.on < t.died)
    ]


def _indefinite_without_date(t: Timeline) -> list[Spell]:
    """Indefinite requirements whose qualifying date the law leaves to a person."""
    waiting = ("not yet released", "no notification since the first release")
    return [
        Spell("finding", "no_qualifying_date", r.start, r.until, r.qualifying.needs or "",
              "soa2003.s91b.2", r.qualifying.entries)
        for r in t.reviews
        if r.qualifying.on is None and r.qualifying.needs not in waiting
    ]  # fmt: skip


def _category_2_without_reason(t: Timeline) -> list[Spell]:
    """Category 2 with no licence, custody or hospital order live: only a person ends it."""
    holding = [(r.start, r.until) for r in t.licences]
    holding += [(s.start, s.until) for s in t.stays]
    holding += [
        (s.on, None)
        for c in t.convictions.values()
        for s in c.sentences
        if s.disposal.kind.startswith("hospital_order")
    ]
    runs: list[tuple[date, date | None]] = []
    for standing in t.standings:
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


def _of_entry(t: Timeline, code: str, entry: Entry, rule: str | None = None) -> Spell:
    """A finding about an entry, from its day until it is put right or the person dies."""
    until = t.died if t.died is not None and t.died > entry.fact.on else None
    return Spell("finding", code, entry.fact.on, until, entry.name, rule, (entry.name,))


def _overridden(t: Timeline) -> list[Spell]:
    """Facts recorded although a rule would refuse them, each with the rule insisted on."""
    return [_of_entry(t, "override", e) for e in t.overrides]


def _no_longer_inside(t: Timeline) -> list[Spell]:
    """A release while not inside, left standing by a later correction or late fact."""
    ends = {name for stay in t.stays for name in stay.entries}
    return [
        _of_entry(t, "release_while_not_inside", e, "record.custody")
        for e in t.entries
        if isinstance(e.fact, f.CustodyLeft) and e.name not in ends
    ]


def _leaning_on_nothing(t: Timeline) -> list[Spell]:
    """Facts that lean on what a correction has taken away."""
    named = {
        (NAMES[type(e.fact)][0], getattr(e.fact, NAMES[type(e.fact)][1]))
        for e in t.entries
        if type(e.fact) in NAMES
    }
    return [
        _of_entry(t, "leans_on_nothing", e, "record.reference")
        for e in t.entries
        if any(
            (ref := getattr(e.fact, field)) is not None and (what, ref) not in named
            for what, field in LEANS.get(type(e.fact), ())
        )
    ]


def _order_not_in_force(t: Timeline) -> list[Spell]:
    """Facts about an order that, as now known, was not in force on their day."""
    found: list[Spell] = []
    for e in t.entries:
        if not isinstance(e.fact, IN_FORCE):
            continue
        order = t.orders.get(e.fact.order_id or "")
        if order is None:
            continue
        ended_it = isinstance(e.fact, f.OrderDischarged) and order.until == e.fact.on
        if not (order.in_force(e.fact.on) or ended_it):
            found.append(_of_entry(t, "order_not_in_force", e, "record.order"))
    return found


def _after_death(t: Timeline) -> list[Spell]:
    """Facts dated after a death recorded late."""
    return [
        _of_entry(t, "after_death", e, "record.time")
        for e in t.entries
        if t.died is not None and e.fact.on > t.died
    ]


def findings_of(t: Timeline) -> list[Spell]:
    """Every finding of a timeline; `value` is its code, `ref` what it is about."""
    return (
        _category_3_at_level_1(t) + _threshold_inferred(t) + _indefinite_without_date(t)
        + _category_2_without_reason(t) + _overridden(t) + _no_longer_inside(t)
        + _leaning_on_nothing(t) + _order_not_in_force(t) + _after_death(t)
    )  # fmt: skip
