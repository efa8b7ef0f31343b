"""The days on which what is outstanding changes by time alone, after the last entry."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from law.strategies import histories
from spec import SUBJECT, FactSpec, Record, convicted, fact, law, made, notified, registered
from spec import given as person
from tracker.domain.meaning.outstanding import deadlines, turning_days
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.entry import Entry

DAY = timedelta(days=1)
NOBODY = person(registered("2000-01-01"))
RELEASED = NOBODY.given(
    convicted("2005-01-10", "life"),
    fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2007-01-10", licence_for_life=True),
    notified("2007-01-12"),
)


def turning(record: Record, after: str | None = None) -> list[str]:
    """The turning days as text, after a day or after the last entry."""
    t = record.timeline
    start = date.fromisoformat(after) if after else t.entries[-1].fact.on
    return [day.isoformat() for day in turning_days(t, start)]


def refused(*more: FactSpec) -> Record:
    """An application that was refused, with the receipt of the notice."""
    steps = (
        fact("review.applied", "2025-01-06", review_id="R1"),
        fact("review.determined", "2025-02-03", review_id="R1", outcome="continues",
             determined_by="supt.1", rank="superintendent", reasons="the risk remains"),
        fact("review.notice_received", "2025-02-05", review_id="R1"),
    )  # fmt: skip
    return RELEASED.given(*steps, *more)


class TestOf:
    def test_an_order_are_the_days_after_its_last_and_that_of_its_travel_prohibition(self) -> None:
        record = NOBODY.given(made("2025-03-03", ends_on="2030-03-02", travel_ends_on="2027-03-02"))
        assert turning(record) == ["2027-03-03", "2030-03-03"]

    def test_an_order_without_end_is_none(self) -> None:
        assert turning(NOBODY.given(made("2025-03-03"))) == []
        both = NOBODY.given(made("2025-03-03", travel_ends_on="2027-03-02"))
        assert turning(both) == ["2027-03-03"]

    def test_notification_is_the_first_day_not_subject(self) -> None:
        record = NOBODY.given(convicted("2025-03-03", finding="caution"))
        assert turning(record) == ["2027-03-03"]

    def test_a_ground_still_to_come_is_its_first_day(self) -> None:
        said = convicted("2025-03-03", "imprisonment", "P1Y", threshold=True,
                         sentenced_on="2025-04-07", recorded="2025-05-01")  # fmt: skip
        assert turning(NOBODY.given(said)) == ["2025-04-07", "2035-04-07"]

    def test_a_qualifying_date_is_the_day_after_it(self) -> None:
        assert turning(RELEASED) == ["2022-01-13"]

    def test_an_appeal_against_a_refusal_is_the_day_after_its_last(self) -> None:
        assert turning(refused()) == ["2025-02-26", "2033-02-04"]

    def test_a_category_that_ends_is_that_day(self) -> None:
        """Level 2 lapses with the last category, and with it the next meeting."""
        record = NOBODY.given(
            convicted("2025-03-03", finding="caution"), fact("level.set", "2025-03-04", level=2),
            fact("meeting.held", "2025-03-05", meeting_id="M1", level=2, invited=[], attended=[],
                 next_review_on="2027-06-01"),
        )  # fmt: skip
        assert turning(record) == ["2027-03-03"]
        assert record.due("meeting_due", "2027-03-02") == "2027-06-01"
        assert record.due("meeting_due", "2027-03-03") is None

    def test_the_dead_are_none(self) -> None:
        record = refused(fact("individual.died", "2025-02-06"))
        assert turning(record) == []
        assert turning(record, "2025-02-05") == ["2025-02-06", "2025-02-26", "2033-02-04"]


@pytest.mark.parametrize(
    ("after", "left"), [("2027-03-02", 2), ("2027-03-03", 1), ("2030-03-03", 0)]
)
def test_a_day_itself_is_not_after_it(after: str, left: int) -> None:
    record = NOBODY.given(made("2025-03-03", ends_on="2030-03-02", travel_ends_on="2027-03-02"))
    assert len(turning(record, after)) == left


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(histories(), st.lists(st.integers(0, 60 * 366), max_size=30))
def test_between_two_of_them_the_list_stays_as_it_is(
    entries: list[Entry], ahead: list[int]
) -> None:
    t = timeline(SUBJECT, entries, law())
    assert t is not None
    first = t.entries[-1].fact.on
    days = [first, *turning_days(t, first)]
    assert days == sorted(set(days))
    due = [d.due_on for day in days for d in deadlines(t, day)]
    asked = {first + n * DAY for n in ahead} | {day + n * DAY for day in due for n in (0, 1)}
    asked |= {day - DAY for day in days}
    for day in sorted(asked):
        if day >= first:
            turned = max(turn for turn in days if turn <= day)
            assert deadlines(t, day) == deadlines(t, turned), (day, turned)
