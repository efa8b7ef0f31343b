"""Facts of orders and of their breach."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tracker.domain.facts.base import Fact, shape_error
from tracker.domain.facts.references import BreachRef, ConvictionRef, OrderRef
from tracker.domain.facts.traits import Defines, Mentions
from tracker.domain.facts.values import Day, Line, Personal, Ref, Text, Value

OrderKind = Literal[
    "shpo", "interim_shpo", "sro", "interim_sro", "notification_order",
    "interim_notification_order", "s96za_notice", "sopo", "interim_sopo", "rosho", "fto",
    "terrorist_notification_order", "terrorist_travel_order",
]  # fmt: skip


class Condition(Value):
    """One prohibition or requirement of an order."""

    text: Personal[Text]
    ends_on: Day | None = None


Conditions = Annotated[tuple[Condition, ...], Field(strict=False, max_length=200)]


class OrderAppliedFor(Fact, type="order.applied_for"):
    order_id: Annotated[Ref, Defines("application")]
    kind: OrderKind
    applicant: Literal["police", "nca", "btp", "modp", "defendant"] | None = None
    court: Line | None = None


class OrderMade(Fact, type="order.made"):
    """`ends_on` and `travel_ends_on` are last days; no `ends_on` means until further order.

    `travel_only`: the order prohibits foreign travel and nothing else.
    """

    order_id: Annotated[Ref, Defines("order")]
    kind: OrderKind
    served_on: Day | None = None
    ends_on: Day | None = None
    travel_ends_on: Day | None = None
    travel_only: bool = False
    prohibitions: Conditions = ()
    requirements: Conditions = ()
    court: Line | None = None
    application: Annotated[Ref, Mentions("application")] | None = None
    on_conviction_id: ConvictionRef | None = None
    foreign_conviction_id: ConvictionRef | None = None
    replaces: OrderRef | None = None

    @model_validator(mode="after")
    def _foreign_conviction(self) -> Self:
        needed = self.kind in ("notification_order", "s96za_notice")
        if needed and self.foreign_conviction_id is None:
            raise shape_error(
                "`foreign_conviction_id` is required for a notification order or notice"
            )
        return self


class OrderServed(Fact, type="order.served"):
    order_id: OrderRef


class OrderVaried(Fact, type="order.varied"):
    order_id: OrderRef
    ends_on: Day | None = None
    until_further_order: bool = False
    travel_ends_on: Day | None = None
    prohibitions: Conditions | None = None
    requirements: Conditions | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.ends_on is not None and self.until_further_order:
            raise shape_error("`ends_on` and `until_further_order` exclude each other")
        return self


class OrderRenewed(Fact, type="order.renewed"):
    order_id: OrderRef
    ends_on: Day | None = None
    until_further_order: bool = False

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.ends_on is None) == (not self.until_further_order):
            raise shape_error("exactly one of `ends_on` and `until_further_order` is required")
        return self


class OrderDischarged(Fact, type="order.discharged"):
    order_id: OrderRef
    with_consent: bool = False


class OrderQuashed(Fact, type="order.quashed"):
    order_id: OrderRef
    with_consent: bool = False


class OrderRefused(Fact, type="order.refused"):
    order_id: Annotated[Ref, Mentions("application")]
    with_consent: bool = False


class BreachReported(Fact, type="breach.reported"):
    breach_id: Annotated[Ref, Defines("breach")]
    of: Literal["notification", "order", "licence"]
    order_id: OrderRef | None = None

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.of == "order" and self.order_id is None:
            raise shape_error("`order_id` is required for the breach of an order")
        return self


class BreachConcluded(Fact, type="breach.concluded"):
    """What became of a reported breach. Where there are several conclusions, the last counts."""

    breach_id: BreachRef
    outcome: Literal[
        "charged", "cautioned", "convicted", "insanity", "disability", "acquitted",
        "no_further_action",
    ]  # fmt: skip
