"""One person on a day, as known at a moment. Called by `tracker show` and by `reviews`."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from scheduler.open_store import App
from tracker.domain.answers.show import moment
from tracker.domain.answers.show import show as answer_of
from tracker.domain.errors import TrackerError
from tracker.domain.facts.personal import without_name
from tracker.domain.meaning.timeline import Timeline, timeline

if TYPE_CHECKING:
    from tracker.domain.answers.person_shapes import ShowAnswer


def summary(
    app: App, ref: str, on: date, known_at: datetime | None = None, why: bool = False
) -> ShowAnswer:
    """The answer of `tracker show`; with `why` also the rule and the entries behind every date.

    Raises TrackerError if nobody with the reference `ref` was known at that moment.
    """
    t, at = person_timeline(app, ref, known_at)
    answer = answer_of(t, on, at)
    if why:
        from tracker.domain.answers.why import why as reasons

        answer["why"] = reasons(t, on)
    return answer


def person_timeline(app: App, ref: str, known_at: datetime | None) -> tuple[Timeline, datetime]:
    """The timeline of a person and the moment as known at which it is; a restricted name is hidden.

    That moment is `known_at`, or now. Raises TrackerError if nobody with the reference `ref` was
    known at it.
    """
    app.warn_if_it_differs()
    history = app.log.history(ref)
    at = known_at or app.as_of_now(history.last_recorded_at)
    entries = history.entries
    if history.restricted is not None:  # restricted now: also for answers about the past
        entries = [e._replace(fact=without_name(e.fact)) for e in entries]
    t = timeline(ref, entries, app.law, at)
    if t is None:
        raise TrackerError(f"{ref} is not known{f' at {moment(known_at)}' if known_at else ''}")
    return t, at
