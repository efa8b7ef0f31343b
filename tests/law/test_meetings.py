"""When the next meeting and the actions of the last ones fall due (CJA 2003 s.325; contract, 6)."""

from __future__ import annotations

from typing import Any, ClassVar

from spec import FactSpec, convicted, fact, given, registered

DAY = "2025-03-03"
NOBODY = given(registered("2000-01-01"))
PERSON = NOBODY.given(convicted(DAY, "fine"))


class TestMeetings:
    ACTION: ClassVar = {
        "action_id": "A1",
        "text": "Visit",
        "owner": "police",
        "due_on": "2025-04-01",
    }

    def held(self, on: str, ref: str, **data: Any) -> FactSpec:
        return fact("meeting.held", on, meeting_id=ref, level=2, invited=[], attended=[], **data)

    def test_the_next_falls_due_while_at_level_2_or_3(self) -> None:
        person = PERSON.given(
            fact("level.set", DAY, level=3),
            self.held(DAY, "M1", next_review_on="2025-05-01"),
            self.held("2025-05-02", "M2", next_review_on="2025-07-01"),
            fact("level.set", "2025-06-01", level=1),
        )
        assert person.due("meeting_due", "2025-05-01") == "2025-05-01"
        assert person.due("meeting_due", "2025-05-02") == "2025-07-01"
        assert person.due("meeting_due", "2025-06-01") is None

    def test_not_for_who_was_never_in_a_category(self) -> None:
        person = NOBODY.given(self.held(DAY, "M1", next_review_on="2025-05-01"))
        assert person.due("meeting_due", DAY) is None

    def test_an_action_falls_due_until_closed(self) -> None:
        person = PERSON.given(
            self.held(DAY, "M1", actions=[self.ACTION]),
            fact("action.closed", "2025-04-10", meeting_id="M1", action_id="A1"),
        )
        assert person.due("action_due", "2025-04-09") == "2025-04-01"
        assert person.due("action_due", "2025-04-10") is None
