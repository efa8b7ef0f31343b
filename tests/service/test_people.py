"""A person on a day, and the review of a person."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from scheduler_world import Clock
from tracker.domain.errors import TrackerError
from tracker.service import erasing, people, reviews
from tracker.service.app import App

DAY = date(2023, 3, 31)

pytestmark = pytest.mark.usefixtures("people")


def test_a_person_on_a_day(app: App) -> None:
    answer = people.summary(app, "CHE-1", DAY)
    assert answer["status"]["level"] == 2
    assert answer["known_at"] == "2023-06-01T09:00:00Z"
    assert "why" not in answer
    reasons = people.summary(app, "CHE-1", DAY, why=True)["why"]
    assert any(one["rule"] == "soa2003.s82.1" for one in reasons)


def test_as_known_at_a_moment(app: App) -> None:
    answer = people.summary(app, "CHE-1", DAY, datetime(2023, 6, 2, tzinfo=UTC))
    assert answer["known_at"] == "2023-06-02T00:00:00Z"
    early = datetime(2023, 5, 31, tzinfo=UTC)
    with pytest.raises(TrackerError, match="CHE-1 is not known at 2023-05-31T00:00:00Z"):
        people.summary(app, "CHE-1", DAY, early)


def test_now_is_never_before_the_last_entry(app: App, clock: Clock) -> None:
    clock.set(datetime(2023, 1, 1, tzinfo=UTC))
    assert people.summary(app, "CHE-1", DAY)["known_at"] == "2023-06-01T09:00:00Z"


@pytest.mark.parametrize("ask", [people.summary, reviews.review])
def test_of_nobody(app: App, ask: object) -> None:
    assert callable(ask)
    with pytest.raises(TrackerError, match="CHE-9 is not known"):
        ask(app, "CHE-9", DAY)


def test_who_is_restricted_has_no_name_at_any_moment(app: App, clock: Clock) -> None:
    clock.set(datetime(2023, 7, 1, tzinfo=UTC))
    erasing.restrict(app, "CHE-1", "Supt Grey", "evidence")
    assert people.summary(app, "CHE-1", DAY)["name"] == "<restricted>"
    before = datetime(2023, 6, 2, tzinfo=UTC)
    assert people.summary(app, "CHE-1", DAY, before)["name"] == "<restricted>"
    erasing.lift_restriction(app, "CHE-1", "Supt Grey", "no longer needed")
    assert people.summary(app, "CHE-1", DAY)["name"] == "Robin Ashe"


def test_where_a_review_stands(app: App) -> None:
    answer = reviews.review(app, "CHE-1", DAY)
    assert (answer["subject"], answer["on"], answer["stage"]) == (
        "CHE-1",
        "2023-03-31",
        "needs_date",
    )
