"""Deadlines: what is outstanding and by when (SOA ss.83-86, 91B-91E, 122F; contract, 6)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, law, made, notified, registered
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import timeline

DAY = "2025-03-03"
PERSON = given(registered("2000-01-01"), convicted(DAY, "fine"))
NOBODY = given(registered("2000-01-01"))


def entered(on: str, kind: str = "remand") -> FactSpec:
    return fact("custody.entered", on, kind=kind)


def left(on: str) -> FactSpec:
    return fact("custody.left", on)


def whats(record: Record, on: str) -> list[str]:
    return [d["what"] for d in record.on(on)["deadlines"]]


class TestInitialNotification:
    """s.83(1), (6): 3 days beginning with the relevant date; days inside or abroad left out."""

    def test_the_third_day(self) -> None:
        assert PERSON.due("initial_notification", DAY) == "2025-03-05"
        assert PERSON.due("initial_notification", "2025-04-01") == "2025-03-05"
        assert PERSON.due("initial_notification", "2025-03-02") is None

    @pytest.mark.parametrize("kind", ["initial", "change", "periodic"])
    def test_is_answered_by_any_notification_but_travel_and_return(self, kind: str) -> None:
        person = PERSON.given(notified("2025-03-04", kind))
        assert person.due("initial_notification", "2025-03-03") == "2025-03-05"
        assert person.due("initial_notification", "2025-03-04") is None

    @pytest.mark.parametrize("kind", ["travel", "return"])
    def test_is_not_by_these(self, kind: str) -> None:
        person = PERSON.given(notified("2025-03-04", kind))
        assert person.due("initial_notification", "2025-03-04") == "2025-03-05"

    def test_an_earlier_one_does_not_answer_it(self) -> None:
        person = given(registered("2000-01-01"), notified("2025-03-02"), convicted(DAY, "fine"))
        assert person.due("initial_notification", DAY) == "2025-03-05"

    @pytest.mark.parametrize("kind", ["remand", "sentence", "recall", "hospital", "immigration"])
    def test_stops_inside_and_goes_on_after(self, kind: str) -> None:
        person = PERSON.given(entered("2025-03-05", kind), left("2025-06-10"))
        assert whats(person, "2025-03-05") == ["notification_ends"]
        assert person.due("initial_notification", "2025-06-10") == "2025-06-10"
        person = PERSON.given(entered(DAY, kind), left("2025-06-10"))
        assert person.due("initial_notification", "2025-06-10") == "2025-06-12"

    def test_is_not_changed_by_custody_after_it_ran_out(self) -> None:
        person = PERSON.given(entered("2025-04-01"), left("2025-06-10"))
        assert person.due("initial_notification", DAY) == "2025-03-05"

    def test_stops_abroad(self) -> None:
        person = PERSON.given(
            fact("individual.departed", "2025-03-04"), fact("individual.returned", "2025-06-10")
        )
        assert person.due("initial_notification", "2025-06-10") == "2025-06-11"

    def test_not_for_who_is_subject_already(self) -> None:
        person = PERSON.given(
            notified("2025-03-04"), convicted("2025-04-01", "fine", conviction_id="C2")
        )
        assert person.due("initial_notification", "2025-04-01") is None

    @pytest.mark.parametrize(
        ("caution_on", "due"),
        [
            ("2023-04-02", "2025-04-03"),  # its two years end on the first of the three days
            ("2023-04-03", "2025-04-03"),  # and on the second
            ("2023-04-04", None),  # it lasts to the end of the third
            ("2023-04-01", "2025-04-03"),  # the runs touch
        ],
    )
    def test_for_who_does_not_stay_subject_by_the_earlier_ground(
        self, caution_on: str, due: str | None
    ) -> None:
        """S.83(2)(c)."""
        person = NOBODY.given(
            convicted(caution_on, "caution", finding="caution"), notified(caution_on),
            convicted("2025-04-01", "fine", conviction_id="C2"),
        )  # fmt: skip
        assert person.due("initial_notification", "2025-04-01") == due
        after = person.given(notified("2025-04-02"))
        assert after.due("initial_notification", "2025-04-02") is None

    def test_for_who_had_not_notified_for_the_earlier_ground(self) -> None:
        """S.83(2)(b): each ground has a day of its own by which to notify."""
        person = PERSON.given(convicted("2025-04-01", "fine", conviction_id="C2"))
        due = [d["due_on"] for d in person.on("2025-04-01")["deadlines"]]
        assert due[:2] == ["2025-03-05", "2025-04-03"]

    @pytest.mark.parametrize("told", [(), (notified("2025-03-04"),)])
    def test_not_for_an_order_made_while_subject(self, told: tuple[FactSpec, ...]) -> None:
        """S.103G(1)."""
        person = PERSON.given(*told, made("2025-04-01"))
        due = [d["due_on"] for d in person.on("2025-04-01")["deadlines"]]
        assert "2025-04-03" not in due
        assert ("2025-03-05" in due) == (not told)

    @pytest.mark.parametrize(
        ("served", "due"), [({}, "2025-03-05"), ({"served_on": "2025-03-20"}, "2025-03-22")]
    )
    def test_of_an_order_from_its_service(self, served: dict[str, str], due: str) -> None:
        assert NOBODY.given(made(DAY, **served)).due("initial_notification", "2025-04-01") == due

    def test_of_an_order_served_later_the_first_time_counts(self) -> None:
        person = NOBODY.given(made(DAY), fact("order.served", "2025-03-10", order_id="S1"))
        assert person.due("initial_notification", "2025-04-01") == "2025-03-12"
        person = person.given(fact("order.served", "2025-03-20", order_id="S1"))
        assert person.due("initial_notification", "2025-04-01") == "2025-03-12"

    def test_of_a_notice_from_the_day_it_is_given(self) -> None:
        person = NOBODY.given(
            convicted("2024-01-10", "life", conviction_id="F1", foreign=True),
            made(DAY, "s96za_notice", "N1", foreign_conviction_id="F1"),
        )
        assert person.due("initial_notification", DAY) == "2025-03-05"

    def test_of_a_threshold_offence_from_the_sentence(self) -> None:
        met = {"threshold": True, "sentenced_on": DAY, "recorded": DAY}
        said = convicted("2025-01-10", "imprisonment", "P1Y", **met)
        assert NOBODY.given(said).due("initial_notification", DAY) == "2025-03-05"


class TestRelease:
    """s.84(1)(d): 3 days beginning with release."""

    TOLD = PERSON.given(notified("2025-03-04"), entered("2025-04-01"), left("2025-06-10"))

    def test_is_notified_within_3_days(self) -> None:
        assert self.TOLD.due("change_notification", "2025-06-10") == "2025-06-12"
        answered = self.TOLD.given(notified("2025-06-11", "change"))
        assert answered.due("change_notification", "2025-06-11") is None

    def test_from_a_recall_too(self) -> None:
        person = self.TOLD.given(
            notified("2025-06-11", "change"), entered("2025-07-01", "recall"), left("2025-07-28")
        )
        assert person.due("change_notification", "2025-07-28") == "2025-07-30"

    def test_back_inside_the_clock_stops(self) -> None:
        person = self.TOLD.given(entered("2025-06-11"), left("2025-08-01"))
        due = [d["due_on"] for d in person.on("2025-08-01")["deadlines"]]
        assert due[:2] == ["2025-08-02", "2025-08-03"]  # that of the first release goes on
        answered = person.given(notified("2025-08-01", "change"))
        assert answered.due("change_notification", "2025-08-01") is None

    @pytest.mark.parametrize(
        "leaving", [(left("2025-06-10"), fact("individual.departed", "2025-06-10")),
                    (fact("individual.departed", "2025-06-10"),)],
    )  # fmt: skip
    def test_released_and_gone_on_one_day_it_runs_on_return(
        self, leaving: tuple[FactSpec, ...]
    ) -> None:
        person = PERSON.given(
            notified("2025-03-04"), entered("2025-04-01"), *leaving,
            fact("individual.returned", "2025-09-01"),
        )  # fmt: skip
        assert person.due("change_notification", "2025-06-10") is None
        assert person.due("change_notification", "2025-09-01") == "2025-09-03"

    def test_a_release_before_being_subject_is_none(self) -> None:
        person = given(
            registered("2000-01-01"), entered("2025-01-10"), left("2025-02-01"),
            convicted(DAY, "fine"), notified(DAY),
        )  # fmt: skip
        assert person.due("change_notification", DAY) is None


class TestPeriodicNotification:
    """s.85: within a year after the last; 7 days with no fixed address from 13 August 2012."""

    @pytest.mark.parametrize(
        ("notified_on", "due"),
        [("2025-03-04", "2026-03-04"), ("2024-02-29", "2025-02-28"), ("2023-03-01", "2024-03-01")],
    )
    def test_a_year(self, notified_on: str, due: str) -> None:
        person = given(
            registered("2000-01-01"), convicted("2023-01-10", "fine"), notified(notified_on)
        )
        assert person.due("periodic_notification", notified_on) == due

    @pytest.mark.parametrize("kind", ["initial", "change", "periodic"])
    def test_each_begins_the_year_anew(self, kind: str) -> None:
        person = PERSON.given(notified("2025-03-04"), notified("2025-09-01", kind))
        assert person.due("periodic_notification", "2025-08-31") == "2026-03-04"
        assert person.due("periodic_notification", "2025-09-01") == "2026-09-01"

    def test_travel_does_not(self) -> None:
        person = PERSON.given(notified("2025-03-04"), notified("2025-09-01", "travel"))
        assert person.due("periodic_notification", "2025-09-01") == "2026-03-04"

    @pytest.mark.parametrize(
        ("notified_on", "due", "rule"),
        [
            ("2012-08-12", "2013-08-12", "soa2003.s85.1"),
            ("2012-08-13", "2012-08-20", "soa2003.s85.5"),
        ],
    )
    def test_without_an_address(self, notified_on: str, due: str, rule: str) -> None:
        person = given(
            registered("2000-01-01"), convicted("2012-01-10", "life"),
            notified(notified_on, no_fixed_address=True),
        )  # fmt: skip
        [found] = [
            d for d in person.on(notified_on)["deadlines"] if d["what"] == "periodic_notification"
        ]
        assert (found["due_on"], found["rule"]) == (due, rule)

    @pytest.mark.parametrize(
        ("back", "due"), [("2026-03-04", "2026-03-04"), ("2026-03-05", "2026-03-07")]
    )
    def test_a_year_that_ends_inside_goes_on_3_days_after(self, back: str, due: str) -> None:
        person = PERSON.given(notified("2025-03-04"), entered("2026-01-10"), left(back))
        assert person.due("periodic_notification", back) == due

    def test_a_change_of_place_inside_is_not_the_end_of_it(self) -> None:
        person = PERSON.given(
            notified("2025-03-04"),
            entered("2026-01-10"),
            entered("2026-04-01", "hospital"),
            left("2026-06-01"),
        )
        assert person.due("periodic_notification", "2026-06-01") == "2026-06-03"

    def test_a_year_that_ends_inside_with_no_release_known_is_not_due(self) -> None:
        person = PERSON.given(notified("2025-03-04"), entered("2026-01-10"))
        assert person.due("periodic_notification", "2025-06-01") is None

    def test_not_after_the_last_day_subject(self) -> None:
        person = given(
            registered("2000-01-01"), convicted(DAY, finding="caution"), notified("2026-03-02")
        )
        assert person.due("periodic_notification", "2026-06-01") == "2027-03-02"
        person = person.given(notified("2026-03-03"))
        assert person.due("periodic_notification", "2026-06-01") is None


class TestSexualRiskOrders:
    """s.122F: 3 days beginning with service, only while not otherwise subject."""

    @pytest.mark.parametrize("kind", ["sro", "interim_sro"])
    def test_from_service(self, kind: str) -> None:
        person = NOBODY.given(made(DAY, kind, served_on="2025-03-10"))
        assert person.due("sro_notification", "2025-03-10") == "2025-03-12"
        assert person.given(notified("2025-03-11")).due("sro_notification", "2025-03-11") is None

    def test_not_for_an_order_that_replaces_an_interim_one(self) -> None:
        person = NOBODY.given(made("2025-02-01", "interim_sro", "I1"), notified("2025-02-02"))
        person = person.given(made(DAY, "sro"))
        assert person.due("sro_notification", DAY) is None

    def test_the_unmet_duty_under_an_interim_one_outlasts_it(self) -> None:
        interim = made("2025-03-01", "interim_sro", "I1", served_on="2025-03-02")
        person = NOBODY.given(interim, made(DAY, "sro"))
        assert person.due("sro_notification", DAY) == "2025-03-04"
        assert person.given(notified(DAY)).due("sro_notification", DAY) is None

    def test_not_for_who_is_otherwise_subject(self) -> None:
        assert PERSON.given(made(DAY, "sro")).due("sro_notification", DAY) is None

    def test_not_for_who_was_subject_at_service(self) -> None:
        person = NOBODY.given(
            convicted("2023-03-11", finding="caution"), notified("2023-03-12"), made(DAY, "sro")
        )
        assert not person.subject("2025-03-20")
        assert person.due("sro_notification", "2025-03-20") is None

    def test_again_for_an_order_that_replaces_a_full_one(self) -> None:
        person = NOBODY.given(
            made("2025-02-01", "sro"), notified("2025-02-02"), made(DAY, "sro", "S2")
        )
        assert person.due("sro_notification", DAY) == "2025-03-05"

    def test_not_for_an_order_of_another_kind(self) -> None:
        assert whats(NOBODY.given(made(DAY, "terrorist_travel_order")), DAY) == []

    def test_not_after_the_order(self) -> None:
        person = NOBODY.given(made(DAY, "interim_sro", ends_on="2025-03-20"))
        assert person.due("sro_notification", "2025-03-20") == "2025-03-05"
        assert person.due("sro_notification", "2025-03-21") is None


class TestEnds:
    def test_of_orders_travel_and_notification_also_while_inside(self) -> None:
        person = NOBODY.given(
            made(DAY, ends_on="2030-03-02", travel_ends_on="2027-03-02"), entered("2025-04-01")
        )
        found = [(d["what"], d["due_on"]) for d in person.on("2025-05-01")["deadlines"]]
        assert found == [
            ("travel_prohibition_ends", "2027-03-02"),
            ("notification_ends", "2030-03-02"),
            ("order_ends", "2030-03-02"),
        ]
        rules = [d["rule"] for d in person.on("2025-05-01")["deadlines"]]
        assert rules == ["soa2003.s103d.1", "soa2003.s103g", "soa2003.s103a"]
        assert "travel_prohibition_ends" in whats(person, "2027-03-02")
        assert "travel_prohibition_ends" not in whats(person, "2027-03-03")
        assert whats(person, "2030-03-03") == []

    def test_without_end_are_none(self) -> None:
        assert whats(NOBODY.given(made(DAY), notified(DAY)), DAY) == ["periodic_notification"]

    def test_the_dead_owe_nothing(self) -> None:
        assert whats(PERSON.given(fact("individual.died", "2025-03-10")), "2025-03-10") == []


class TestReviews:
    APPLIED = given(
        registered("1990-01-01", born="1970-01-01"),
        convicted("2005-01-10", "life"),
        fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
        left("2007-01-10"),
        notified("2007-01-12"),
        fact("review.applied", "2025-01-06", review_id="R1"),
    )

    def step(self, what: str, on: str, **data: Any) -> FactSpec:
        return fact(f"review.{what}", on, review_id="R1", **data)

    def test_the_qualifying_date_while_it_is_ahead(self) -> None:
        assert self.APPLIED.due("review_qualifying", "2022-01-12") == "2022-01-12"
        assert self.APPLIED.due("review_qualifying", "2022-01-13") is None

    def test_acknowledge_within_14_days_of_receipt(self) -> None:
        assert self.APPLIED.due("review_acknowledge", "2025-01-06") == "2025-01-20"
        dead = self.APPLIED.given(fact("individual.died", "2025-01-15"))
        assert dead.due("review_acknowledge", "2025-01-14") == "2025-01-20"
        assert dead.due("review_acknowledge", "2025-01-15") is None
        person = self.APPLIED.given(self.step("acknowledged", "2025-01-10"))
        assert person.due("review_acknowledge", "2025-01-10") is None

    def test_determine_within_6_weeks_of_28_days_of_the_last_notice_to_a_body(self) -> None:
        assert self.APPLIED.due("review_determine", "2025-01-07") is None
        person = self.APPLIED.given(
            self.step("body_notified", "2025-01-10", body="prisons"),
            self.step("body_notified", "2025-01-15", body="probation"),
        )
        assert person.due("review_determine", "2025-01-14") == "2025-03-21"
        assert person.due("review_determine", "2025-01-15") == "2025-03-26"

    def test_of_two_notices_the_first_starts_the_time_to_appeal(self) -> None:
        """Both may have been accepted, by an earlier release."""
        person = self.APPLIED.given(
            self.step("determined", "2025-02-01", outcome="continues", determined_by="supt.1",
                      rank="superintendent", further_years=8),
            self.step("notice_received", "2025-02-03"),
        )  # fmt: skip
        first = person.entries[-1]
        again = first._replace(
            id="again", sequence=first.sequence + 1,
            fact=first.fact.model_copy(update={"on": date(2025, 2, 10)}),
        )  # fmt: skip
        known = timeline("CHE-1", [*person.entries, again], law())
        assert known is not None
        due = [d.due_on for d in deadlines(known, date(2025, 2, 11)) if d.what == "review_appeal"]
        assert due == [date(2025, 2, 23)]

    def test_a_determination_answers_both(self) -> None:
        person = self.APPLIED.given(
            self.step("body_notified", "2025-01-15", body="probation"),
            self.step("determined", "2025-02-01", outcome="revoked", determined_by="supt.1",
                      rank="superintendent"),
            self.step("notice_received", "2025-02-03"),
        )  # fmt: skip
        left_over = [w for w in whats(person, "2025-02-03") if w.startswith("review")]
        assert left_over == []
