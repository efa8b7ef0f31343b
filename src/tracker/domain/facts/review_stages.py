"""Facts of the review of indefinite requirements, and of corrections."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.facts.base import Fact
from tracker.domain.facts.references import ReviewRef
from tracker.domain.facts.traits import Defines, Mentions
from tracker.domain.facts.values import Day, Line, Personal, Ref, Text, Value


class Basis(Value):
    rule: Line
    entries: Annotated[tuple[Line, ...], Field(strict=False)]


class ReviewEligibilityFlagged(Fact, type="review.eligibility_flagged"):
    """The person may apply for a review. The scheduler records this on the qualifying date."""

    qualifying_on: Day
    basis: Basis


class ReviewQualifyingDateSet(Fact, type="review.qualifying_date_set"):
    """The qualifying date, set by an officer where the law does not fix it."""

    qualifying_on: Day
    authorised_by: Line
    reason: Personal[Text]


class ReviewApplied(Fact, type="review.applied"):
    """An application for review. `on` is the day on which the police received it."""

    review_id: Annotated[Ref, Defines("review")]


class ReviewAcknowledged(Fact, type="review.acknowledged"):
    review_id: ReviewRef


class ReviewBodyNotified(Fact, type="review.body_notified"):
    review_id: ReviewRef
    body: Line


class ReviewBodyReplied(Fact, type="review.body_replied"):
    review_id: ReviewRef
    body: Line


class Factor(Value):
    """One factor of s.91D(2) that was taken into account. `factor` is its letter."""

    factor: Annotated[str, Field(pattern=r"^[a-o]$")]
    note: Personal[Text | None] = None


class ReviewDetermined(Fact, type="review.determined"):
    """The decision on an application.

    `further_years` may be any number here: `judging` refuses what the law does not allow, so that
    an `override` can still record it.
    """

    review_id: ReviewRef
    outcome: Literal["revoked", "continues"]
    determined_by: Line
    rank: Literal["superintendent", "chief_superintendent", "acc", "dcc", "cc"]
    further_years: Annotated[int, Field(ge=0, le=99)] | None = None
    reasons: Personal[Text | None] = None
    factors: Annotated[tuple[Factor, ...], Field(strict=False, max_length=15)] = ()


class ReviewNoticeReceived(Fact, type="review.notice_received"):
    review_id: ReviewRef


class ReviewAppealed(Fact, type="review.appealed"):
    review_id: ReviewRef


class ReviewAppealDecided(Fact, type="review.appeal_decided"):
    review_id: ReviewRef
    outcome: Literal["allowed", "dismissed"]


class EntryVoided(Fact, type="entry.voided", bears_on="entry"):
    """The entry it names no longer counts from the moment this is recorded. `on` is that day."""

    entry: Annotated[Ref, Mentions("entry")]
    entry_source: Line | None = None
    reason: Personal[Text]
