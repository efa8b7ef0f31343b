"""Figures of a day: how many people, by level and category."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from projections.returns.counted_people import snapshot as counted
from scheduler.open_store import App
from tracker.domain.answers.show import moment
from tracker.service.areas import check_area


def counts(
    app: App, area: str | None, on: date, known_at: datetime | None = None
) -> dict[str, Any]:
    """{area, on, known_at, snapshot}: people in the community, of an area or of all."""
    check_area(area)
    with app.reading(known_at, "counts") as (c, at):
        snapshot = counted(c, area, on, at)
    return {"area": area, "on": on.isoformat(), "known_at": moment(at), "snapshot": snapshot}
