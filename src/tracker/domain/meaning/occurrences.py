"""What is counted: the runs behind rows 1 and 2 of the annual return, the occurrences of 3 to 8.

Parts of `timeline`; counted by `projections` (contract, section 4). An occurrence is of one day.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, zip_longest
from operator import attrgetter
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import DAY, earliest
from tracker.domain.law.notification import Ground
from tracker.domain.law.orders import Order
from tracker.domain.meaning.parts import Before, shared
from tracker.domain.meaning.standing import START, R, Standing, held_on
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Run

VALUE, CELL = attrgetter("value"), attrgetter("category", "level")
SHPO_LIKE = frozenset({"shpo", "interim_shpo", "sopo", "interim_sopo"})
CAUSES = ("breaches", "revocations", "orders", "became_subject", "returns")
MANAGED = frozenset({"community", "custody", "hospital"})


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One countable happening, with the area, location, category and level that count for it.

    These are of the day `on`, and of the day before for a return to custody.
    """

    kind: str
    on: date
    ref: str
    area: str | None
    location: str
    category: int | None
    level: int | None
    entries: tuple[str, ...]


class Counted(NamedTuple):
    """A run of days of one area, location, category and level, of a person in a category."""

    area: str
    location: str
    category: int
    level: int | None
    start: date
    until: date | None


class Whereabouts(NamedTuple):
    """Area, location, category and level, on any day."""

    areas: Sequence[Run]
    moves: Sequence[Run]
    standings: Sequence[Standing]

    def area(self, day: date) -> str | None:
        run = held_on(self.areas, day)
        return run.value if run else None

    def location(self, day: date) -> str:
        run = held_on(self.moves, day)
        return run.value if run else "community"

    def standing(self, day: date) -> Standing | None:
        return held_on(self.standings, day)

    def of(self, h: Happening) -> Occurrence:
        """As it may count, with what held on the day that decides."""
        standing = self.standing(h.day)
        category, level = (standing.category, standing.level) if standing else (None, None)
        area, location = self.area(h.day), self.location(h.day)
        return Occurrence(h.kind, h.on, h.ref, area, location, category, level, h.entries)


class Happening(NamedTuple):
    """What happened on a day; `day` is the day of which area, location and standing count."""

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
    """Row 5: full SHPOs, with and without a travel prohibition when made, orders and notices."""
    kinds = {
        "shpo": "shpo_made",
        "notification_order": "notification_order_made",
        "s96za_notice": "notification_order_made",
    }
    found: list[Happening] = []
    for order in orders.values():
        kind = kinds.get(order.made.kind)
        if kind is None:
            continue
        made = Happening(kind, order.start, order.start, order.order_id, (order.entries[0],))
        found.append(made)
        if kind == "shpo_made" and order.made.travel_ends_on is not None:
            found.append(made._replace(kind="shpo_travel_made"))
    return found


def became_subject(grounds: Sequence[Ground]) -> list[Happening]:
    """Row 6: subject by s.122I, not on the day before and by no other ground from that day."""
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
    """Rows 7 and 8: entries into custody; they count by the day before."""
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
    """What happened that may be counted, by its cause; `counting_rules` says what counts."""
    if not any(happened):
        return NOTHING
    where = Whereabouts(areas, moves, standings)
    return {
        cause: [where.of(h) for h in happenings]
        for cause, happenings in zip(CAUSES, happened, strict=True)
    }


NOTHING: dict[str, list[Occurrence]] = {cause: [] for cause in CAUSES}


def by_day(groups: Mapping[str, list[Occurrence]]) -> list[Occurrence]:
    """Every countable happening, in order."""
    return sorted(chain.from_iterable(groups.values()), key=lambda o: (o.on, o.kind, o.ref))


def counted(
    areas: Sequence[Run],
    moves: Sequence[Run],
    standings: Sequence[Standing],
    before: Before | None = None,
) -> list[Counted]:
    """The runs of days that are counted, from those of area, location, category and level."""
    found: list[Counted] = []
    since = date.min
    if before is not None:
        old_areas, old_moves, old_standings = before.given
        since = min(
            _parted(old_areas, areas, VALUE),
            _parted(old_moves, moves, VALUE),
            _parted(old_standings, standings, CELL),
        )
        found = before.value[: bisect_left(before.value, since, key=START)]
    marks = sorted({r.start for runs in (areas, moves, standings) for r in _since(runs, since)})
    if found and ((until := found[-1].until) is None or until >= since):
        found[-1] = Counted(*found[-1][:-1], marks[0] if marks else None)
    for start, until in zip_longest(marks, marks[1:]):
        standing, area = held_on(standings, start), held_on(areas, start)
        if standing is None or standing.category is None or area is None:
            continue
        move = held_on(moves, start)
        where = move.value if move is not None else "community"
        run = Counted(area.value, where, standing.category, standing.level, start, until)
        if found and found[-1].until == start and found[-1][:4] == run[:4]:
            run = Counted(*found.pop()[:-1], until)
        found.append(run)
    return found


def _since(runs: Sequence[R], day: date) -> Sequence[R]:
    return runs[bisect_left(runs, day, key=START) :]


def _parted(old: Sequence[R], new: Sequence[R], counts: Callable[[R], object]) -> date:
    """The first day on which what counts of two sequences of runs may differ."""
    if old is new:
        return date.max
    n = shared(old, new)
    if n < min(len(old), len(new)):
        a, b = old[n], new[n]
        if a.start == b.start and counts(a) == counts(b):
            return earliest(a.until, b.until) or date.min
    return min((run.start for run in (*old[n : n + 1], *new[n : n + 1])), default=date.min)
