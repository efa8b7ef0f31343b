"""The annual return: its figures, who is counted in a figure, what changed in it.

Called by `tracker return`. A frozen return is shown as it was frozen (see `frozen`); any other is
computed as known at a moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from projections.returns.populations import population_for
from projections.returns.years import Year as Year
from scheduler.open_store import App
from tracker.domain.answers.show import moment
from tracker.domain.errors import InvalidQuestion
from tracker.service import frozen
from tracker.service.areas import check_area

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import (
        ChangesAnswer,
        ExplainedAnswer,
        WhyCountedAnswer,
    )
    from tracker.domain.answers.figure_shapes import ReturnAnswer
    from tracker.domain.answers.overview_shapes import AllReturnsAnswer


def annual_return(
    app: App, area: str, year: Year, known_at: datetime | None = None
) -> ReturnAnswer:
    """The frozen return, if there is one and `known_at` is None or its moment; else computed."""
    check_area(area)
    versions = frozen.versions(app, area, year)
    if versions and known_at in (None, versions[-1].known_at):
        return frozen.frozen_answer(app, versions)
    return computed(app, area, year, known_at)


def computed(app: App, area: str, year: Year, known_at: datetime | None = None) -> ReturnAnswer:
    """The return computed as known at a moment, even if it is frozen."""
    from projections.returns import annual_return as view

    check_area(area)
    with app.reading(known_at) as (c, at):
        return view.annual_return(
            c, area, year, at, population_for(area, year, app.populations), app.settings.report
        )


def explained(
    app: App, area: str, year: Year, known_at: datetime | None, cell: str
) -> ExplainedAnswer:
    """The people counted in a cell of the return, and the entries behind each.

    Raises NoSuchCell (an InvalidQuestion) if the return has no such cell.
    """
    from projections.returns import annual_return as view

    check_area(area)
    with app.reading(frozen.default_known_at(app, area, year, known_at)) as (c, at):
        answer = view.annual_return(
            c, area, year, at, population_for(area, year, app.populations), app.settings.report
        )
        return view.explain(c, area, year, at, cell, answer)


def why_counted(
    app: App, area: str, year: Year, known_at: datetime | None, cell: str, ref: str
) -> WhyCountedAnswer:
    """Why a person is, or is not, counted in a cell; raises NoSuchCell if there is no such cell."""
    from projections.returns.why_not import why

    check_area(area)
    with app.reading(frozen.default_known_at(app, area, year, known_at)) as (c, at):
        return why(app.log, c, app.law, area, year, at, cell, ref)


def changes(
    app: App, area: str, year: Year, since: datetime, known_at: datetime | None = None
) -> ChangesAnswer:
    """What changed in the return between two moments, and which entries changed it.

    Raises InvalidQuestion if `since` is after `known_at` (None means now).
    """
    from projections.returns.changes import changes as between

    check_area(area)
    with app.reading(known_at) as (c, at):
        if since > at:
            raise InvalidQuestion(
                f"the moment since which changes are asked about is after {moment(at)}"
            )
        return between(
            app.log, c, app.law, area, year, since, at, population_for(area, year, app.populations)
        )


def every_area(app: App, year: Year, known_at: datetime | None = None) -> AllReturnsAnswer:
    """The current return of every area for a year, and the national figures."""
    from projections.returns import annual_return as view
    from projections.returns.national import all_returns

    areas = sorted(app.areas)
    versions = {area: frozen.versions(app, area, year) for area in areas}
    frozen_returns = {
        area: frozen.frozen_answer(app, of_area)
        for area, of_area in versions.items()
        if of_area and known_at in (None, of_area[-1].known_at)
    }
    with app.reading(known_at) as (c, at):
        returns = [
            frozen_returns.get(area)
            or view.annual_return(
                c, area, year, at, population_for(area, year, app.populations), app.settings.report
            )
            for area in areas
        ]
        return all_returns(c, year, at, returns, app.law.category_4)
