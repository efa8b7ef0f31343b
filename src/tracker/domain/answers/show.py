"""The answer of `tracker show`: one person on a day, as known at a moment (contract, section 6).

Pure; called by the service. Keys may be added, never changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, overload

from tracker.domain.dates import last_day
from tracker.domain.facts.personal import FORGOTTEN, RESTRICTED
from tracker.domain.law.notification import Ground
from tracker.domain.law.orders import Order
from tracker.domain.law.recall import Recall, recalls
from tracker.domain.meaning.outstanding import Deadline, deadlines
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.spells import Spell

if TYPE_CHECKING:
    from tracker.domain.answers import person_shapes as shapes


@overload
def iso(day: date) -> str: ...
@overload
def iso(day: date | None) -> str | None: ...
def iso(day: date | None) -> str | None:
    """The day as `YYYY-MM-DD`; None for None."""
    return None if day is None else day.isoformat()


def moment(at: datetime) -> str:
    """A moment in UTC as ISO text with a `Z`; fractions of a second only if there are any."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def status(t: Timeline, on: date) -> shapes.Standing:
    """Area, category, level and location of the person on a day."""
    standing = t.standing(on)
    return {
        "area": t.area(on),
        "category": standing.category if standing else None,
        "level": standing.level if standing else None,
        "location": t.location(on),
    }


def _ground(t: Timeline, g: Ground) -> shapes.Ground:
    return {
        "ground": g.ground,
        "ref": g.ref,
        "from": iso(g.start),
        "last_day": iso(last_day(g.until)),
        "indefinite": g.indefinite,
        "rule": g.rule,
        "version": t.law.version(g.rule, g.governed_on).version,
        "entries": list(g.entries),
    }


def notification(t: Timeline, on: date) -> shapes.Notification:
    """Whether the person is subject to notification on a day, from when to when, and why."""
    run, live = t.subject_run(on), t.grounds_on(on)
    return {
        "subject": run is not None,
        "indefinite": any(g.indefinite for g in live),
        "from": iso(run[0]) if run else None,
        "last_day": iso(last_day(run[1])) if run else None,
        "grounds": [_ground(t, g) for g in live],
    }


def pending(t: Timeline, on: date) -> str | None:
    """The `review_id` of the latest application not yet determined on a day; None without one."""
    if t.died is not None and on >= t.died:
        return None
    waiting = [
        a
        for a in t.applications
        if a.applied_on <= on and (a.determined_on is None or on < a.determined_on)
    ]
    return waiting[-1].review_id if waiting else None


def review(t: Timeline, on: date) -> shapes.ReviewStanding:
    """Whether, and from when, the person may apply for a review, as on a day."""
    q = t.review_on(on)
    return {
        "qualifying_on": iso(q.on) if q else None,
        "eligible": t.eligible(on),
        "blocked_by": [o.order_id for o in t.barring(on)] if q else [],
        "pending": pending(t, on),
        "rule": q.rule if q else None,
        "version": t.law.version(q.rule, q.governed_on).version if q and q.rule else None,
        "needs": q.needs if q else None,
        "entries": list(q.entries) if q else [],
    }


def _order(t: Timeline, order: Order, on: date) -> shapes.OrderLine:
    end = last_day(t.end_of(order))
    return {
        "order_id": order.order_id,
        "kind": order.made.kind,
        "from": iso(order.start),
        "last_day": iso(end),
        "in_force": t.in_force(order, on),
        "travel_last_day": iso(order.travel_last_day(t.end_of(order))),
        "rule": order.law.rule,
        "entries": list(order.entries),
    }


def _recall(r: Recall) -> shapes.RecallLine:
    return {
        "recall_id": r.recall_id,
        "kind": r.kind,
        "decided_on": iso(r.decided_on),
        "returned_on": iso(r.returned_on),
        "last_day": iso(r.last_day),
        "cancelled": r.cancelled,
        "rule": r.rule,
        "entries": list(r.entries),
    }


def deadline(d: Deadline) -> shapes.DeadlineLine:
    """One deadline as the answers print it."""
    return deadline_line(d.what, d.due_on, d.rule, d.ref, d.entries)


def deadline_line(
    what: str, due_on: date, rule: str, ref: str, entries: Sequence[str]
) -> shapes.DeadlineLine:
    """One deadline as the answers print it; an empty `ref` is left out."""
    if ref:
        return {"what": what, "due_on": iso(due_on), "rule": rule, "ref": ref,
                "entries": list(entries)}  # fmt: skip
    return {"what": what, "due_on": iso(due_on), "rule": rule, "entries": list(entries)}


def _finding(s: Spell) -> shapes.FindingLine:
    return {"finding": s.value, "ref": s.ref, "from": iso(s.start), "entries": list(s.entries)}


def _spell(s: Spell) -> shapes.SpellLine:
    return {
        "track": s.track,
        "value": s.value,
        "from": iso(s.start),
        "until": iso(s.until),
        "ref": s.ref or None,
        "rule": s.rule,
        "entries": list(s.entries),
    }


def _overrides(t: Timeline) -> Iterator[shapes.OverrideLine]:
    for entry in t.overrides:
        override = entry.fact.override
        if override is not None:
            yield {"entry": entry.name, "rule": override.rule, "reason": override.reason,
                   "by": override.by}  # fmt: skip


def withheld(t: Timeline) -> str | None:
    """The text shown instead of the name of an erased or restricted person; None for others."""
    name = t.particulars.name
    return name if name in (FORGOTTEN, RESTRICTED) else None


def show(t: Timeline, on: date, known_at: datetime) -> shapes.ShowAnswer:
    """The whole answer of `show` about a person on a day, without the reasons (`why`)."""
    hidden = withheld(t)
    orders = sorted(t.orders.values(), key=lambda o: (o.start, o.order_id))
    return {
        "subject": t.subject,
        "on": iso(on),
        "known_at": moment(known_at),
        "name": hidden or t.particulars.name,
        "date_of_birth": None if hidden else iso(t.particulars.date_of_birth),
        "status": status(t, on),
        "notification": notification(t, on),
        "review": review(t, on),
        "orders": [_order(t, o, on) for o in orders],
        "recalls": [_recall(r) for r in recalls(t.entries, t.law) if r.decided_on <= on],
        "deadlines": [deadline(d) for d in deadlines(t, on)],
        "findings": [_finding(s) for s in t.spells if s.track == "finding" and s.covers(on)],
        "spells": [_spell(s) for s in t.spells if s.track != "finding"],
        "overrides": list(_overrides(t)),
    }
