"""What the annual return counts: runs of days for rows 1 and 2, occurrences for rows 3 to 8.

Parts of `timeline`; counted by `projections` (contract, section 4). An occurrence has one day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import chain, zip_longest
from operator import attrgetter
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import DAY, earliest
from tracker.domain.law.notification import Ground
from tracker.domain.law.orders import Order
from tracker.domain.meaning.parts import Before
from tracker.domain.meaning.standing import START, R, Standing, run_on
from tracker.domain.meaning.unchanged import common_prefix
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Run

VALUE, CELL = attrgetter("value"), attrgetter("category", "level")
SHPO_LIKE = frozenset({"shpo", "interim_shpo", "sopo", "interim_sopo"})
CAUSES = ("breaches", "revocations", "orders", "became_subject", "returns")
MANAGED = frozenset({"community", "custody", "hospital"})


class Occurrence(NamedTuple):
    """Something that may be counted, with the area, location, category and level it counts under.

    These are as on the day `on`; for a return to custody, as on the day before.
    """

    kind: str
    on: date
    ref: str
    area: str | None
    location: str
    category: int | None
    level: int | None
    entries: tuple[str, ...]


class CountedRun(NamedTuple):
    """The days `[start, until)` of a person in one area, location, category and level."""

    area: str
    location: str
    category: int
    level: int | None
    start: date
    until: date | None


class Whereabouts(NamedTuple):
    """Area, location, category and level of one person, by day."""

    areas: Sequence[Run]
    moves: Sequence[Run]
    standings: Sequence[Standing]

    def area(self, day: date) -> str | None:
        """The managing area on a day; None before registration."""
        run = run_on(self.areas, day)
        return run.value if run else None

    def location(self, day: date) -> str:
        """The location at the end of a day."""
        run = run_on(self.moves, day)
        return run.value if run else "community"

    def standing(self, day: date) -> Standing | None:
        """Category and level on a day; None before anything set them."""
        return run_on(self.standings, day)

    def occurrence(self, h: Happening) -> Occurrence:
        """The occurrence of a happening, with area, location and standing as on its `day`."""
        standing = self.standing(h.day)
        category, level = (standing.category, standing.level) if standing else (None, None)
        area, location = self.area(h.day), self.location(h.day)
        return Occurrence(h.kind, h.on, h.ref, area, location, category, level, h.entries)


class Happening(NamedTuple):
    """Something that happened on the day `on`; `day` decides its area, location and standing."""

    kind: str
    on: date
    day: date
    ref: str
    entries: tuple[str, ...]


def breaches(entries: Sequence[Entry]) -> list[Happening]:
    """Row 3: breaches of notification whose last conclusion is a caution or a conviction."""
    reports = {
        e.fact.breach_id: e.name
        for e in entries
        if type(e.fact) is f.BreachReported and e.fact.of == "notification"
    }
    last = {
        e.fact.breach_id: (e.fact, e.name)
        for e in entries
        if type(e.fact) is f.BreachConcluded and e.fact.breach_id in reports
    }
    return [
        Happening("notification_breach", fact.on, fact.on, ref, (reports[ref], name))
        for ref, (fact, name) in last.items()
        if fact.outcome in ("cautioned", "convicted")
    ]


def revocations(revoked: Sequence[tuple[date, str]], grounds: Sequence[Ground]) -> list[Happening]:
    """Row 4: revocations on application that ended indefinite requirements."""
    ended = {g.until for g in grounds if g.indefinite}
    return [
        Happening("lifetime_revoked", day, day, entry, (entry,))
        for day, entry in revoked
        if day in ended
    ]


def orders_made(orders: Mapping[str, Order]) -> list[Happening]:
    """Row 5: full SHPOs, notification orders and notices made.

    An SHPO made with a travel prohibition gives a second happening.
    """
    kinds = {
        "shpo": "shpo_made",
        "notification_order": "notification_order_made",
        "s96za_notice": "notification_order_made",
    }
    happenings: list[Happening] = []
    for order in orders.values():
        kind = kinds.get(order.made.kind)
        if kind is None:
            continue
        made = Happening(kind, order.start, order.start, order.order_id, (order.entries[0],))
        happenings.append(made)
        if kind == "shpo_made" and order.made.travel_ends_on is not None:
            happenings.append(made._replace(kind="shpo_travel_made"))
    return happenings


def became_subject(grounds: Sequence[Ground]) -> list[Happening]:
    """Row 6: people who became subject by s.122I alone, not being subject on the day before."""
    return [
        Happening("sro_breach_subject", g.start, g.start, g.ref, g.entries)
        for g in grounds
        if g.ground == "sro_breach"
        and not any(x.covers(g.start - DAY) for x in grounds)
        and not any(x.ground != "sro_breach" and x.start == g.start for x in grounds)
    ]


def _why_returned(fact: f.CustodyEntered, orders: Mapping[str, Order]) -> str | None:
    if fact.because_of == "licence" or (fact.because_of is None and fact.kind == "recall"):
        return "returned_licence"
    if fact.because_of == "order":
        order = orders.get(fact.order_id or "")
        if order is not None and order.made.kind in SHPO_LIKE:
            return "returned_shpo"
    return None


def returns(entries: Sequence[Entry], orders: Mapping[str, Order]) -> list[Happening]:
    """Rows 7 and 8: returns to custody, which count by the standing of the day before."""
    return [
        Happening(kind, e.fact.on, e.fact.on - DAY, e.id, (e.name,))
        for e in entries
        if type(e.fact) is f.CustodyEntered
        if (kind := _why_returned(e.fact, orders)) is not None
    ]


def by_cause(
    areas: Sequence[Run],
    moves: Sequence[Run],
    standings: Sequence[Standing],
    *happened: list[Happening],
) -> dict[str, list[Occurrence]]:
    """The occurrences by their cause; `counting_rules` says which of them count."""
    if not any(happened):
        return NO_OCCURRENCES
    where = Whereabouts(areas, moves, standings)
    return {
        cause: [where.occurrence(h) for h in happenings]
        for cause, happenings in zip(CAUSES, happened, strict=True)
    }


NO_OCCURRENCES: dict[str, list[Occurrence]] = {cause: [] for cause in CAUSES}


def by_day(groups: Mapping[str, list[Occurrence]]) -> list[Occurrence]:
    """Every occurrence, in order of day, kind and ref."""
    return sorted(chain.from_iterable(groups.values()), key=lambda o: (o.on, o.kind, o.ref))


def counted_runs(
    areas: Sequence[Run],
    moves: Sequence[Run],
    standings: Sequence[Standing],
    before: Before | None = None,
) -> list[CountedRun]:
    """The runs of days that may be counted: those in an area and a category."""
    counted: list[CountedRun] = []
    since = date.min
    if before is not None:
        old_areas, old_moves, old_standings = before.inputs
        since = min(
            _first_difference(old_areas, areas, VALUE),
            _first_difference(old_moves, moves, VALUE),
            _first_difference(old_standings, standings, CELL),
        )
        counted = before.value[: bisect_left(before.value, since, key=START)]
    marks = sorted({r.start for runs in (areas, moves, standings) for r in _since(runs, since)})
    if counted and ((until := counted[-1].until) is None or until >= since):
        counted[-1] = CountedRun(*counted[-1][:-1], marks[0] if marks else None)
    for start, until in zip_longest(marks, marks[1:]):
        standing, area = run_on(standings, start), run_on(areas, start)
        if standing is None or standing.category is None or area is None:
            continue
        move = run_on(moves, start)
        where = move.value if move is not None else "community"
        run = CountedRun(area.value, where, standing.category, standing.level, start, until)
        if counted and counted[-1].until == start and counted[-1][:4] == run[:4]:
            run = CountedRun(*counted.pop()[:-1], until)
        counted.append(run)
    return counted


def _since(runs: Sequence[R], day: date) -> Sequence[R]:
    return runs[bisect_left(runs, day, key=START) :]


def _first_difference(old: Sequence[R], new: Sequence[R], counts: Callable[[R], object]) -> date:
    """The first day on which two sequences of runs may differ in what `counts`."""
    if old is new:
        return date.max
    n = common_prefix(old, new)
    if n < min(len(old), len(new)):
        a, b = old[n], new[n]
        if a.start == b.start and counts(a) == counts(b):
            return earliest(a.until, b.until) or date.min
    return min((run.start for run in (*old[n : n + 1], *new[n : n + 1])), default=date.min)
