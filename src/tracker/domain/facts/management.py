"""Facts of category, level, referral and meetings."""

from typing import Annotated, Literal

from pydantic import Field

from tracker.domain.facts.base import Agencies, Category, Fact, Level
from tracker.domain.facts.references import MeetingRef, ReferralRef
from tracker.domain.facts.traits import Defines, Mentions
from tracker.domain.facts.values import Agency, Day, Personal, Ref, Text, Value


class CategoryAssigned(Fact, type="category.assigned"):
    """Category 2, 3 or 4 is assigned. Category 1 never is: it follows from the law."""

    category: Category


class CategoryEnded(Fact, type="category.ended"):
    category: Category


class LevelSet(Fact, type="level.set"):
    level: Level


class ReferralMade(Fact, type="referral.made"):
    referral_id: Annotated[Ref, Defines("referral")]
    agency: Agency


class ReferralDecided(Fact, type="referral.decided"):
    referral_id: ReferralRef
    accepted: bool
    level: Level | None = None


class Action(Value):
    action_id: Annotated[Ref, Mentions("action")]
    text: Personal[Text]
    owner: Agency
    due_on: Day


class MeetingHeld(Fact, type="meeting.held"):
    meeting_id: Annotated[Ref, Defines("meeting")]
    level: Annotated[int, Field(ge=2, le=3)]
    invited: Agencies
    attended: Agencies
    next_review_on: Day | None = None
    disclosure: Literal["disclosed", "not_disclosed"] | None = None
    actions: Annotated[tuple[Action, ...], Field(strict=False, max_length=200)] = ()


class ActionClosed(Fact, type="action.closed"):
    meeting_id: MeetingRef
    action_id: Annotated[Ref, Mentions("action")]
