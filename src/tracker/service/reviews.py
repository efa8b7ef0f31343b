"""The review of a person's indefinite notification requirements: its steps and deadlines."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from scheduler.open_store import App
from tracker.domain.answers.review_process import review_answer
from tracker.service.people import person

if TYPE_CHECKING:
    from tracker.domain.answers.review_shapes import ReviewAnswer


def review(app: App, ref: str, on: date, known_at: datetime | None = None) -> ReviewAnswer:
    """The answer of `tracker review`; raises TrackerError for a reference of nobody known."""
    t, at = person(app, ref, known_at)
    return review_answer(t, on, at)
