"""Lists people: who may apply for review, and what falls due.

Called by `tracker eligible` and `tracker diary`.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from projections.views import diary as due_view
from projections.views import eligibility as eligibility_view
from scheduler.open_store import App
from tracker.domain.law.review_deadlines import APPLICATION
from tracker.service.areas import check_area
from tracker.store.atomic_file import write_atomically

if TYPE_CHECKING:
    from tracker.domain.answers.list_shapes import DiaryLine, EligibleLine

Line = TypeVar("Line")


class Listed(NamedTuple, Generic[Line]):
    """The rows of a list, and the moment as known at which they are true."""

    rows: list[Line]
    known_at: datetime


def eligible(
    app: App, area: str | None, on: date, until: date, known_at: datetime | None = None
) -> Listed[EligibleLine]:
    """Who qualifies for review by `until`: from when, and what bars it now.

    For one area, or for all areas if `area` is None. Raises InvalidQuestion for an unknown area.
    """
    check_area(area)
    with app.reading(known_at, "eligibility") as (c, at):
        open_to_all = app.law.in_force(APPLICATION, on)
        return Listed(eligibility_view.eligible(c, area, on, until, at, open_to_all), at)


def diary(
    app: App, area: str | None, on: date, until: date, known_at: datetime | None = None
) -> Listed[DiaryLine]:
    """What is overdue on day `on` and what falls due by `until`.

    For one area, or for all areas if `area` is None. Raises InvalidQuestion for an unknown area.
    """
    check_area(area)
    with app.reading(known_at, "spells", "due") as (c, at):
        return Listed(due_view.diary(app.log, c, app.law, area, on, until, at), at)


def write_calendar(listed: Listed[DiaryLine], to: Path) -> None:
    """Writes a diary as an iCalendar file that only its owner may read (it has references)."""
    from tracker.documents.calendar import calendar

    write_atomically(to, calendar(listed.rows, listed.known_at))
