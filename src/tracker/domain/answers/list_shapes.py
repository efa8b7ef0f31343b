"""The shapes of the lists: `eligible` and `diary`.

Imported for types, and by the schema of the answers; nothing here runs while a command answers.
"""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from tracker.domain.answers.answer_values import (
    AreaName,
    Day,
    DeadlineName,
    Entries,
    Ref,
    Rule,
    Subject,
    says,
)


class EligibleLine(TypedDict):
    """A person subject to indefinite requirements who qualifies for review by the last day."""

    subject: Subject
    area: AreaName | None
    qualifying_on: Day
    eligible: Annotated[bool, says("whether an application made on the day would be valid")]
    blocked_by: Annotated[list[str], says("the orders that bar an application, by start")]
    pending: Annotated[str | None, says("the `review_id` of the undetermined application")]
    rule: Rule | None
    entries: Entries


class DiaryLine(TypedDict):
    """Something outstanding on the day and due by the last day asked about."""

    subject: Subject
    area: AreaName
    what: DeadlineName
    due_on: Day
    overdue: bool
    rule: Rule
    ref: NotRequired[Ref]
    entries: Entries
