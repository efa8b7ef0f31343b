"""Counts people on a day, by level and category. Called by `tracker counts`."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.returns.counted_people import snapshot as counted
from scheduler.open_store import App
from tracker.domain.answers.show import moment
from tracker.service.areas import check_area

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import CountsAnswer


def counts(app: App, area: str | None, on: date, known_at: datetime | None = None) -> CountsAnswer:
    """How many people are in the community on a day, by level and category.

    For one area, or for all areas if `area` is None. Raises InvalidQuestion for an unknown area.
    """
    check_area(area)
    with app.reading(known_at, "counts") as (c, at):
        snapshot = counted(c, area, on, at)
    return {"area": area, "on": on.isoformat(), "known_at": moment(at), "snapshot": snapshot}
