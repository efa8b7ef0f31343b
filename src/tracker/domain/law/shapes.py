"""The shape of the rule tables: one version of a rule, a kind of order, and the governing days.

Read from `config/law/*.toml` by `tables`, where the rest of the code gets a rule's numbers.
"""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

GoverningDay = Literal[
    "relevant_date", "day_sentenced", "day_made", "day_served", "day_notified", "day_of_release",
    "day_received", "day_determined", "day_decided", "day_concluded", "day_in_question",
]  # fmt: skip
# Which day each name means: the version of a rule that is in force on that day applies.
GOVERNING_DAYS: dict[GoverningDay, str] = {
    "relevant_date": "the relevant date of s.82(6): of the conviction, finding or caution; of an "
    "order or notice, the day it was served or given",
    "day_sentenced": "the day the sentence was imposed",
    "day_made": "the day the order or notice was made, or the variation that sets the length",
    "day_served": "the day the order was served",
    "day_notified": "the day of the notification from which the time runs",
    "day_of_release": "the day of release from custody or hospital, or of the return from abroad",
    "day_received": "the day the application, the notice to a body or the notice of the "
    "determination was received",
    "day_determined": "the day the review was determined",
    "day_decided": "the day the recall was decided",
    "day_concluded": "the day the breach was concluded",
    "day_in_question": "the day of the fact that is judged, or the day that is asked about",
}


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


class Rule(_Table):
    """One version of a rule, in force from a day on. The name of each number says its unit."""

    id: str
    section: str
    says: str
    in_force: date = Field(alias="from")
    until: date | None = None
    governed_by: GoverningDay
    numbers: dict[str, int] = {}
    changed_by: str = ""
    source: str
    confidence: Literal["text", "inferred"]

    @property
    def version(self) -> str:
        """The name of this version: the day it came into force, as an ISO date."""
        return self.in_force.isoformat()


class OrderLaw(_Table):
    """What the law says about one kind of order.

    It can be made from `made_from`, if set, to the last day of its `rule`. Its lengths are numbers
    of other rules: `minimum_years` of `minimum_rule`, `bar_years` of `discharge_rule`,
    `maximum_years` of `travel_rule`.
    """

    kind: str
    title: str
    rule: str
    family: Literal["sexual_harm", "sexual_risk", "notification", "travel", "terrorism"]
    full: bool
    made_from: date | None = None
    minimum_rule: str | None = None
    discharge_rule: str | None = None
    travel_rule: str | None = None
    ground: Literal["shpo", "notification_order", "s96za"] | None = None
    ground_rule: str | None = None
    breach_makes_subject: bool = False
    bars_review: bool = False
    ends: frozenset[str] = frozenset()


class File(_Table):
    """One file of `config/law/`."""

    instrument: str
    bank_holidays: list[date] = []
    rule: list[Rule] = []
    kind: list[OrderLaw] = []
