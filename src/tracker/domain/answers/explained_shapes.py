"""The shapes of answers about a return: who is behind a cell, what changed, who moved, verified.

Imported for types, and by the schema of the answers; nothing here runs while a command answers.
"""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from tracker.domain.answers.answer_values import (
    AreaName,
    Cell,
    Day,
    Digest,
    Entries,
    KnownAt,
    Moment,
    Ref,
    Rule,
    Subject,
    YearName,
    says,
)
from tracker.domain.answers.figure_shapes import ChangedCell, Figure, ReturnName

RuleInWords = Annotated[str, says("the counting rule of the row, in words")]


class CaseSpell(TypedDict):
    """A spell that covers the day that counts."""

    track: str
    value: str
    ref: str
    start: Day
    until: Day | None
    rule: Rule | None


class CaseLine(TypedDict):
    """One person, order or return to custody counted in a cell."""

    subject: Subject
    cell: Annotated[Cell, says("the cell it is counted in, if the question was about a margin")]
    on: Annotated[
        Day, says("the day that counts; for days at level 2 or 3, the last of them in the year")
    ]
    ref: NotRequired[Ref]
    spells: NotRequired[
        Annotated[list[CaseSpell], says("the spells that cover the day that counts")]
    ]
    entries: Entries


class ExplainedAnswer(TypedDict):
    """Who is behind a cell, a margin or the rate."""

    area: AreaName
    year: YearName
    known_at: KnownAt
    cell: Cell
    figure: int | None
    rule: RuleInWords
    cases: list[CaseLine]


class WhyCountedAnswer(TypedDict):
    """Whether one person is counted in a cell, and why."""

    area: AreaName
    year: YearName
    known_at: KnownAt
    cell: Cell
    subject: Subject
    counted: bool
    reason: Annotated[
        str, says("for a person not counted, the first condition of the rule that fails")
    ]
    rule: RuleInWords
    entries: Entries
    cases: Annotated[list[CaseLine], says("empty where the person is not counted")]


class CountedDays(TypedDict("CountedDays", {"was": Day, "is": Day})):
    """The last days counted then and now; the same day for a year that was over."""


class ChangedPerson(TypedDict):
    """A person whose cases differ; a cell is listed as often as the person is counted in it."""

    subject: Subject
    left: list[Cell]
    joined: list[Cell]
    entries: Annotated[
        list[str],
        says(
            "the fewest entries recorded after `since` that explain the change, a correction "
            "together with its void; where either of two would explain it, the one recorded first. "
            "Empty if only the last day counted changed"
        ),
    ]


class ChangesAnswer(TypedDict):
    """What changed in a return between what was known at two moments."""

    area: AreaName
    year: YearName
    since: Moment
    known_at: KnownAt
    days: CountedDays
    cells: Annotated[list[ChangedCell], says("the figures that differ, with margins and rate")]
    people: list[ChangedPerson]


class MovementDays(TypedDict):
    """The days of the two snapshots."""

    last: Day
    this: Day


class MovementCell(TypedDict):
    """A cell of the snapshot: `last` plus all `joined` less all `left` is `this`."""

    cell: Cell
    last: int
    joined: Annotated[dict[str, int], says("how many joined, by reason")]
    left: Annotated[dict[str, int], says("how many left, by reason")]
    this: int


class MovedPerson(TypedDict):
    """A person who left one cell, joined another, or both."""

    subject: Subject
    left: Cell | None
    joined: Cell | None
    reason: str


class MovementBetween(TypedDict):
    """The movement between the snapshots of two days."""

    known_at: KnownAt
    last_known_at: Annotated[
        Moment,
        says("the `known_at` of last year's snapshot: if frozen, that of the return"),
    ]
    days: MovementDays
    cells: Annotated[list[MovementCell], says("the cells of the snapshot, with margins")]
    people: list[MovedPerson]


class MovementAnswer(ReturnName, MovementBetween):
    """How last year's snapshot became this year's.

    If several reasons apply, the first in this order is given. Left by `transferred_out`, `died`,
    `revoked`, `notification_ended`, `category_ended`, `category_changed`, `level_changed`,
    `abroad`, `custody`. Joined by `transferred_in`, `became_subject`, `category_began`,
    `category_changed`, `level_changed`, `released`, `returned`, `registered_first`. A person who
    goes from one cell to another leaves the one and joins the other. If last year's return is
    frozen, its frozen snapshot is used: `recorded_late` covers the difference between that and
    last year's snapshot as known at `known_at`, and the other reasons what happened since.
    """


class Difference(TypedDict):
    """A figure that differs when it is computed again."""

    cell: Cell
    frozen: Figure
    computed: Figure


class VerifiedVersion(TypedDict):
    """One version of a frozen return, computed again."""

    known_at: Moment
    last_entry: Annotated[int, says("the position of the last entry of the log that was counted")]
    digest: Digest
    computed: Annotated[str, says("the digest as computed now")]
    verified: bool
    differences: list[Difference]
    why: Annotated[str | None, says("the likely reason; null: it verified")]


class VerifiedReturnAnswer(TypedDict):
    """Every version of a frozen return computed again from the log alone.

    Exit status 1 where one does not verify.
    """

    area: AreaName
    year: YearName
    verified: bool
    versions: list[VerifiedVersion]
