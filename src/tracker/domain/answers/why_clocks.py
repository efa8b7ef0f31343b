"""The arithmetic of a deadline in words, by the same functions that the deadline comes from.

Called by `why`, for what is outstanding on a day.
"""

from __future__ import annotations

from datetime import date, timedelta

from tracker.domain import facts as f
from tracker.domain.law import notification_clocks as clocks
from tracker.domain.law import review_deadlines as steps
from tracker.domain.meaning.outstanding import Deadline
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import has_type


def in_words(months: int) -> str:
    """A length of months as years and months."""
    years, rest = divmod(months, 12)
    parts = [f"{years} year{'s' * (years != 1)}"] if years else []
    parts += [f"{rest} month{'s' * (rest != 1)}"] if rest else []
    return " and ".join(parts) or "no time"


def clock_steps(t: Timeline, d: Deadline) -> list[str]:
    """The days of a deadline, counted as the clock counts them."""
    start, found = d.governed_on, list[str]()
    match d.what:
        case "initial_notification":
            found = _days_counted(t, clocks.initial_by(start, t.locations, t.law))
        case "change_notification":
            found = _days_counted(t, clocks.change_by(start, t.locations, t.law))
        case "periodic_notification":
            found = _periodic_steps(t, d)
        case "sro_notification":
            found = _service_steps(clocks.risk_order_by(start, t.law))
        case "review_acknowledge":
            found = _acknowledge_steps(start, steps.acknowledge_by(start, t.law))
        case "review_determine":
            found = _determine_steps(steps.determine_by([start], t.law))
        case "review_appeal":
            found = _appeal_steps(start, steps.appeal_by(start, t.law))
        case "meeting_due" | "action_due":
            found = [f"The meeting set {d.due_on} ({d.entries[0]})."]
    return found or [f"{d.due_on} is the last day."]


def _service_steps(clock: clocks.Clock | None) -> list[str]:
    if clock is None:
        return []
    days = f"{clock.length} days beginning with {clock.start}"
    return [f"{days}, the day of service, to {clock.day}."]


def _acknowledge_steps(start: date, due: steps.DueDay | None) -> list[str]:
    if due is None:
        return []
    return [f"{due.length} days of {start}, that day not counted: {due.day} is the last."]


def _determine_steps(due: steps.DeterminationDue | None) -> list[str]:
    if due is None:
        return []
    return [
        f"A body notified on {due.notified} may give information within {due.reply.length} days, "
        f"to {due.reply.day}; {due.days} days of that day end with {due.day}."
    ]


def _appeal_steps(start: date, due: steps.DueDay | None) -> list[str]:
    if due is None:
        return []
    return [f"{due.length} days beginning with {start}: {due.day} is the last."]


def _periodic_steps(t: Timeline, d: Deadline) -> list[str]:
    told = next(e for e in t.entries if e.name == d.entries[0])
    due = (
        clocks.periodic_by(told.fact, t.locations, t.law)
        if has_type(told, f.NotificationGiven)
        else None
    )
    if due is None:
        return []
    length, start, ends = due.period.length, due.period.start, due.period.day
    if due.period.rule == clocks.NO_ADDRESS:
        found = [f"{length} days after {start}, that day not counted, end with {ends}."]
    else:
        found = [f"{in_words(12 * length)} after {start} ends with {ends}."]
    longer = due.extended
    if longer is not None:
        found.append(
            f"That day was spent inside or abroad: {longer.length} days beginning with "
            f"{longer.start}, to {longer.day}."
        )
    return found


def _days_counted(t: Timeline, clock: clocks.Clock | None) -> list[str]:
    if clock is None:
        return []
    days, counted, day = clock.length, list[date](), clock.day
    while len(counted) < days:
        if t.location(day) == "community":
            counted.append(day)
        day -= timedelta(days=1)
    first, last = counted[-1], counted[0]
    named = ", ".join(str(x) for x in reversed(counted))
    left_out = (last - first).days + 1 - days
    skipped = f"; {left_out} days inside or abroad are left out" if left_out else ""
    return [f"{days} days beginning with {first}: {named}{skipped}."]
