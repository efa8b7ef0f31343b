"""The arithmetic of a deadline in words, by the same functions that compute the deadline.

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
    """A length in months, as years and months: `14` is "1 year and 2 months"."""
    years, rest = divmod(months, 12)
    parts = [f"{years} year{'s' * (years != 1)}"] if years else []
    parts += [f"{rest} month{'s' * (rest != 1)}"] if rest else []
    return " and ".join(parts) or "no time"


def clock_steps(t: Timeline, d: Deadline) -> list[str]:
    """How the day of a deadline is counted, in sentences."""
    start, words = d.governed_on, list[str]()
    match d.what:
        case "initial_notification":
            words = _days_counted(t, clocks.initial_by(start, t.locations, t.law))
        case "change_notification":
            words = _days_counted(t, clocks.change_by(start, t.locations, t.law))
        case "periodic_notification":
            words = _periodic_steps(t, d)
        case "sro_notification":
            words = _service_steps(clocks.risk_order_by(start, t.law))
        case "review_acknowledge":
            words = _acknowledge_steps(start, steps.acknowledge_by(start, t.law))
        case "review_determine":
            words = _determine_steps(steps.determine_by([start], t.law))
        case "review_appeal":
            words = _appeal_steps(start, steps.appeal_by(start, t.law))
        case "meeting_due" | "action_due":
            words = [f"The meeting set {d.due_on} ({d.entries[0]})."]
    return words or [f"{d.due_on} is the last day."]


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
    last = next(e for e in t.entries if e.name == d.entries[0])
    due = (
        clocks.periodic_by(last.fact, t.locations, t.law)
        if has_type(last, f.NotificationGiven)
        else None
    )
    if due is None:
        return []
    length, start, ends = due.period.length, due.period.start, due.period.day
    if due.period.rule == clocks.NO_ADDRESS:
        words = [f"{length} days after {start}, that day not counted, end with {ends}."]
    else:
        words = [f"{in_words(12 * length)} after {start} ends with {ends}."]
    longer = due.extended
    if longer is not None:
        words.append(
            f"That day was spent inside or abroad: {longer.length} days beginning with "
            f"{longer.start}, to {longer.day}."
        )
    return words


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
