"""From when a person may ask for review of indefinite requirements (SOA ss.91A, 91B; contract, 3).

Bars, dates set by a person, revocation and appeal are in `test_review_steps`.
"""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, notified, registered, sentenced

ADULT = registered("1990-01-01", born="1970-01-01")


def entered(on: str, kind: str = "sentence", ref: str | None = "C1") -> FactSpec:
    named = {"conviction_id": ref} if ref else {}
    return fact("custody.entered", on, kind=kind, **named)


def left(on: str) -> FactSpec:
    return fact("custody.left", on)


def served(conviction: str = "2005-01-10", *, born: str = "1970-01-01") -> Record:
    """Sentenced to 4 years, released on 10 January 2007, not yet notified."""
    return given(
        registered("1990-01-01", born=born),
        convicted(conviction, "imprisonment", "P4Y"),
        entered("2005-01-10"),
        left("2007-01-10"),
    )


def review(record: Record, on: str = "2024-01-01") -> dict[str, Any]:
    found: dict[str, Any] = record.on(on)["review"]
    return found


def qualifying(record: Record, on: str = "2024-01-01") -> str | None:
    date: str | None = review(record, on)["qualifying_on"]
    return date


class TestTheQualifyingDate:
    """s.91B(2): the day after 15 years, or 8, beginning with the relevant notification."""

    def test_15_years_from_the_first_notification_after_release(self) -> None:
        person = served().given(notified("2007-01-12"))
        found = review(person)
        assert (found["qualifying_on"], found["rule"]) == ("2022-01-12", "soa2003.s91b.2")
        assert found["entries"] == [f"/cheshire/ppu e{n}" for n in (2, 4, 5)]

    def test_not_from_conviction_sentence_or_release(self) -> None:
        assert qualifying(served().given(notified("2008-06-30"))) == "2023-06-30"

    @pytest.mark.parametrize(
        ("born", "date"),
        [("1987-01-11", "2015-01-12"), ("1987-01-10", "2022-01-12"), ("1987-01-09", "2022-01-12")],
    )
    def test_8_years_under_18_on_the_relevant_date(self, born: str, date: str) -> None:
        assert qualifying(served(born=born).given(notified("2007-01-12")), "2010-01-01") == date

    @pytest.mark.parametrize(
        ("notified_on", "date"), [("2008-02-29", "2023-03-01"), ("2008-02-28", "2023-02-28")]
    )
    def test_29_february(self, notified_on: str, date: str) -> None:
        assert qualifying(served().given(notified(notified_on))) == date

    @pytest.mark.parametrize(
        ("day", "eligible"), [("2022-01-11", False), ("2022-01-12", True), ("2022-01-13", True)]
    )
    def test_eligible_from_the_date_on(self, day: str, eligible: bool) -> None:
        assert review(served().given(notified("2007-01-12")), day)["eligible"] == eligible

    @pytest.mark.parametrize(("day", "eligible"), [("2012-07-29", False), ("2012-07-30", True)])
    def test_nobody_is_eligible_before_30_july_2012(self, day: str, eligible: bool) -> None:
        person = given(
            registered("1990-01-01", born="1990-01-01"),
            convicted("2004-05-01", "imprisonment", "P3Y"),
            entered("2004-05-01"),
            left("2004-06-01"),
            notified("2004-06-01"),
        )
        found = review(person, day)
        assert (found["qualifying_on"], found["eligible"]) == ("2012-06-01", eligible)

    def test_nobody_without_an_indefinite_ground(self) -> None:
        person = given(ADULT, convicted("2005-01-10", "imprisonment", "P2Y"), made("2016-01-10"))
        found = review(person, "2016-02-01")
        assert (found["qualifying_on"], found["eligible"], found["blocked_by"]) == (None, False, [])


class TestTheRelevantNotification:
    @pytest.mark.parametrize("kind", ["initial", "change", "periodic"])
    def test_is_of_these_kinds(self, kind: str) -> None:
        assert qualifying(served().given(notified("2007-01-12", kind))) == "2022-01-12"

    @pytest.mark.parametrize("kind", ["travel", "return"])
    def test_is_not_of_others(self, kind: str) -> None:
        person = served().given(notified("2007-01-12", kind), notified("2007-03-01"))
        assert qualifying(person) == "2022-03-01"

    @pytest.mark.parametrize(
        ("notified_on", "date"), [("2007-01-09", None), ("2007-01-10", "2022-01-10")]
    )
    def test_is_given_on_or_after_the_release(self, notified_on: str, date: str | None) -> None:
        assert qualifying(served().given(notified(notified_on))) == date

    def test_is_given_on_or_after_the_relevant_date(self) -> None:
        """Remanded, then bailed: an earlier registrant's notification before conviction."""
        person = given(
            ADULT,
            convicted("2003-01-10", "imprisonment", "P1Y", conviction_id="C0"),
            convicted("2005-01-10", "imprisonment", "P4Y"),
            entered("2004-08-01", "remand"),
            left("2004-09-01"),
            notified("2004-09-02", "change"),
            notified("2005-01-10", "periodic"),
        )
        assert qualifying(person) == "2020-01-10"

    def test_before_1_may_2004_leaves_the_date_to_a_person(self) -> None:
        for notified_on, date in (("2004-04-30", None), ("2004-05-01", "2019-05-01")):
            person = given(
                ADULT,
                convicted("2000-01-10", "imprisonment", "P4Y"),
                entered("2000-01-10"),
                left("2003-01-10"),
                notified(notified_on),
            )
            assert qualifying(person) == date
            assert ("no_qualifying_date" in person.findings("2024-01-01")) == (date is None)

    def test_may_be_recorded_late_in_any_order(self) -> None:
        person = served().given(notified("2007-01-12", "periodic"))
        later = person.given(notified("2007-01-11", recorded="2023-01-01"))
        assert qualifying(later) == "2022-01-11"
        assert qualifying(later.known("2022-12-31")) == "2022-01-12"


class TestCustodyInRelationToTheConviction:
    def test_none_linked_leaves_the_date_to_a_person(self) -> None:
        person = given(
            ADULT,
            convicted("2005-01-10", "imprisonment", "P4Y"),
            entered("2005-01-10", ref=None),
            left("2007-01-10"),
            notified("2007-01-12"),
        )
        assert qualifying(person) is None
        assert "no_qualifying_date" in person.findings("2024-01-01")

    @pytest.mark.parametrize(
        ("kind", "date"),
        [
            ("remand", "2022-01-12"),
            ("sentence", "2022-01-12"),
            ("hospital", "2022-01-12"),
            ("recall", None),
            ("immigration", None),
        ],
    )
    def test_kinds_that_link(self, kind: str, date: str | None) -> None:
        person = given(
            ADULT,
            convicted("2005-01-10", "imprisonment", "P4Y"),
            entered("2005-01-10", kind),
            left("2007-01-10"),
            notified("2007-01-12"),
        )
        assert qualifying(person) == date

    def test_a_change_of_kind_is_the_same_stay(self) -> None:
        person = given(
            ADULT,
            entered("2004-09-01", "remand", ref=None),
            convicted("2005-01-10", "imprisonment", "P4Y"),
            entered("2005-01-10"),
            entered("2006-01-10", "hospital", ref=None),
            left("2007-01-10"),
            notified("2007-01-12"),
        )
        assert qualifying(person) == "2022-01-12"

    def test_the_first_release_counts_not_that_from_a_recall(self) -> None:
        person = served().given(
            notified("2007-01-12"),
            entered("2008-01-10", "recall", ref=None),
            left("2009-01-10"),
            notified("2009-01-11", "change"),
        )
        assert qualifying(person) == "2022-01-12"

    def test_custody_for_another_offence_neither_counts_nor_stops_the_clock(self) -> None:
        person = given(
            ADULT,
            convicted("2005-01-10", "imprisonment", "P4Y"),
            convicted("2003-01-10", "imprisonment", "P1Y", conviction_id="C2", schedule_3=False),
            entered("2004-06-01", ref="C2"),
            left("2004-09-01"),
            notified("2004-09-01"),
            entered("2005-01-10"),
            left("2007-01-10"),
            notified("2007-01-12"),
            entered("2010-01-10", ref="C2"),
            left("2012-01-10"),
        )
        assert qualifying(person) == "2022-01-12"

    def test_departure_ends_a_stay(self) -> None:
        person = given(
            ADULT,
            convicted("2005-01-10", "imprisonment", "P4Y"),
            entered("2005-01-10"),
            fact("individual.departed", "2007-01-10", reason="deported"),
            fact("individual.returned", "2008-01-10"),
            notified("2008-01-12"),
        )
        assert qualifying(person) == "2023-01-12"

    def test_still_inside_there_is_no_date(self) -> None:
        person = given(ADULT, convicted("2005-01-10", "life"), entered("2005-01-10"))
        assert qualifying(person) is None
        assert person.findings("2024-01-01") == []


class TestForeignConvictions:
    """For a notice or notification order: the first notification on or after it."""

    @pytest.mark.parametrize(
        ("kind", "on"), [("notification_order", "2010-03-01"), ("s96za_notice", "2023-03-01")]
    )
    @pytest.mark.parametrize(("born", "years"), [("1987-01-11", 8), ("1987-01-10", 15)])
    def test_the_age_is_that_at_the_foreign_finding(
        self, kind: str, on: str, born: str, years: int
    ) -> None:
        person = given(
            registered("1990-01-01", born=born),
            convicted("2005-01-10", "life", conviction_id="F1", foreign=True),
            notified(on[:8] + "01"),
            made(on, kind, "N1", foreign_conviction_id="F1"),
        )
        assert qualifying(person, on) == f"{int(on[:4]) + years}-03-01"


class TestSeveralGrounds:
    def two(self, *more: FactSpec) -> Record:
        return served().given(
            notified("2007-01-12"),
            convicted("2010-01-10", "imprisonment", "P3Y", conviction_id="C2"),
            entered("2010-01-10", ref="C2"),
            *more,
        )

    def test_the_latest_date_counts(self) -> None:
        person = self.two(left("2011-06-01"), notified("2011-06-02", "change"))
        assert qualifying(person) == "2026-06-02"
        assert qualifying(person, "2009-01-01") == "2022-01-12"

    def test_where_one_has_none_there_is_none(self) -> None:
        assert qualifying(self.two()) is None

    def test_a_fixed_ground_does_not_count(self) -> None:
        later = convicted("2023-01-10", "fine", conviction_id="C2")
        assert review(served().given(notified("2007-01-12"), later))["eligible"]

    def test_an_indefinite_period_shortened_on_appeal_has_none(self) -> None:
        person = served().given(
            notified("2007-01-12"), sentenced("2008-01-10", "imprisonment", "P2Y")
        )
        assert review(person, "2010-01-01")["qualifying_on"] is None
