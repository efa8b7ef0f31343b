"""What bars a review and its steps: dates set, determination, appeal (SOA ss.91A-91E)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, notified, registered

# Subject indefinitely, qualifying on 12 January 2022.
PERSON = given(
    registered("1990-01-01", born="1970-01-01"),
    convicted("2005-01-10", "imprisonment", "P4Y"),
    fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2007-01-10"),
    notified("2007-01-12"),
)


def step(what: str, on: str, ref: str = "R1", **data: Any) -> FactSpec:
    return fact(f"review.{what}", on, review_id=ref, **data)


def determined(on: str, outcome: str = "continues", ref: str = "R1", **data: Any) -> FactSpec:
    by = {"determined_by": "supt.1", "rank": "superintendent"}
    return step("determined", on, ref, outcome=outcome, **by | data)


def date_set(on: str, qualifying_on: str) -> FactSpec:
    by = {"authorised_by": "supt.1", "reason": "first notified in 1999"}
    return fact("review.qualifying_date_set", on, qualifying_on=qualifying_on, **by)


def review(record: Record, on: str) -> dict[str, Any]:
    found: dict[str, Any] = record.on(on)["review"]
    return found


class TestWhatBars:
    """s.91A(2)(b): an SHPO, interim SHPO, SOPO or interim SOPO, and nothing else."""

    @pytest.mark.parametrize(
        ("kind", "on", "bars"),
        [
            ("shpo", "2020-01-10", True),
            ("interim_shpo", "2020-01-10", True),
            ("sopo", "2014-01-10", True),
            ("interim_sopo", "2014-01-10", True),
            ("sro", "2020-01-10", False),
            ("interim_sro", "2020-01-10", False),
            ("rosho", "2014-01-10", False),
            ("fto", "2014-01-10", False),
            ("terrorist_notification_order", "2020-01-10", False),
        ],
    )
    def test_by_kind(self, kind: str, on: str, bars: bool) -> None:
        person = PERSON.given(made(on, kind))
        found = review(person, "2022-01-12")
        assert found["blocked_by"] == (["S1"] if bars else [])
        assert found["eligible"] == (not bars)

    def test_until_the_order_ends_and_no_clock_begins_anew(self) -> None:
        person = PERSON.given(made("2018-01-10", ends_on="2023-01-09"))
        assert not review(person, "2023-01-09")["eligible"]
        assert review(person, "2023-01-10")["eligible"]

    def test_several_by_start(self) -> None:
        person = PERSON.given(
            made("2018-01-10", "interim_shpo", "S9"),
            made("2019-01-10", "interim_shpo", "S1"),
        )
        assert review(person, "2024-01-01")["blocked_by"] == ["S9", "S1"]


class TestPending:
    def test_from_the_application_to_the_determination(self) -> None:
        person = PERSON.given(step("applied", "2022-02-01"), determined("2022-04-01"))
        assert review(person, "2022-01-31")["pending"] is None
        assert review(person, "2022-02-01")["pending"] == "R1"
        assert review(person, "2022-03-31")["pending"] == "R1"
        assert review(person, "2022-04-01")["pending"] is None

    def test_it_does_not_change_eligible(self) -> None:
        assert review(PERSON.given(step("applied", "2022-02-01")), "2022-03-01")["eligible"]

    def test_not_after_death(self) -> None:
        person = PERSON.given(step("applied", "2022-02-01"), fact("individual.died", "2022-03-01"))
        assert review(person, "2022-03-01")["pending"] is None


class TestRefused:
    """s.91B(3)-(6): 8 years beginning with the day of the determination, or up to 15."""

    @pytest.mark.parametrize(
        ("years", "date", "rule"),
        [
            (None, "2030-04-01", "soa2003.s91b.3"),
            (8, "2030-04-01", "soa2003.s91b.3"),
            (9, "2031-04-01", "soa2003.s91b.4"),
            (15, "2037-04-01", "soa2003.s91b.4"),
        ],
    )
    def test_further_period(self, years: int | None, date: str, rule: str) -> None:
        further = {} if years is None else {"further_years": years}
        person = PERSON.given(step("applied", "2022-02-01"), determined("2022-04-01", **further))
        found = review(person, "2022-04-01")
        assert (found["qualifying_on"], found["eligible"], found["rule"]) == (date, False, rule)
        assert review(person, "2022-03-31")["qualifying_on"] == "2022-01-12"

    @pytest.mark.parametrize("years", [0, 7, 16, 99])
    def test_no_shorter_no_longer(self, years: int) -> None:
        person = PERSON.given(step("applied", "2022-02-01"))
        person.when(determined("2022-04-01", further_years=years)).then_refused(
            "further_period", overridable=True, field="further_years"
        )

    def test_the_clock_is_that_of_the_determination_not_of_a_dismissed_appeal(self) -> None:
        person = PERSON.given(
            step("applied", "2022-02-01"),
            determined("2022-04-01"),
            step("notice_received", "2022-04-05"),
            step("appealed", "2022-04-10"),
            step("appeal_decided", "2022-09-01", outcome="dismissed"),
        )
        assert review(person, "2022-10-01")["qualifying_on"] == "2030-04-01"
        assert person.subject("2022-10-01")

    def test_it_stands_for_the_grounds_begun_before_it(self) -> None:
        person = PERSON.given(
            step("applied", "2022-02-01"),
            determined("2022-04-01"),
            convicted("2023-01-10", "life", conviction_id="C2"),
        )
        assert review(person, "2023-01-09")["qualifying_on"] == "2030-04-01"
        assert review(person, "2023-01-10")["qualifying_on"] is None

    def test_a_ground_begun_on_its_day_is_not_begun_before_it(self) -> None:
        person = PERSON.given(
            convicted("2022-04-01", "life", conviction_id="C2"),
            date_set("2022-04-01", "2022-01-12"),
        )
        assert review(person, "2022-04-01")["qualifying_on"] is None

    def test_an_application_on_the_further_date_and_the_day_before(self) -> None:
        person = PERSON.given(step("applied", "2022-02-01"), determined("2022-04-01"))
        early = step("applied", "2030-03-31", "R2")
        person.when(early).then_refused("before_qualifying_date", overridable=True)
        person.given(step("applied", "2030-04-01", "R2"))


class TestSetByAPerson:
    BEFORE_2004 = given(
        registered("1990-01-01", born="1960-01-01"),
        convicted("1998-01-10", "imprisonment", "P4Y"),
        fact("custody.entered", "1998-01-10", kind="sentence", conviction_id="C1"),
        fact("custody.left", "1999-01-10"),
        notified("1999-01-12"),
    )

    def test_where_the_law_leaves_it_to_one(self) -> None:
        person = self.BEFORE_2004.given(date_set("2014-02-01", "2014-01-12"))
        assert review(person, "2014-01-31")["qualifying_on"] is None
        found = review(person, "2014-02-01")
        assert (found["qualifying_on"], found["eligible"]) == ("2014-01-12", True)
        assert found["rule"] == "person.qualifying_date_set"
        assert "no_qualifying_date" not in person.findings("2014-02-01")

    def test_an_application_with_no_date_is_insisted_on(self) -> None:
        said = step("applied", "2014-03-01")
        self.BEFORE_2004.needs_override(said, "before_qualifying_date", field="on")

    @pytest.mark.parametrize(("date", "early"), [("2022-01-11", True), ("2022-01-12", False)])
    def test_no_earlier_than_the_laws(self, date: str, early: bool) -> None:
        said = date_set("2020-01-01", date)
        if early:
            PERSON.needs_override(said, "earlier_than_law", field="qualifying_on")
        else:
            PERSON.given(said)

    def test_the_last_of_date_set_and_determined_stands(self) -> None:
        person = PERSON.given(date_set("2020-01-01", "2023-01-12"))
        assert review(person, "2021-01-01")["qualifying_on"] == "2023-01-12"
        person = person.given(step("applied", "2023-02-01"), determined("2023-04-01"))
        assert review(person, "2023-04-01")["qualifying_on"] == "2031-04-01"
        person = person.given(date_set("2023-05-01", "2032-01-01"))
        assert review(person, "2023-05-01")["qualifying_on"] == "2032-01-01"


class TestRevoked:
    """s.91C(4): on the day the notice is received; ends indefinite grounds begun before it."""

    APPLIED = PERSON.given(step("applied", "2022-02-01"), determined("2022-04-01", "revoked"))

    def test_on_the_day_the_notice_is_received(self) -> None:
        assert self.APPLIED.subject("2022-04-01")
        assert review(self.APPLIED, "2022-04-01")["qualifying_on"] == "2022-01-12"
        person = self.APPLIED.given(step("notice_received", "2022-04-05"))
        assert person.last_day("2022-04-04") == "2022-04-04"
        assert not person.subject("2022-04-05")
        assert person.on("2022-04-05")["status"]["category"] is None
        assert review(person, "2022-04-05")["qualifying_on"] is None

    def test_no_other_ground_ends(self) -> None:
        person = self.APPLIED.given(
            convicted("2022-03-01", "fine", conviction_id="C2"),
            made("2022-04-02"),
            step("notice_received", "2022-04-05"),
        )
        answer = person.on("2022-04-05")["notification"]
        assert {g["ground"] for g in answer["grounds"]} == {"conviction", "shpo"}
        assert (answer["from"], answer["indefinite"]) == ("2005-01-10", False)

    @pytest.mark.parametrize(("on", "ends"), [("2022-04-04", True), ("2022-04-05", False)])
    def test_only_grounds_begun_before_that_day(self, on: str, ends: bool) -> None:
        person = self.APPLIED.given(
            convicted(on, "life", conviction_id="C2"), step("notice_received", "2022-04-05")
        )
        assert person.subject("2022-05-01") == (not ends)

    def test_a_ground_that_ended_before_stays_ended(self) -> None:
        person = self.APPLIED.given(
            fact("conviction.quashed", "2022-04-03", conviction_id="C1"),
            step("notice_received", "2022-04-05"),
        )
        assert person.last_day("2022-04-02") == "2022-04-02"

    def test_a_refusal_received_ends_nothing(self) -> None:
        person = PERSON.given(
            step("applied", "2022-02-01"),
            determined("2022-04-01"),
            step("notice_received", "2022-04-05"),
        )
        assert person.subject("2022-04-05")

    def test_on_the_day_of_the_courts_order_on_appeal(self) -> None:
        person = PERSON.given(
            step("applied", "2022-02-01"),
            determined("2022-04-01"),
            step("notice_received", "2022-04-05"),
            step("appealed", "2022-04-20"),
            step("appeal_decided", "2022-09-01", outcome="allowed"),
        )
        assert person.last_day("2022-08-31") == "2022-08-31"
        assert not person.subject("2022-09-01")


class TestTheAppeal:
    """s.91E(2): 21 days beginning with the day the notice is received."""

    @pytest.mark.parametrize(
        ("on", "late"), [("2022-04-24", False), ("2022-04-25", False), ("2022-04-26", True)]
    )
    def test_days(self, on: str, late: bool) -> None:
        person = PERSON.given(
            step("applied", "2022-02-01"),
            determined("2022-04-01"),
            step("notice_received", "2022-04-05"),
        )
        if late:
            person.needs_override(step("appealed", on), "appeal_too_late", field="on")
        else:
            person.given(step("appealed", on))
            assert person.due("review_appeal", on) == "2022-04-25"
            assert person.given(step("appealed", on)).due("review_appeal", on) is None
        assert person.due("review_appeal", "2022-04-26") is None
