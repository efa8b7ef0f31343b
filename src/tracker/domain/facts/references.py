"""Types of fields that refer to a thing defined by another fact. Used by `facts` alone."""

from __future__ import annotations

from typing import Annotated

from tracker.domain.facts.traits import RefersTo
from tracker.domain.facts.values import Ref

ConvictionRef = Annotated[Ref, RefersTo("conviction")]
RecallRef = Annotated[Ref, RefersTo("recall")]
OrderRef = Annotated[Ref, RefersTo("order")]
BreachRef = Annotated[Ref, RefersTo("breach")]
ReferralRef = Annotated[Ref, RefersTo("referral")]
MeetingRef = Annotated[Ref, RefersTo("meeting")]
ReviewRef = Annotated[Ref, RefersTo("review")]
