"""The shapes of `show` and of `show --why`: one person on a day, and why each date is what it is.

Imported for types, and by the schema of the answers; nothing here runs while a command answers.
"""

from typing import Annotated, NotRequired, get_args

from typing_extensions import TypedDict

from tracker.domain.answers.answer_values import (
    AreaName,
    Day,
    DeadlineName,
    Entries,
    KnownAt,
    Location,
    OrderKind,
    Ref,
    Rule,
    Subject,
    Version,
    one_of,
    says,
)
from tracker.domain.answers.finding_names import PersonFindingName
from tracker.domain.facts import RecallDecided
from tracker.domain.meaning.timeline import TRACKS


class Standing(TypedDict):
    """Area, category, level and location on a day; `category` and `level` null: in no category."""

    area: AreaName | None
    category: Annotated[int | None, one_of(1, 2, 3, 4, None)]
    level: Annotated[int | None, one_of(1, 2, 3, None)]
    location: Location


class Ground(TypedDict("Ground", {"from": Day})):
    """One ground on which the person is subject to notification requirements on the day."""

    ground: Annotated[
        str,
        one_of(
            "conviction", "caution", "finding", "shpo", "sro_breach", "notification_order", "s96za"
        ),
    ]
    ref: Ref
    last_day: Annotated[Day | None, says("the last day subject by this ground; null: no end")]
    indefinite: bool
    rule: Rule
    version: Version
    entries: Entries


class Notification(TypedDict("Notification", {"from": Day | None})):
    """The unbroken run of days subject that the day is in, by any ground.

    `from` and `last_day` are null where the person is not subject on the day.
    """

    subject: Annotated[bool, says("whether the person is subject on the day")]
    indefinite: bool
    last_day: Annotated[Day | None, says("the last day subject; null: no end, or not subject")]
    grounds: list[Ground]


class ReviewStanding(TypedDict):
    """Whether and from when a person may apply for review of indefinite requirements."""

    qualifying_on: Annotated[Day | None, says("the day from which an application may be made")]
    eligible: Annotated[bool, says("whether an application made on the day would be valid")]
    blocked_by: Annotated[list[str], says("the orders that bar an application, by start")]
    pending: Annotated[str | None, says("the `review_id` of the undetermined application")]
    rule: Rule | None
    version: Version | None
    needs: Annotated[
        str | None,
        says(
            "why a person subject to indefinite requirements has no computed qualifying date; a "
            "date is then recorded with `review.qualifying_date_set`"
        ),
    ]
    entries: Entries


class OrderLine(TypedDict("OrderLine", {"from": Day})):
    """An order that was made, in force or not."""

    order_id: str
    kind: OrderKind
    last_day: Annotated[Day | None, says("null: until further order")]
    in_force: bool
    travel_last_day: Annotated[
        Day | None, says("the last day of its foreign travel prohibition, never after its own")
    ]
    rule: Rule
    entries: Entries


class RecallLine(TypedDict):
    """A recall decided by the day."""

    recall_id: str
    kind: Annotated[str, one_of(*get_args(RecallDecided.model_fields["kind"].annotation))]
    decided_on: Day
    returned_on: Day | None
    last_day: Annotated[Day | None, says("the last day inside of a fixed-term recall")]
    cancelled: bool
    rule: Rule
    entries: Entries


class DeadlineLine(TypedDict):
    """Something outstanding on the day."""

    what: DeadlineName
    due_on: Day
    rule: Rule
    ref: NotRequired[Ref]
    entries: Entries


class FindingLine(TypedDict("FindingLine", {"from": Day})):
    """A finding on the day."""

    finding: PersonFindingName
    ref: Ref
    entries: Entries


class SpellLine(TypedDict("SpellLine", {"from": Day})):
    """A run of days, from `from` up to but without `until`, with one value on a track."""

    track: Annotated[str, one_of(*(track for track in TRACKS if track != "finding"))]
    value: str
    until: Annotated[Day | None, says("the first day after it; null: no end")]
    ref: Ref | None
    rule: Rule | None
    entries: Entries


class OverrideLine(TypedDict):
    """A fact that was recorded with an override, although a rule would refuse it."""

    entry: str
    rule: Rule
    reason: str
    by: str


class Reason(TypedDict):
    """Why one date is what it is."""

    what: str
    date: Annotated[Day | None, says("null: no end")]
    rule: Rule
    section: str
    instrument: str
    version: Version
    confidence: Annotated[
        str, one_of("text", "inferred", says="whether the provision says it, or it is inferred")
    ]
    entries: Entries
    arithmetic: Annotated[list[str], says("the steps of the calculation, a sentence each")]
    changed_by: Annotated[str, says("what would change the date; empty: nothing known")]
    sentence: Annotated[str, says("all of it in words")]


class ShowAnswer(TypedDict):
    """One person on a day.

    For an erased person, `name` is `<forgotten>`; for a restricted one, `<restricted>`. Both have
    `date_of_birth` null.
    """

    subject: Subject
    on: Annotated[Day, says("the day asked about")]
    known_at: KnownAt
    name: str
    date_of_birth: Day | None
    status: Standing
    notification: Notification
    review: ReviewStanding
    orders: list[OrderLine]
    recalls: list[RecallLine]
    deadlines: Annotated[list[DeadlineLine], says("what is outstanding on the day, by date")]
    findings: Annotated[list[FindingLine], says("what should be checked")]
    spells: list[SpellLine]
    overrides: list[OverrideLine]
    why: NotRequired[Annotated[list[Reason], says("with `--why`: a reason for each date")]]
