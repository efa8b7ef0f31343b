"""The shapes of figures: `counts`, and `return` as computed, frozen, signed off or restated.

Imported for types, and by the schema of the answers; nothing here runs while a command answers.
"""

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from tracker.domain.answers.answer_values import (
    AreaName,
    Cell,
    Day,
    Digest,
    Entries,
    KnownAt,
    Moment,
    Subject,
    YearName,
    one_of,
    says,
)
from tracker.domain.answers.finding_names import ReturnFindingName

CategoryName = Literal["cat1", "cat2", "cat3"]
ReturnStatus = Literal["draft", "frozen", "signed_off"]
Figure = Annotated[int | str | None, says("a figure, or the text or null in its place")]


class LevelRow(TypedDict):
    """The people of one level, or of all, by category."""

    cat1: int
    cat2: int
    cat3: Annotated[int | None, says("null at level 1, which has no category 3")]
    total: int


class HigherLevels(TypedDict):
    """A table of levels 2 and 3 by category, with its margins."""

    level2: LevelRow
    level3: LevelRow
    total: LevelRow


class Snapshot(TypedDict):
    """People in the community by level and category on one day, with the margins."""

    level1: LevelRow
    level2: LevelRow
    level3: LevelRow
    total: LevelRow


class OrderFigures(TypedDict):
    """The numbers of orders made in the year."""

    shpo: int
    shpo_foreign_travel: Annotated[int, says("those of them with a foreign travel prohibition")]
    notification_order: Annotated[int, says("notification orders, and notices under s.96ZA")]


class LevelTotals(TypedDict):
    """People at levels 2 and 3."""

    level2: int
    level3: int
    total: int


class Figures(TypedDict):
    """Rows 1 to 8 of a return."""

    snapshot: Annotated[Snapshot, says("people in the community on the last day")]
    yearly_level2_3: Annotated[
        HigherLevels,
        says("people at level 2 or 3 on any day of the year, each once, at the highest level"),
    ]
    cat1_cautioned_or_convicted_breach: int
    cat1_lifetime_revoked: int
    orders: OrderFigures
    sro_breach_became_subject: int
    returned_to_custody_breach_of_licence: HigherLevels
    breach_of_shpo: LevelTotals


class AttachedPopulation(TypedDict):
    """The number of residents that the rate is computed from."""

    aged_10_plus: int
    base: str
    source: str


class RatedFigures(Figures):
    """Rows 1 to 9 of a return."""

    rate_per_100k: Annotated[
        int | None,
        says("category 1 of the snapshot per 100,000 residents; null: no population attached"),
    ]
    population: AttachedPopulation | None


class ReturnFinding(TypedDict("ReturnFinding", {"from": Day, "is": NotRequired[int]})):
    """Something to check before a return is published, by subject; those about cells come last.

    Findings about people are those on the last day of the return, about people whom the area
    manages that day.
    """

    finding: ReturnFindingName
    subject: Subject | None
    ref: str | None
    entries: Entries
    cell: NotRequired[Annotated[Cell, says("with `cell_moved`, as are `was` and `is`")]]
    was: NotRequired[int]
    accepted: NotRequired[
        Annotated[str | None, says("in a frozen return: why it was accepted; null: it is open")]
    ]


class FrozenBy(TypedDict):
    """Who answers for a version of a return."""

    by: str
    at: Moment
    last_entry: Annotated[int, says("the position of the last entry of the log that was counted")]
    signed_off_by: str | None
    signed_off_at: Moment | None


class ChangedCell(TypedDict("ChangedCell", {"cell": Cell, "was": Figure, "is": Figure})):
    """A figure that changed."""


class Restatement(TypedDict):
    """A restatement: why, by whom, what it replaces and what it changed."""

    at: Moment
    by: str
    reason: str
    replaces: Digest
    known_at: Annotated[Moment, says("the `known_at` of the version replaced")]
    before: Annotated[FrozenBy, says("who answered for the version replaced")]
    cells: list[ChangedCell]


class ReturnName(TypedDict):
    """Which return it is about."""

    area: AreaName
    year: YearName


class ReturnHeading(ReturnName):
    """Which return it is, for which days, and as known when."""

    period_start: Day
    period_end: Day
    complete: Annotated[
        bool, says("false for a year not yet over: the figures then end on the day of `known_at`")
    ]
    known_at: KnownAt


class DigestedReturn(ReturnHeading, RatedFigures):
    """The part of a return that its digest covers, and that is kept when it is frozen."""


class WhenFrozen(TypedDict, total=False):
    """The keys that only a frozen return has."""

    frozen: Annotated[FrozenBy, says("only in a frozen return")]
    restated: Annotated[list[Restatement], says("only in a frozen return; oldest first")]


class ReturnAnswer(DigestedReturn, WhenFrozen):
    """The annual return of an area: computed now or, if frozen, its current version.

    Nobody is counted by two areas on one day: a person has one managing area a day.
    """

    status: ReturnStatus
    digest: Digest
    findings: Annotated[list[ReturnFinding], says("not covered by the digest")]


class CountsAnswer(TypedDict):
    """People in the community by level and category."""

    area: Annotated[AreaName | None, says("null: all areas together")]
    on: Annotated[Day, says("the day asked about")]
    known_at: KnownAt
    snapshot: Snapshot


Category4Setting = Annotated[
    str,
    one_of(
        "exclude", "beneath",
        says="whom category 4 counts: `exclude`, everybody it is assigned to; `beneath`, only "
        "those in neither category 1 nor 2",
    ),
]  # fmt: skip
