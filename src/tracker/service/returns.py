"""The annual return of an area or of all: as it stands, who is behind a figure, what changed.

A frozen return stands as it was frozen (`frozen`); any other is computed as known at a moment.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from projections.returns.populations import attached
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
    """The return as it stands: the frozen one, unless another moment is asked about."""
    check_area(area)
    versions = frozen.versions(app, area, year)
    if versions and known_at in (None, versions[-1].known_at):
        return frozen.shown(app, versions)
    return computed(app, area, year, known_at)


def computed(app: App, area: str, year: Year, known_at: datetime | None = None) -> ReturnAnswer:
    """The return computed as known at a moment, whatever was frozen."""
    from projections.returns import annual_return as view

    check_area(area)
    with app.reading(known_at) as (c, at):
        return view.annual_return(
            c, area, year, at, attached(area, year, app.populations), app.settings.report
        )


def explained(
    app: App, area: str, year: Year, known_at: datetime | None, cell: str
) -> ExplainedAnswer:
    """The people and entries behind a cell; raises NoSuchCell (InvalidQuestion) for another."""
    from projections.returns import annual_return as view

    check_area(area)
    with app.reading(frozen.moment_of(app, area, year, known_at)) as (c, at):
        answer = view.annual_return(
            c, area, year, at, attached(area, year, app.populations), app.settings.report
        )
        return view.explain(c, area, year, at, cell, answer)


def why_counted(
    app: App, area: str, year: Year, known_at: datetime | None, cell: str, ref: str
) -> WhyCountedAnswer:
    """Why a person is counted in a cell, or is not; raises NoSuchCell for a path of no figure."""
    from projections.returns.why_not import why

    check_area(area)
    with app.reading(frozen.moment_of(app, area, year, known_at)) as (c, at):
        return why(app.log, c, app.law, area, year, at, cell, ref)


def changes(
    app: App, area: str, year: Year, since: datetime, known_at: datetime | None = None
) -> ChangesAnswer:
    """What changed between two moments, and by which entries.

    Raises InvalidQuestion where the first is after the second.
    """
    from projections.returns.changes import changes as between

    check_area(area)
    with app.reading(known_at) as (c, at):
        if since > at:
            raise InvalidQuestion(
                f"the moment since which changes are asked about is after {moment(at)}"
            )
        return between(
            app.log, c, app.law, area, year, since, at, attached(area, year, app.populations)
        )


def every_area(app: App, year: Year, known_at: datetime | None = None) -> AllReturnsAnswer:
    """The return of every area as it stands, and the figures of all of them together."""
    from projections.returns import annual_return as view
    from projections.returns.national import every

    areas = sorted(app.areas)
    versions = {area: frozen.versions(app, area, year) for area in areas}
    standing = {
        area: frozen.shown(app, found)
        for area, found in versions.items()
        if found and known_at in (None, found[-1].known_at)
    }
    with app.reading(known_at) as (c, at):
        returns = [
            standing.get(area)
            or view.annual_return(
                c, area, year, at, attached(area, year, app.populations), app.settings.report
            )
            for area in areas
        ]
        return every(c, year, at, returns, app.law.category_4)
