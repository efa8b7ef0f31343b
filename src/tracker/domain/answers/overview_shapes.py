"""The shapes of answers about several areas or years: `return --all`, `trend` and `forecast`.

Imported for types, and by the schema of the answers; nothing here runs while a command answers.
"""

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from tracker.domain.answers.answer_values import (
    AreaName,
    Day,
    KnownAt,
    Moment,
    OrderKind,
    Rule,
    Subject,
    YearName,
    one_of,
    says,
)
from tracker.domain.answers.figure_shapes import (
    AttachedPopulation,
    Category4Setting,
    Figures,
    LevelTotals,
    RatedFigures,
    ReturnAnswer,
    Snapshot,
)


class Category4Snapshot(TypedDict):
    """People whom category 4 counts, in the community on the last day."""

    level1: int
    level2: int
    level3: int
    no_level: Annotated[int, says("a level need not be set in category 4")]
    total: int


class Category4Figures(TypedDict):
    """The people whom category 4 counts, in any area, each once. No row of a return has them."""

    setting: Category4Setting
    snapshot: Category4Snapshot
    yearly_level2_3: Annotated[LevelTotals, says("at level 2 or 3 in the year")]


class NationalFigures(RatedFigures):
    """The nation's figures.

    Each area is counted as known at the moment of its return. Snapshot and orders are the sums of
    those of the areas. In the other rows each person is counted once for all areas, at the highest
    level reached anywhere; if several days count, by the last. Each area counts its own days, so a
    person who moved within the year may be in rows 2, 3, 7 and 8 of two areas. The rate is null
    unless every area has a population attached.
    """

    category_4: Category4Figures


class AllReturnsAnswer(TypedDict):
    """The returns of every area for a year, and the nation's figures.

    Each return is the one that `return AREA YEAR` gives: a frozen one is unchanged, with its own
    `known_at`.
    """

    year: YearName
    period_start: Day
    period_end: Day
    complete: bool
    known_at: KnownAt
    areas: list[ReturnAnswer]
    national: NationalFigures


class TrendSource(TypedDict):
    """The year of some figures, and where they come from."""

    year: YearName
    source: Annotated[
        Literal["frozen", "computed"],
        says(
            "`frozen`: those of a frozen version known by the moment asked about; "
            "`computed`: the figures as known at that moment"
        ),
    ]
    known_at: Moment


class TrendYear(TrendSource, Figures):
    """An area's figures of one year."""

    rate: Annotated[int | None, says("`rate_per_100k` of the return")]
    population: AttachedPopulation | None


class TrendAnswer(TypedDict):
    """The figures of an area by year: at most ten, from the first with anybody to the last over."""

    area: AreaName
    known_at: KnownAt
    trend: list[TrendYear]


class ForecastYear(TypedDict):
    """What is due in one reporting year; the first is the rest of the current year."""

    year: YearName
    period_end: Day
    review_qualifying: Annotated[int, says("people who reach their qualifying date")]
    order_ends: Annotated[dict[str, int], says("orders that end, by kind")]
    notification_ends: Annotated[int, says("people whose notification requirements end")]
    snapshot: Annotated[Snapshot, says("that of 31 March, if nothing else changes")]


class ComingLine(TypedDict):
    """Something due for one person; `due_on`: the qualifying date, or the last day of what ends."""

    subject: Subject
    what: Annotated[str, one_of("review_qualifying", "order_ends", "notification_ends")]
    due_on: Day
    kind: NotRequired[OrderKind]
    ref: NotRequired[Annotated[str, says("the order, or the last ground of notification to end")]]
    rule: Rule | None


class ForecastAnswer(TypedDict):
    """What is due in an area if nothing else changes.

    It is what the diary lists on the civil day of `known_at` for the people whom the area manages
    that day, by reporting year. "Nothing else changes" means that nobody arrives, dies, moves, is
    convicted, released or recalled.
    """

    area: AreaName
    on: Day
    known_at: KnownAt
    snapshot: Snapshot
    years: list[ForecastYear]
    people: list[ComingLine]
