"""Clocks: what is still outstanding on a day, and by when (ss.83-85, 91B-91E, 122F and the rest).

Called by the answers of `show` and `diary`. Days are counted in `dates`, lengths are in the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from tracker.domain import facts as f
from tracker.domain.dates import (
    DAY,
    last_day,
    last_day_beginning_with,
    last_day_of,
    same_day_in_year,
)
from tracker.domain.law.review import ANSWERING
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import Entry, is_of, of_type


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something due by the end of a day; `ref` is the order, review, meeting or action."""

    what: str
    due_on: date
    rule: str
    ref: str = ""
    entries: tuple[str, ...] = ()


def counted_days(t: Timeline, start: date, days: int) -> date | None:
    """The last of `days` days in the community beginning with `start` (s.83(6)).

    Days in custody, in hospital or abroad are left out; None where the clock has not run out by
    anything known.
    """
    left = days
    for run in t.locations:
        if run.value != "community" or (run.until is not None and run.until <= start):
            continue
        first = max(start, run.start)
        last = last_day_beginning_with(first, left)
        if run.until is None or last < run.until:
            return last
        left -= (run.until - first).days
    return None


def _told(t: Timeline, on: date, since: date) -> Entry[f.NotificationGiven] | None:
    """The last initial, change or periodic notification from `since` up to `on`."""
    told: Entry[f.NotificationGiven] | None = None
    for entry in t.entries:
        if entry.fact.on > on:
            break
        if entry.fact.on >= since and is_of(entry, f.NotificationGiven):
            told = entry if entry.fact.kind in ANSWERING else told
    return told


def _trigger(t: Timeline, start: date) -> date:
    """The day with which the first clock of a run begins: the relevant date, or service."""
    begins: list[date] = []
    for g in t.grounds_on(start):
        order = t.orders.get(g.ref) if g.ground in ("shpo", "notification_order", "s96za") else None
        begins.append(max(start, order.service) if order else start)
    return min(begins)


def _released(t: Timeline, on: date, since: date) -> date | None:
    """The last day on or before `on` on which a stay ended in release to the community."""
    ends = [s.until for s in t.stays if s.until and since < s.until <= on]
    free = [d for d in ends if t.location(d) == "community"]
    return max(free, default=None)


def _notifying(t: Timeline, on: date) -> Iterator[Deadline]:
    run = t.subject_run(on)
    if run is None:
        return
    start, until = run
    law = t.law
    told = _told(t, on, start)
    if told is None:
        due = counted_days(t, _trigger(t, start), law.number("soa2003.s83.1", "days"))
        if due is not None:
            entries = tuple(dict.fromkeys(e for g in t.grounds_on(start) for e in g.entries))
            yield Deadline("initial_notification", due, "soa2003.s83.1", entries=entries)
        return
    released = _released(t, on, start)
    if released is not None and told.fact.on < released:
        due = counted_days(t, released, law.number("soa2003.s84.1", "days"))
        if due is not None:
            left = next(s.entries[-1] for s in t.stays if s.until == released)
            yield Deadline("change_notification", due, "soa2003.s84.1", entries=(left,))
    periodic = _periodic(t, told)
    if periodic is not None and (until is None or periodic.due_on < until):
        yield periodic


def _periodic(t: Timeline, told: Entry[f.NotificationGiven]) -> Deadline | None:
    """s.85: one year after the last notification, or 7 days with no fixed address."""
    fact = told.fact
    due, rule = same_day_in_year(fact.on, t.law.number("soa2003.s85.1", "years")), "soa2003.s85.1"
    if fact.no_fixed_address and fact.on >= t.law.rule("soa2003.s85.5").in_force:
        due = last_day_of(fact.on, t.law.number("soa2003.s85.5", "days"))
        rule = "soa2003.s85.5"
    if t.location(due) == "community":
        return Deadline("periodic_notification", due, rule, entries=(told.name,))
    back = next((r.start for r in t.locations if r.start > due and r.value == "community"), None)
    if back is None:
        return None
    days = t.law.number("soa2003.s85.1", "days_after_release")
    return Deadline("periodic_notification", last_day_beginning_with(back, days), rule,
                    entries=(told.name,))  # fmt: skip


def _risk_orders(t: Timeline, on: date) -> Iterator[Deadline]:
    """s.122F: under an SRO or interim SRO, unless it replaces an interim one or already subject."""
    if t.subject_run(on) is not None:
        return
    for order in t.orders.values():
        if order.made.kind not in ("sro", "interim_sro") or not t.in_force(order, on):
            continue
        replaced = any(o.ended_by is order.made and not o.law.full for o in t.orders.values())
        if replaced or t.grounds_on(order.service) or _told(t, on, order.start):
            continue
        days = t.law.number("soa2003.s122f", "days")
        due = last_day_beginning_with(order.service, days)
        yield Deadline("sro_notification", due, "soa2003.s122f", order.order_id,
                       tuple(order.entries))  # fmt: skip


def _ends(t: Timeline, on: date) -> Iterator[Deadline]:
    for order in t.orders.values():
        if not t.in_force(order, on):
            continue
        end, travel = last_day(t.end_of(order)), order.travel_last_day(t.end_of(order))
        why = tuple(order.entries)
        if end is not None:
            yield Deadline("order_ends", end, order.law.rule, order.order_id, why)
        if travel is not None and travel >= on:
            rule = order.law.travel_rule or order.law.rule
            yield Deadline("travel_prohibition_ends", travel, rule, order.order_id, why)
    run = t.subject_run(on)
    if run is not None and run[1] is not None:
        last = max(t.grounds_on(run[1] - DAY), key=lambda g: g.start)
        yield Deadline("notification_ends", run[1] - DAY, last.rule, last.ref, last.entries)


def _review(t: Timeline, on: date) -> Iterator[Deadline]:
    qualifying = t.review_on(on)
    if qualifying is not None and qualifying.on is not None and qualifying.on >= on:
        yield Deadline("review_qualifying", qualifying.on, qualifying.rule or "soa2003.s91b.2",
                       entries=qualifying.entries)  # fmt: skip
    if t.died is not None and on >= t.died:
        return
    known = [e for e in t.entries if e.fact.on <= on]
    for application in t.applications:
        if application.applied_on <= on:
            own = [e for e in known if getattr(e.fact, "review_id", "") == application.review_id]
            yield from _steps(t, application.review_id, own, on)


def _steps(t: Timeline, ref: str, own: list[Entry], on: date) -> Iterator[Deadline]:
    by_type: dict[type[f.Fact], Entry] = {type(e.fact): e for e in own}
    determined = by_type.get(f.ReviewDetermined)
    applied = by_type[f.ReviewApplied]
    number = t.law.number
    if determined is None:
        if f.ReviewAcknowledged not in by_type:
            due = last_day_of(applied.fact.on, number("soa2003.s91b.8", "days"))
            yield Deadline("review_acknowledge", due, "soa2003.s91b.8", ref, (applied.name,))
        bodies = [e for e in own if isinstance(e.fact, f.ReviewBodyNotified)]
        if bodies:
            last = max(bodies, key=lambda e: e.fact.on)
            days = number("soa2003.s91c.1", "days_body") + number("soa2003.s91c.1", "days")
            due = last_day_of(last.fact.on, days)
            yield Deadline("review_determine", due, "soa2003.s91c.1", ref, (last.name,))
        return
    notice = by_type.get(f.ReviewNoticeReceived)
    fact = determined.fact
    refused = isinstance(fact, f.ReviewDetermined) and fact.outcome == "continues"
    if notice is not None and refused and f.ReviewAppealed not in by_type:
        due = last_day_beginning_with(notice.fact.on, number("soa2003.s91e.2", "days"))
        if due >= on:
            yield Deadline("review_appeal", due, "soa2003.s91e.2", ref, (notice.name,))


def _meetings(t: Timeline, on: date) -> Iterator[Deadline]:
    held = [e for e in of_type(t.entries, f.MeetingHeld) if e.fact.on <= on]
    closed = {
        (e.fact.meeting_id, e.fact.action_id)
        for e in t.entries
        if isinstance(e.fact, f.ActionClosed) and e.fact.on <= on
    }
    standing = t.standing(on)
    if held and standing is not None and standing.level in (2, 3):
        last = held[-1].fact
        if last.next_review_on is not None:
            yield Deadline("meeting_due", last.next_review_on, "mappa.meeting", last.meeting_id,
                           (held[-1].name,))  # fmt: skip
    for entry in held:
        for action in entry.fact.actions:
            if (entry.fact.meeting_id, action.action_id) not in closed:
                ref = f"{entry.fact.meeting_id}/{action.action_id}"
                yield Deadline("action_due", action.due_on, "mappa.meeting", ref, (entry.name,))


def deadlines(t: Timeline, on: date) -> list[Deadline]:
    """Everything outstanding on a day, by date; outside the community only ends and reviews."""
    found = [*_ends(t, on), *_review(t, on)]
    if t.location(on) == "community":
        found += [*_notifying(t, on), *_risk_orders(t, on), *_meetings(t, on)]
    return sorted(found, key=lambda d: (d.due_on, d.what, d.ref))


def turning_days(t: Timeline, after: date) -> list[date]:
    """The days after one on which the list of deadlines may become another by time alone, in order.

    That is without a further entry: `after` is no earlier than the day of the last one. By time
    alone grounds begin and end, and with them category, level and the qualifying date; orders and
    travel prohibitions end; what cannot be late passes with its last day.
    """
    if t.died is not None and t.died <= after:
        return []
    found = {day for ground in t.grounds for day in (ground.start, ground.until)}
    for order in t.orders.values():
        end = t.end_of(order)
        travel = order.travel_last_day(end)
        found |= {end, travel and travel + DAY}
    for run in t.reviews:
        found.add(run.qualifying.on and run.qualifying.on + DAY)
    days = t.law.number("soa2003.s91e.2", "days")
    for entry in t.entries:
        if type(entry.fact) is f.ReviewNoticeReceived:
            found.add(last_day_beginning_with(entry.fact.on, days) + DAY)
    return sorted(day for day in found if day is not None and day > after)
