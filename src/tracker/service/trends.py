"""An area over the years: movement between two snapshots, the ten-year trend, the forecast.

Called by `tracker return --movement`, `trend` and `forecast`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from projections.returns.populations import population_for
from projections.returns.years import Year
from scheduler.open_store import App
from tracker.domain.answers.show import moment
from tracker.domain.errors import InvalidQuestion
from tracker.domain.judging.frozen_returns import Version
from tracker.service import frozen
from tracker.service.areas import area_name, check_area
from tracker.store.atomic_file import TO_BE_SHARED, write_atomically

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import MovementAnswer
    from tracker.domain.answers.overview_shapes import ForecastAnswer, TrendAnswer

CHARTS = (".svg", ".png")


def movement(app: App, area: str, year: Year, known_at: datetime | None = None) -> MovementAnswer:
    """Who joined and who left between last year's snapshot and this year's, and why.

    Last year's snapshot is the published one if that return is frozen.
    """
    from projections.returns.movement import movement as between_snapshots
    from projections.returns.trend import year_beginning_in

    check_area(area)
    before = frozen.versions(app, area, year_beginning_in(year.start.year - 1))
    with app.reading(frozen.default_known_at(app, area, year, known_at)) as (c, at):
        last_year = _version_known_by(before, at)
        published = last_year.known_at if last_year else None
        return between_snapshots(c, app.log, app.law, area, year, at, published)


def trend(
    app: App, area: str, known_at: datetime | None = None, last: Year | None = None
) -> TrendAnswer:
    """Ten years of an area's figures up to the year `last` (default: the last complete year)."""
    from projections.returns import trend as view

    check_area(area)
    with app.reading(known_at) as (c, at):
        years = view.years_up_to(last or view.last_complete(at))
        published = {y.text: _version_known_by(frozen.versions(app, area, y), at) for y in years}
        frozen_years = {year: version for year, version in published.items() if version}
        lines = view.trend(
            c,
            area,
            years,
            at,
            frozen_years,
            lambda year: population_for(area, Year.parse(year), app.populations),
        )
        return {"area": area, "known_at": moment(at), "trend": lines}


def _version_known_by(versions: Sequence[Version], known_at: datetime) -> Version | None:
    """The last version whose figures were known by a moment; None if there is none."""
    return next((v for v in reversed(versions) if v.known_at <= known_at), None)


def forecast(app: App, area: str, years: int, known_at: datetime | None = None) -> ForecastAnswer:
    """How many will qualify for review, what will end, and the caseload, for `years` years ahead.

    It assumes that nothing else changes.
    """
    from projections.returns import forecast as view

    check_area(area)
    with app.reading(known_at, "spells", "counts", "eligibility") as (c, at):
        return view.forecast(c, area, at, years)


def check_chart(file: str) -> str:
    """The suffix of a chart's file; raises InvalidQuestion unless it is .svg or .png."""
    suffix = Path(file).suffix.lower()
    if suffix not in CHARTS:
        raise InvalidQuestion(f"{file!r}: a chart is a .svg or .png file")
    return suffix


def write_chart(answer: ForecastAnswer, to: Path) -> None:
    """Draws the caseload of a forecast and writes it to an .svg or .png file."""
    from tracker.documents.forecast_chart import draw_forecast

    chart = draw_forecast(answer, area_name(answer["area"]), check_chart(to.name))
    write_atomically(to, chart, TO_BE_SHARED)
