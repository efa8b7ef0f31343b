"""Facts of offending, custody, licence and notification."""

from typing import Annotated, Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from tracker.domain.facts.base import Fact
from tracker.domain.facts.references import ConvictionRef, OrderRef, RecallRef
from tracker.domain.facts.traits import Defines
from tracker.domain.facts.values import Day, Duration, Line, Personal, Ref, Text, Value

TERM_REQUIRED = frozenset(
    {"imprisonment", "suspended_sentence", "extended_sentence", "detention_and_training",
     "conditional_discharge"}
)  # fmt: skip


class Disposal(Value):
    """What a court imposed. `imprisonment` covers every detention of s.131 except a DTO."""

    kind: Literal[
        "imprisonment", "suspended_sentence", "extended_sentence", "detention_and_training",
        "life", "ipp", "hospital_order", "hospital_order_with_restriction", "caution",
        "conditional_discharge", "absolute_discharge", "community_order", "fine", "other",
    ]  # fmt: skip
    term: Duration | None = None
    operational_until: Day | None = (
        None  # the last day of a suspended sentence's operational period
    )

    @model_validator(mode="after")
    def _term(self) -> Self:
        if self.term is None and self.kind in TERM_REQUIRED:
            raise PydanticCustomError("shape", "`term` is required for {kind}", {"kind": self.kind})
        return self


class Overlap(Value):
    conviction_id: ConvictionRef
    by: Duration


class ConvictionRecorded(Fact, type="conviction.recorded"):
    """A conviction, caution or other finding. `on` is the date of the finding."""

    conviction_id: Annotated[Ref, Defines("conviction")]
    finding: Literal["conviction", "caution", "insanity", "disability"]
    offence: Personal[Line]
    schedule_3: bool
    threshold: bool = False
    threshold_met: bool | None = None
    terrorism: bool = False
    foreign: bool = False
    s81_caught: bool = False
    sentenced_on: Day | None = None
    disposal: Disposal | None = None
    consecutive_to: ConvictionRef | None = None
    overlaps: Overlap | None = None


class ConvictionSentenced(Fact, type="conviction.sentenced"):
    """A sentence passed after the finding, or varied on appeal. The last one counts."""

    conviction_id: ConvictionRef
    disposal: Disposal
    threshold_met: bool | None = None
    consecutive_to: ConvictionRef | None = None
    overlaps: Overlap | None = None


class ConvictionQuashed(Fact, type="conviction.quashed"):
    conviction_id: ConvictionRef


class TrialConcluded(Fact, type="trial.concluded"):
    """The trial that follows a finding of disability has ended (s.82(5))."""

    conviction_id: ConvictionRef


class CustodyEntered(Fact, type="custody.entered"):
    kind: Literal["remand", "sentence", "recall", "hospital", "immigration"]
    conviction_id: ConvictionRef | None = None
    recall_id: RecallRef | None = None
    because_of: Literal["licence", "order", "offence"] | None = None
    order_id: OrderRef | None = None


class CustodyLeft(Fact, type="custody.left"):
    """Release. With neither field set there is no licence."""

    licence_until: Day | None = None
    licence_for_life: bool = False


class LicenceEnded(Fact, type="licence.ended"):
    pass


class RecallDecided(Fact, type="recall.decided"):
    recall_id: Annotated[Ref, Defines("recall")]
    kind: Literal["fixed_term_14", "fixed_term_28", "fixed_term_56", "standard", "emergency"]
    reason: Personal[Text | None] = None


class RecallCancelled(Fact, type="recall.cancelled"):
    recall_id: RecallRef


class NotificationGiven(Fact, type="notification.given"):
    kind: Literal["initial", "change", "periodic", "travel", "return"]
    no_fixed_address: bool = False
    details: Personal[Text | None] = None
    departs_on: Day | None = None
    returns_on: Day | None = None
