"""The review of a person's indefinite notification requirements. Called by `tracker review`."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from scheduler.open_store import App
from tracker.domain.answers.review_process import review_answer
from tracker.service.people import person_timeline

if TYPE_CHECKING:
    from tracker.domain.answers.review_shapes import ReviewAnswer


def review(app: App, ref: str, on: date, known_at: datetime | None = None) -> ReviewAnswer:
    """The steps of a person's review on day `on`: done or not, by when due, what is missing.

    Raises TrackerError if nobody with the reference `ref` was known at that moment.
    """
    t, at = person_timeline(app, ref, known_at)
    return review_answer(t, on, at)
