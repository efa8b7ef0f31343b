"""An area's figures year by year: as published if a year's return is frozen, else as known now.

Called for `tracker trend` and when a return is published. Years before the first in which anybody
was counted are left out: the tracker has no data for them, which is not a figure of zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, cast

from projections.returns.annual_return import in_order, rated
from projections.returns.cases import flat
from projections.returns.computed_return import ComputedReturn
from projections.returns.years import Year
from tracker.domain.answers.show import moment
from tracker.domain.dates import civil
from tracker.domain.judging.frozen_returns import Version
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import AttachedPopulation, Figures, RatedFigures
    from tracker.domain.answers.overview_shapes import TrendYear

YEARS = 10
# The keys of a return that are not figures, or that a trend shows under another name.
NO_FIGURES = (
    "area", "year", "period_start", "period_end", "complete", "known_at", "rate_per_100k",
    "population",
)  # fmt: skip


def year_beginning_in(first: int) -> Year:
    """The reporting year that begins on 1 April of a calendar year."""
    return Year.parse(f"{first}-{(first + 1) % 100:02}")


def year_containing(day: date) -> Year:
    """The reporting year that contains a day."""
    return year_beginning_in(day.year if (day.month, day.day) >= (4, 1) else day.year - 1)


def last_complete(known_at: datetime) -> Year:
    """The last reporting year that was over at a moment."""
    return year_beginning_in(year_containing(civil(known_at)).start.year - 1)


def years_up_to(last: Year, number: int = YEARS) -> list[Year]:
    """`number` reporting years in order, ending with `last`."""
    return [year_beginning_in(last.start.year - back) for back in reversed(range(number))]


def trend(
    c: Cursor,
    area: str,
    years: Sequence[Year],
    known_at: datetime,
    frozen: Mapping[str, Version],
    population: Callable[[str], AttachedPopulation | None],
) -> list[TrendYear]:
    """Each year's figures, in order: {year, source, known_at, rows of a return, rate, population}.

    `frozen` are the current frozen versions, by year. The figures of other years are computed as
    known at `known_at`, with the population attached to the year.
    """
    lines = [
        _published(year, frozen[year.text])
        if year.text in frozen
        else _computed(c, area, year, known_at, population(year.text))
        for year in years
    ]
    shown = [one["source"] == "frozen" or _counts_anybody(one) for one in lines]
    return lines[shown.index(True) :] if True in shown else []


def _published(year: Year, version: Version) -> TrendYear:
    return _shape(year, "frozen", version.known_at, in_order(version.figures))


def _computed(
    c: Cursor, area: str, year: Year, known_at: datetime, population: AttachedPopulation | None
) -> TrendYear:
    figures = rated(ComputedReturn(c, area, year, known_at).figures(), population)
    return _shape(year, "computed", known_at, figures)


def _shape(
    year: Year, source: Literal["frozen", "computed"], known_at: datetime, figures: RatedFigures
) -> TrendYear:
    # a return frozen by an earlier release may have other rows
    rows = cast("Figures", {k: v for k, v in figures.items() if k not in NO_FIGURES})
    return {
        "year": year.text,
        "source": source,
        "known_at": moment(known_at),
        **rows,
        "rate": figures["rate_per_100k"],
        "population": figures["population"],
    }


def _counts_anybody(one: TrendYear) -> bool:
    rows = {name: row for name, row in one.items() if name not in ("population", "rate")}
    return any(isinstance(figure, int) and figure for figure in flat(rows).values())
