"""The shapes of what is asked of a return: who is behind a cell, what changed, who moved, verified.

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
    """A spell that held on the day that counted."""

    track: str
    value: str
    ref: str
    start: Day
    until: Day | None
    rule: Rule | None


class CaseLine(TypedDict):
    """One person, order or return to custody counted in a cell."""

    subject: Subject
    cell: Annotated[Cell, says("the cell itself, where a margin was asked for")]
    on: Annotated[
        Day, says("the day that counts; of days at level 2 or 3 the last of them in the year")
    ]
    ref: NotRequired[Ref]
    spells: NotRequired[Annotated[list[CaseSpell], says("those of the day that counts")]]
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
        str, says("of a person not counted the first condition of the rule that fails")
    ]
    rule: RuleInWords
    entries: Entries
    cases: Annotated[list[CaseLine], says("empty where the person is not counted")]


class CountedDays(TypedDict("CountedDays", {"was": Day, "is": Day})):
    """The last days counted then and now, the same for a year that was over."""


class ChangedPerson(TypedDict):
    """A person whose cases differ, counted in a cell as often as it is listed."""

    subject: Subject
    left: list[Cell]
    joined: list[Cell]
    entries: Annotated[
        list[str],
        says(
            "the fewest of those recorded after `since` that lead from what was counted then to "
            "what is counted now, a correction with its void; of two that each would do, the first "
            "recorded. None where only the day counted is another"
        ),
    ]


class ChangesAnswer(TypedDict):
    """What changed in a return from what was known at one moment to what was known at another."""

    area: AreaName
    year: YearName
    since: Moment
    known_at: KnownAt
    days: CountedDays
    cells: Annotated[
        list[ChangedCell], says("the figures that differ, margins and rate among them")
    ]
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
        Moment, says("as known at which last year's snapshot is taken: that of a frozen return")
    ]
    days: MovementDays
    cells: Annotated[list[MovementCell], says("those of the snapshot, margins among them")]
    people: list[MovedPerson]


class MovementAnswer(ReturnName, MovementBetween):
    """How last year's snapshot became this year's.

    Of several reasons the first counts: left by `transferred_out`, `died`, `revoked`,
    `notification_ended`, `category_ended`, `category_changed`, `level_changed`, `abroad`,
    `custody`; joined by `transferred_in`, `became_subject`, `category_began`, `category_changed`,
    `level_changed`, `released`, `returned`, `registered_first`. Who goes from cell to cell leaves
    one and joins the other. Where last year's return is frozen it is taken as it was known then:
    `recorded_late` leads from that to last year's as known at `known_at`, and the other reasons on
    from there.
    """


class Difference(TypedDict):
    """A figure that came out otherwise."""

    cell: Cell
    frozen: Figure
    computed: Figure


class VerifiedVersion(TypedDict):
    """One version of a frozen return, computed again."""

    known_at: Moment
    last_entry: Annotated[int, says("the position of the last entry of the log that was counted")]
    digest: Digest
    computed: Annotated[str, says("the digest that came out now")]
    verified: bool
    differences: list[Difference]
    why: Annotated[str | None, says("what is likely to be the reason; null: it verified")]


class VerifiedReturnAnswer(TypedDict):
    """Every version of a frozen return computed again from the log alone.

    Exit status 1 where one does not verify.
    """

    area: AreaName
    year: YearName
    verified: bool
    versions: list[VerifiedVersion]
