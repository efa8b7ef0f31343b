"""What is counted once, on a day: the occurrences behind rows 3 to 8 of the annual return.

Made by `timeline`, counted by `projections.annual_return` (contract, section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tracker.domain import facts as f
from tracker.domain.law.dates import DAY

if TYPE_CHECKING:
    from tracker.domain.timeline import Timeline

SHPO_LIKE = frozenset({"shpo", "interim_shpo", "sopo", "interim_sopo"})
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


def _at(
    t: Timeline, kind: str, on: date, day: date, ref: str, entries: tuple[str, ...]
) -> Occurrence:
    standing = t.standing(day)
    return Occurrence(
        kind, on, ref, t.area(day), t.location(day),
        standing.category if standing else None, standing.level if standing else None, entries,
    )  # fmt: skip


def _breaches(t: Timeline) -> list[Occurrence]:
    """Row 3: breaches of notification whose last conclusion is a caution or a conviction."""
    reports = {
        e.fact.breach_id: e.name
        for e in t.entries
        if isinstance(e.fact, f.BreachReported) and e.fact.of == "notification"
    }
    last = {
        e.fact.breach_id: (e.fact, e.name)
        for e in t.entries
        if isinstance(e.fact, f.BreachConcluded) and e.fact.breach_id in reports
    }
    return [
        _at(t, "notification_breach", fact.on, fact.on, ref, (reports[ref], name))
        for ref, (fact, name) in last.items()
        if fact.outcome in ("cautioned", "convicted")
    ]


def _revocations(t: Timeline) -> list[Occurrence]:
    """Row 4: revocations on application that ended indefinite requirements."""
    ended = {g.until for g in t.grounds if g.indefinite}
    return [
        _at(t, "lifetime_revoked", day, day, entry, (entry,))
        for day, entry in t.revocations
        if day in ended
    ]


def _orders(t: Timeline) -> list[Occurrence]:
    """Row 5: full SHPOs, with and without a travel prohibition when made, orders and notices."""
    kinds = {
        "shpo": "shpo_made",
        "notification_order": "notification_order_made",
        "s96za_notice": "notification_order_made",
    }
    found: list[Occurrence] = []
    for order in t.orders.values():
        kind = kinds.get(order.made.kind)
        if kind is None:
            continue
        why = (order.entries[0],)
        found.append(_at(t, kind, order.start, order.start, order.order_id, why))
        if kind == "shpo_made" and order.made.travel_ends_on is not None:
            kind = "shpo_travel_made"
            found.append(_at(t, kind, order.start, order.start, order.order_id, why))
    return found


def _became_subject(t: Timeline) -> list[Occurrence]:
    """Row 6: subject by s.122I, not on the day before and by no other ground from that day."""
    return [
        _at(t, "sro_breach_subject", g.start, g.start, g.ref, g.entries)
        for g in t.grounds
        if g.ground == "sro_breach"
        and not t.grounds_on(g.start - DAY)
        and not any(x.ground != "sro_breach" and x.start == g.start for x in t.grounds)
    ]


def _why_returned(t: Timeline, fact: f.CustodyEntered) -> str | None:
    if fact.because_of == "licence" or (fact.because_of is None and fact.kind == "recall"):
        return "returned_licence"
    if fact.because_of == "order":
        order = t.orders.get(fact.order_id or "")
        if order is not None and order.made.kind in SHPO_LIKE:
            return "returned_shpo"
    return None


def _returns(t: Timeline) -> list[Occurrence]:
    """Rows 7 and 8: entries into custody from the community by people at level 2 or 3."""
    found: list[Occurrence] = []
    for entry in t.entries:
        fact = entry.fact
        if not isinstance(fact, f.CustodyEntered):
            continue
        kind, before = _why_returned(t, fact), fact.on - DAY
        standing = t.standing(before)
        if kind is None or standing is None or standing.level not in (2, 3):
            continue
        if t.location(before) == "community":
            found.append(_at(t, kind, fact.on, before, entry.id, (entry.name,)))
    return found


def of(t: Timeline) -> list[Occurrence]:
    """Every countable happening of a timeline, by day."""
    found = _breaches(t) + _revocations(t) + _orders(t) + _became_subject(t) + _returns(t)
    return sorted(found, key=lambda o: (o.on, o.kind, o.ref))
