"""The shape of `review`: where the review of one person's indefinite requirements stands.

Imported for types, and by the schema of the answers; nothing here runs while a command answers.
"""

from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from tracker.domain.answers.answer_values import (
    Day,
    DeadlineName,
    Entries,
    KnownAt,
    Ref,
    Rule,
    Subject,
    says,
)
from tracker.domain.answers.person_shapes import ReviewStanding

Stage = Literal[
    "not_indefinite", "needs_date", "waiting", "barred", "eligible", "applied", "acknowledged",
    "determined", "appealed", "continues", "revoked",
]  # fmt: skip
StepName = Literal[
    "applied", "acknowledged", "body_notified", "body_replied", "determined", "notice_received",
    "appealed", "appeal_decided",
]  # fmt: skip
Outcome = Literal["revoked", "continues"]


class ConsideredFactor(TypedDict):
    """A factor of s.91D(2) that the determination took into account."""

    factor: Annotated[str, says("its letter")]
    considered: Annotated[str, says("what it is")]


class Step(TypedDict):
    """One step of a review, done or not."""

    step: StepName
    done_on: Day | None
    by: Annotated[str | None, says("who recorded it; for a determination, who made it")]
    due_on: Day | None
    overdue: Annotated[bool, says("not done, and due before the day")]
    late: Annotated[bool, says("done after it was due")]
    rule: Rule
    entries: Entries
    body: NotRequired[Annotated[str, says("with `body_notified` and `body_replied`: the body")]]
    outcome: NotRequired[Annotated[Outcome, says("with `determined`")]]
    factors: NotRequired[list[ConsideredFactor]]
    factors_missing: NotRequired[Annotated[list[str], says("the letters of the other factors")]]


class ReviewApplication(TypedDict):
    """One application with its steps."""

    review_id: str
    stage: Stage
    steps: list[Step]
    missing: Annotated[list[StepName], says("the steps not done; an appeal is not among them")]


class ReviewDeadline(TypedDict):
    """A deadline of the review outstanding on the day."""

    what: DeadlineName
    due_on: Day
    rule: Rule
    ref: Annotated[Ref, says("the `review_id`; empty for the qualifying date")]


class ReviewAnswer(TypedDict):
    """Where the review of one person stands on a day."""

    subject: Subject
    on: Annotated[Day, says("the day asked about")]
    known_at: KnownAt
    stage: Annotated[
        Stage,
        says("the stage of the last application, `continues` until another may be made; before the "
             "first, `not_indefinite`, `needs_date`, `waiting`, `barred` or `eligible`"),
    ]  # fmt: skip
    review: ReviewStanding
    applications: list[ReviewApplication]
    deadlines: list[ReviewDeadline]
