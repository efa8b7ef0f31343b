"""The shapes of years and places together: `return --all`, `trend` and `forecast`.

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
    """Whom category 4 counts, whatever the area, each once. They are in no row of a return."""

    setting: Category4Setting
    snapshot: Category4Snapshot
    yearly_level2_3: Annotated[LevelTotals, says("at level 2 or 3 in the year")]


class NationalFigures(RatedFigures):
    """The nation's figures.

    Each area is taken as known at the moment of its return. Snapshot and orders are the sums of
    the areas'. Of the people in the other rows each is counted once for all areas, at the highest
    level reached anywhere and of several days by the last, although each area counts its own days:
    who moved within the year may be in rows 2, 3, 7 and 8 of two areas. The rate is null unless
    every area has a population attached.
    """

    category_4: Category4Figures


class AllReturnsAnswer(TypedDict):
    """The returns of every area for a year, and the nation's figures.

    Each return is the one that `return AREA YEAR` gives, so a frozen one stays as it is and has a
    `known_at` of its own.
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
            "`frozen`: the figures that stand, of a version known at the moment asked about or "
            "before; `computed`: as known at that moment"
        ),
    ]
    known_at: Moment


class TrendYear(TrendSource, Figures):
    """An area's figures of one year."""

    rate: Annotated[int | None, says("`rate_per_100k` of the return")]
    population: AttachedPopulation | None


class TrendAnswer(TypedDict):
    """An area year by year: ten years up to the last that is over, from the first with anybody."""

    area: AreaName
    known_at: KnownAt
    trend: list[TrendYear]


class ForecastYear(TypedDict):
    """What is to come in one reporting year; the first is the rest of the one the day is in."""

    year: YearName
    period_end: Day
    review_qualifying: Annotated[int, says("people who reach their qualifying date")]
    order_ends: Annotated[dict[str, int], says("orders that end, by kind")]
    notification_ends: Annotated[int, says("people whose notification requirements end")]
    snapshot: Annotated[Snapshot, says("that of the 31 March, if nothing else changes")]


class ComingLine(TypedDict):
    """What will happen to one person, dated by the qualifying date or the last day of what ends."""

    subject: Subject
    what: Annotated[str, one_of("review_qualifying", "order_ends", "notification_ends")]
    due_on: Day
    kind: NotRequired[OrderKind]
    ref: NotRequired[Annotated[str, says("the order, or the ground of notification ending last")]]
    rule: Rule | None


class ForecastAnswer(TypedDict):
    """What is to come for an area if nothing else changes.

    What the diary lists on the civil day of `known_at` of the people whom the area manages that
    day, by the reporting year of the last day or qualifying date. If nothing else changes: nobody
    comes, dies, moves, is convicted, released or recalled.
    """

    area: AreaName
    on: Day
    known_at: KnownAt
    snapshot: Snapshot
    years: list[ForecastYear]
    people: list[ComingLine]
