"""Deadlines: what is outstanding on a day, and by when (ss.83-85, 91B-91E, 122F and others).

Called by the answers, the view of deadlines and the diary. `law.notification_clocks` and
`law.review_deadlines` say when each is due; this module says whether it is outstanding.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import DAY, last_day
from tracker.domain.law import review_deadlines as steps
from tracker.domain.law.notification import Ground
from tracker.domain.law.notification_clocks import (
    change_by,
    initial_by,
    periodic_by,
    risk_order_by,
)
from tracker.domain.law.review import DETAIL_NOTIFICATIONS
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import Entry, has_type, of_type

BY_ORDER = frozenset({"shpo", "notification_order", "s96za"})
# The facts that deadlines read from the entries themselves, besides the parts of a timeline.
READS: frozenset[type[f.Fact]] = frozenset({
    f.NotificationGiven, f.MeetingHeld, f.ActionClosed, f.ReviewApplied, f.ReviewAcknowledged,
    f.ReviewBodyNotified, f.ReviewDetermined, f.ReviewNoticeReceived, f.ReviewAppealed,
})  # fmt: skip


class Deadline(NamedTuple):
    """Something due by the end of a day; `ref` is the order, review, meeting or action.

    `governed_on` is the governing day of its rule: the version of that day is cited.
    """

    what: str
    due_on: date
    rule: str
    governed_on: date
    ref: str = ""
    entries: tuple[str, ...] = ()


def _last_notification(t: Timeline, on: date, since: date) -> Entry[f.NotificationGiven] | None:
    """The last initial, change or periodic notification from `since` up to `on`."""
    last: Entry[f.NotificationGiven] | None = None
    for entry in t.entries:
        if entry.fact.on > on:
            break
        if entry.fact.on >= since and has_type(entry, f.NotificationGiven):
            last = entry if entry.fact.kind in DETAIL_NOTIFICATIONS else last
    return last


def _relevant_day(t: Timeline, ground: Ground) -> date:
    """The day from which an initial notification is counted: relevant date, or service."""
    order = t.orders.get(ground.ref) if ground.ground in BY_ORDER else None
    return max(ground.start, order.service) if order else ground.start


def _excused(t: Timeline, ground: Ground, relevant: date) -> bool:
    """Whether a ground needs no initial notification, because the person was subject before it.

    An SHPO or a breach needs none in that case (ss.103G(1), 122I(3)). Any other ground needs none
    only if the person had notified for an earlier one, and that one lasts at least to the end of
    the three days (s.83(2)).
    """
    if ground.ground in ("shpo", "sro_breach") and t.grounds_on(ground.start - DAY):
        return True
    return any(
        earlier.ref != ground.ref
        and earlier.covers(relevant + 2 * DAY)
        and _last_notification(t, relevant - DAY, _relevant_day(t, earlier)) is not None
        for earlier in t.grounds_on(relevant - DAY)
    )


def _initial(t: Timeline, on: date) -> Iterator[Deadline]:
    """The initial notifications not yet made for the grounds of a day, one for each day due."""
    due: dict[date, Deadline] = {}
    for ground in t.grounds_on(on):
        relevant = _relevant_day(t, ground)
        if _last_notification(t, on, relevant) or _excused(t, ground, relevant):
            continue
        clock = initial_by(relevant, t.locations, t.law)
        if clock is not None:
            new = Deadline("initial_notification", clock.day, clock.rule, clock.start,
                           entries=ground.entries)  # fmt: skip
            first = due.setdefault(clock.day, new)
            entries = tuple(dict.fromkeys(first.entries + ground.entries))
            due[clock.day] = first._replace(entries=entries)
    yield from due.values()


def _releases(t: Timeline, on: date, since: date) -> Iterator[tuple[date, str]]:
    """Each day on or before `on` on which a stay ended, with the entry that ended it."""
    for stay in t.stays:
        if stay.until is not None and since < stay.until <= on:
            yield stay.until, stay.entries[-1]


def _changes(t: Timeline, on: date, since: date, notified: date) -> Iterator[Deadline]:
    """The change of each release not notified yet, one for each day due (s.84(1)(d)).

    The clock of a release stops in custody and abroad, and goes on after a later release or return.
    """
    due: set[date] = set()
    for released, entry in _releases(t, on, since):
        change = change_by(released, t.locations, t.law) if notified < released else None
        if change is not None and change.day not in due:
            due.add(change.day)
            yield Deadline("change_notification", change.day, change.rule, released,
                           entries=(entry,))  # fmt: skip


def _notifying(t: Timeline, on: date) -> Iterator[Deadline]:
    run = t.subject_run(on)
    if run is None:
        return
    start, until = run
    yield from _initial(t, on)
    last = _last_notification(t, on, start)
    if last is None:
        return
    yield from _changes(t, on, start, last.fact.on)
    periodic = periodic_by(last.fact, t.locations, t.law)
    if periodic is not None and (until is None or periodic.day < until):
        yield Deadline("periodic_notification", periodic.day, periodic.period.rule, last.fact.on,
                       entries=(last.name,))  # fmt: skip


def _risk_orders(t: Timeline, on: date) -> Iterator[Deadline]:
    """The notification under an SRO or interim SRO (s.122F), if the person is not subject.

    An SRO that replaces an interim one starts no clock; that of the interim one goes on.
    """
    if t.subject_run(on) is not None:
        return
    for order in t.orders.values():
        if order.made.kind not in ("sro", "interim_sro") or not t.in_force(order, on):
            continue
        interim = [o for o in t.orders.values() if o.ended_by is order.made and not o.law.full]
        for first in interim or [order]:
            if t.grounds_on(first.service) or _last_notification(t, on, first.start):
                continue
            due = risk_order_by(first.service, t.law)
            if due is not None and (first is order or first.service < order.start):
                yield Deadline("sro_notification", due.day, due.rule, due.start, first.order_id,
                               tuple(first.entries))  # fmt: skip


def _ends(t: Timeline, on: date) -> Iterator[Deadline]:
    for order in t.orders.values():
        if not t.in_force(order, on):
            continue
        end, travel = last_day(t.end_of(order)), order.travel_last_day(t.end_of(order))
        why = tuple(order.entries)
        if end is not None:
            yield Deadline("order_ends", end, order.law.rule, order.start, order.order_id, why)
        if travel is not None and travel >= on:
            rule = order.law.travel_rule or order.law.rule
            yield Deadline("travel_prohibition_ends", travel, rule, order.travel_made_on,
                           order.order_id, why)  # fmt: skip
    run = t.subject_run(on)
    if run is not None and run[1] is not None:
        last = max(t.grounds_on(run[1] - DAY), key=lambda g: g.start)
        yield Deadline("notification_ends", run[1] - DAY, last.rule, last.governed_on, last.ref,
                       last.entries)  # fmt: skip


def _review(t: Timeline, on: date) -> Iterator[Deadline]:
    qualifying = t.review_on(on)
    if qualifying is not None and qualifying.on is not None and qualifying.on >= on:
        yield Deadline("review_qualifying", qualifying.on, qualifying.rule or steps.QUALIFYING,
                       qualifying.governed_on, entries=qualifying.entries)  # fmt: skip
    if t.died is not None and on >= t.died:
        return
    known = [e for e in t.entries if e.fact.on <= on]
    for application in t.applications:
        if application.applied_on <= on:
            own = [e for e in known if getattr(e.fact, "review_id", "") == application.review_id]
            yield from _review_steps(t, application.review_id, own, on)


def _review_steps(t: Timeline, ref: str, own: list[Entry], on: date) -> Iterator[Deadline]:
    by_type: dict[type[f.Fact], Entry] = {type(e.fact): e for e in own}
    determined = by_type.get(f.ReviewDetermined)
    if determined is None:
        applied = by_type[f.ReviewApplied]
        due = steps.acknowledge_by(applied.fact.on, t.law)
        if f.ReviewAcknowledged not in by_type and due is not None:
            yield Deadline("review_acknowledge", due.day, steps.ACKNOWLEDGE, applied.fact.on, ref,
                           (applied.name,))  # fmt: skip
        yield from _determination(t, ref, of_type(own, f.ReviewBodyNotified))
        return
    # the first notice counts, as it does everywhere else
    notice = next(iter(of_type(own, f.ReviewNoticeReceived)), None)
    fact = determined.fact
    refused = isinstance(fact, f.ReviewDetermined) and fact.outcome == "continues"
    if notice is not None and refused and f.ReviewAppealed not in by_type:
        last = steps.appeal_by(notice.fact.on, t.law)
        if last is not None and last.day >= on:
            yield Deadline("review_appeal", last.day, steps.APPEAL, notice.fact.on, ref,
                           (notice.name,))  # fmt: skip


def _determination(
    t: Timeline, ref: str, bodies: Sequence[Entry[f.ReviewBodyNotified]]
) -> Iterator[Deadline]:
    due = steps.determine_by([e.fact.on for e in bodies], t.law)
    if due is not None:
        last = next(e for e in bodies if e.fact.on == due.notified)
        yield Deadline("review_determine", due.day, steps.DETERMINE, due.notified, ref,
                       (last.name,))  # fmt: skip


def _meetings(t: Timeline, on: date) -> Iterator[Deadline]:
    meetings = [e for e in of_type(t.entries, f.MeetingHeld) if e.fact.on <= on]
    closed = {
        (e.fact.meeting_id, e.fact.action_id)
        for e in t.entries
        if isinstance(e.fact, f.ActionClosed) and e.fact.on <= on
    }
    standing = t.standing(on)
    if meetings and standing is not None and standing.level in (2, 3):
        last = meetings[-1].fact
        if last.next_review_on is not None:
            yield Deadline("meeting_due", last.next_review_on, "mappa.meeting", last.on,
                           last.meeting_id, (meetings[-1].name,))  # fmt: skip
    for entry in meetings:
        for action in entry.fact.actions:
            if (entry.fact.meeting_id, action.action_id) not in closed:
                ref = f"{entry.fact.meeting_id}/{action.action_id}"
                yield Deadline("action_due", action.due_on, "mappa.meeting", entry.fact.on, ref,
                               (entry.name,))  # fmt: skip


def deadlines(t: Timeline, on: date) -> list[Deadline]:
    """Every deadline outstanding on a day, by date.

    For a person who is not in the community, only ends and reviews.
    """
    outstanding = [*_ends(t, on), *_review(t, on)]
    if t.location(on) == "community":
        outstanding += [*_notifying(t, on), *_risk_orders(t, on), *_meetings(t, on)]
    return sorted(outstanding, key=lambda d: (d.due_on, d.what, d.ref))


def turning_days(t: Timeline, after: date) -> list[date]:
    """The days later than `after` on which deadlines may change without a new entry, in order.

    `after` is no earlier than the day of the last entry. As time passes, grounds begin and end,
    and with them category, level and the qualifying date; orders and travel prohibitions end; and
    a deadline that cannot be late, such as one to appeal, is over after its last day.
    """
    if t.died is not None and t.died <= after:
        return []
    days = {day for ground in t.grounds for day in (ground.start, ground.until)}
    for order in t.orders.values():
        end = t.end_of(order)
        travel = order.travel_last_day(end)
        days |= {end, travel and travel + DAY}
    for run in t.reviews:
        days.add(run.qualifying.on and run.qualifying.on + DAY)
    for entry in t.entries:
        if type(entry.fact) is f.ReviewNoticeReceived:
            appeal = steps.appeal_by(entry.fact.on, t.law)
            days.add(appeal and appeal.day + DAY)
    return sorted(day for day in days if day is not None and day > after)
