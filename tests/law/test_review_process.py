"""Where a review stands: its stages one by one, its steps, deadlines and factors (ss.91A-91E)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, moment, notified, registered
from tracker.domain.answers.review_process import FACTORS, review_answer

LETTERS = list("abcdefghijklmno")

# Indefinite from 10 January 2005, qualifying on 12 January 2022.
INDEFINITE = given(
    registered("1996-01-01", born="1970-01-01"),
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


APPLIED = INDEFINITE.given(step("applied", "2022-02-01"))
NOTIFIED = APPLIED.given(
    step("acknowledged", "2022-02-10"),
    step("body_notified", "2022-02-10", body="probation"),
    step("body_notified", "2022-02-14", body="prisons"),
)
CONTINUES = NOTIFIED.given(determined("2022-04-01"))
RECEIVED = CONTINUES.given(step("notice_received", "2022-04-05"))
APPEALED = RECEIVED.given(step("appealed", "2022-04-20"))


def at(record: Record, on: str) -> dict[str, Any]:
    known_at = record.known_at or moment("2030-01-01")
    return review_answer(record.timeline, date.fromisoformat(on), known_at)


def stage(record: Record, on: str) -> str:
    found: str = at(record, on)["stage"]
    return found


def steps(record: Record, on: str, name: str, application: int = 0) -> list[dict[str, Any]]:
    found = at(record, on)["applications"][application]["steps"]
    return [s for s in found if s["step"] == name]


def only(record: Record, on: str, name: str) -> dict[str, Any]:
    [found] = steps(record, on, name)
    return found


class TestBeforeAnApplication:
    def test_not_indefinite(self) -> None:
        fined = given(registered("1996-01-01"), convicted("2020-03-02", "fine"))
        assert stage(fined, "2020-03-02") == "not_indefinite"
        assert stage(INDEFINITE, "2005-01-09") == "not_indefinite"

    def test_needs_date(self) -> None:
        for_life = given(registered("1996-01-01"), convicted("2020-03-02", "life"))
        answer = at(for_life, "2020-03-02")
        assert answer["stage"] == "needs_date"
        assert answer["review"]["needs"] == "no custody in relation to the conviction is recorded"
        assert stage(INDEFINITE, "2005-01-10") == "waiting"

    def test_waiting_to_the_day_before_the_qualifying_date(self) -> None:
        answer = at(INDEFINITE, "2022-01-11")
        assert answer["stage"] == "waiting"
        assert answer["deadlines"] == [
            {"what": "review_qualifying", "due_on": "2022-01-12", "rule": "soa2003.s91b.2",
             "ref": ""},
        ]  # fmt: skip

    def test_eligible_from_it(self) -> None:
        assert stage(INDEFINITE, "2022-01-12") == "eligible"
        assert at(INDEFINITE, "2022-01-12")["applications"] == []

    def test_barred_while_an_order_is_in_force(self) -> None:
        person = INDEFINITE.given(made("2018-01-10", ends_on="2023-01-09"))
        assert stage(person, "2021-01-10") == "barred"
        assert stage(person, "2023-01-09") == "barred"
        assert stage(person, "2023-01-10") == "eligible"
        assert at(person, "2023-01-09")["review"]["blocked_by"] == ["S1"]

    def test_a_sexual_risk_order_disturbs_nothing(self) -> None:
        person = INDEFINITE.given(made("2020-01-10", "sro"))
        assert stage(person, "2022-01-11") == "waiting"
        assert stage(person, "2022-01-12") == "eligible"

    def test_a_date_set_by_a_person(self) -> None:
        by = {"authorised_by": "supt.1", "reason": "no custody"}
        person = given(
            registered("1996-01-01"),
            convicted("2020-03-02", "hospital_order_with_restriction"),
            fact("review.qualifying_date_set", "2021-03-02", qualifying_on="2035-03-02", **by),
        )
        assert stage(person, "2021-03-01") == "needs_date"
        assert stage(person, "2021-03-02") == "waiting"
        assert stage(person, "2035-03-02") == "eligible"

    def test_death_ends_it(self) -> None:
        person = INDEFINITE.given(fact("individual.died", "2022-03-01"))
        assert stage(person, "2022-02-28") == "eligible"
        assert stage(person, "2022-03-01") == "not_indefinite"


class TestTheStagesOfAnApplication:
    def test_applied(self) -> None:
        assert stage(APPLIED, "2022-01-31") == "eligible"
        assert stage(APPLIED, "2022-02-01") == "applied"

    def test_acknowledged(self) -> None:
        assert stage(NOTIFIED, "2022-02-09") == "applied"
        assert stage(NOTIFIED, "2022-02-10") == "acknowledged"

    @pytest.mark.parametrize("outcome", ["continues", "revoked"])
    def test_determined_until_the_notice_is_received(self, outcome: str) -> None:
        person = NOTIFIED.given(determined("2022-04-01", outcome))
        assert stage(person, "2022-03-31") == "acknowledged"
        assert stage(person, "2022-04-01") == "determined"
        assert stage(person, "2022-04-04") == "determined"
        received = person.given(step("notice_received", "2022-04-05"))
        assert stage(received, "2022-04-05") == outcome

    def test_determined_without_an_acknowledgement(self) -> None:
        assert stage(APPLIED.given(determined("2022-04-01")), "2022-04-01") == "determined"

    def test_revoked_stays_so(self) -> None:
        person = NOTIFIED.given(
            determined("2022-04-01", "revoked"), step("notice_received", "2022-04-05")
        )
        answer = at(person, "2025-01-10")
        assert answer["stage"] == answer["applications"][0]["stage"] == "revoked"
        assert answer["review"]["qualifying_on"] is None

    def test_continues_until_the_further_date(self) -> None:
        assert stage(RECEIVED, "2022-04-05") == "continues"
        assert stage(RECEIVED, "2030-03-31") == "continues"
        assert stage(RECEIVED, "2030-04-01") == "eligible"
        barred = RECEIVED.given(made("2024-01-10"))
        assert stage(barred, "2024-01-10") == "barred"

    def test_appealed(self) -> None:
        assert stage(APPEALED, "2022-04-19") == "continues"
        assert stage(APPEALED, "2022-04-20") == "appealed"

    @pytest.mark.parametrize(
        ("outcome", "then"), [("allowed", "revoked"), ("dismissed", "continues")]
    )
    def test_decided_on_appeal(self, outcome: str, then: str) -> None:
        person = APPEALED.given(step("appeal_decided", "2022-09-01", outcome=outcome))
        assert stage(person, "2022-08-31") == "appealed"
        assert stage(person, "2022-09-01") == then
        assert person.subject("2022-09-01") == (then == "continues")

    def test_a_second_application(self) -> None:
        person = RECEIVED.given(step("applied", "2030-04-10", "R2"))
        answer = at(person, "2030-04-10")
        assert answer["stage"] == "applied"
        assert answer["review"]["pending"] == "R2"
        assert [(a["review_id"], a["stage"]) for a in answer["applications"]] == [
            ("R1", "continues"),
            ("R2", "applied"),
        ]
        assert len(at(person, "2030-04-09")["applications"]) == 1

    def test_convicted_again_after_a_revocation(self) -> None:
        person = NOTIFIED.given(
            determined("2022-04-01", "revoked"),
            step("notice_received", "2022-04-05"),
            convicted("2023-03-01", "life", conviction_id="C2"),
        )
        assert stage(person, "2023-02-28") == "revoked"
        assert stage(person, "2023-03-01") == "needs_date"

    def test_as_known_before_it_was_recorded(self) -> None:
        assert stage(CONTINUES.known("2022-03-31"), "2022-04-01") == "acknowledged"


class TestTheSteps:
    def test_in_their_order(self) -> None:
        found = at(APPEALED, "2022-04-20")["applications"][0]["steps"]
        assert [s["step"] for s in found] == [
            "applied", "acknowledged", "body_notified", "body_replied", "body_notified",
            "body_replied", "determined", "notice_received", "appealed", "appeal_decided",
        ]  # fmt: skip

    def test_each_says_when_by_whom_and_by_which_entry(self) -> None:
        found = only(NOTIFIED, "2022-02-10", "acknowledged")
        assert found == {
            "step": "acknowledged",
            "done_on": "2022-02-10",
            "by": "ppu.officer7",
            "due_on": "2022-02-15",
            "overdue": False,
            "late": False,
            "rule": "soa2003.s91b.8",
            "entries": ["/cheshire/ppu e7"],
        }

    def test_the_determination_says_who_decided_it_and_in_what_rank(self) -> None:
        found = only(CONTINUES, "2022-04-01", "determined")
        assert found["by"] == "supt.1 (superintendent)"
        assert found["outcome"] == "continues"

    @pytest.mark.parametrize(
        ("on", "overdue"), [("2022-02-14", False), ("2022-02-15", False), ("2022-02-16", True)]
    )
    def test_an_acknowledgement_overdue(self, on: str, overdue: bool) -> None:
        found = only(APPLIED, on, "acknowledged")
        assert (found["done_on"], found["overdue"], found["late"]) == (None, overdue, False)

    def test_an_acknowledgement_late(self) -> None:
        person = APPLIED.given(step("acknowledged", "2022-02-16"))
        assert only(person, "2022-02-15", "acknowledged")["done_on"] is None
        found = only(person, "2022-02-16", "acknowledged")
        assert (found["done_on"], found["overdue"], found["late"]) == ("2022-02-16", False, True)

    def test_a_determination_due_by_the_body_notified_last(self) -> None:
        assert only(APPLIED, "2022-02-02", "determined")["due_on"] is None
        assert only(NOTIFIED, "2022-02-10", "determined")["due_on"] == "2022-04-21"
        assert only(NOTIFIED, "2022-02-14", "determined")["due_on"] == "2022-04-25"
        assert not only(NOTIFIED, "2022-04-25", "determined")["overdue"]
        assert only(NOTIFIED, "2022-04-26", "determined")["overdue"]

    def test_a_determination_late(self) -> None:
        person = NOTIFIED.given(determined("2022-04-26"))
        assert only(person, "2022-04-26", "determined")["late"]

    def test_replies_of_bodies_by_name(self) -> None:
        person = NOTIFIED.given(step("body_replied", "2022-03-15", body="prisons"))
        replies = {s["body"]: s for s in steps(person, "2022-03-15", "body_replied")}
        assert replies["prisons"]["done_on"] == "2022-03-15"
        assert (replies["prisons"]["due_on"], replies["prisons"]["late"]) == ("2022-03-14", True)
        assert replies["probation"]["done_on"] is None
        assert (replies["probation"]["due_on"], replies["probation"]["overdue"]) == (
            "2022-03-10",
            True,
        )

    def test_a_reply_of_a_body_never_notified_answers_for_no_other(self) -> None:
        person = NOTIFIED.given(step("body_replied", "2022-03-01", body="health"))
        assert all(s["done_on"] is None for s in steps(person, "2022-03-01", "body_replied"))

    def test_what_is_missing(self) -> None:
        assert at(APPLIED, "2022-02-01")["applications"][0]["missing"] == [
            "acknowledged",
            "determined",
            "notice_received",
        ]
        person = NOTIFIED.given(step("body_replied", "2022-03-01", body="probation"))
        assert at(person, "2022-03-01")["applications"][0]["missing"] == [
            "body_replied",
            "determined",
            "notice_received",
        ]
        assert at(APPEALED, "2022-04-20")["applications"][0]["missing"] == [
            "body_replied",
            "body_replied",
            "appeal_decided",
        ]

    def test_an_appeal_is_open_to_its_last_day_and_never_overdue(self) -> None:
        assert steps(CONTINUES, "2022-04-04", "appealed")[0]["due_on"] is None
        found = only(RECEIVED, "2022-05-01", "appealed")
        assert (found["due_on"], found["overdue"]) == ("2022-04-25", False)
        assert only(APPEALED, "2022-04-20", "appealed")["done_on"] == "2022-04-20"

    def test_an_appeal_insisted_on_is_late(self) -> None:
        late = step("appealed", "2022-04-26")
        person = RECEIVED.needs_override(late, "appeal_too_late")
        assert only(person, "2022-04-26", "appealed")["late"]

    def test_no_appeal_of_a_revocation(self) -> None:
        person = NOTIFIED.given(determined("2022-04-01", "revoked"))
        assert steps(person, "2022-04-01", "appealed") == []

    def test_its_deadlines_are_those_of_show(self) -> None:
        found = {d["what"]: d["due_on"] for d in at(NOTIFIED, "2022-02-10")["deadlines"]}
        assert found == {"review_determine": "2022-04-21"}
        found = {d["what"]: d["due_on"] for d in at(APPLIED, "2022-02-10")["deadlines"]}
        assert found == {"review_acknowledge": "2022-02-15"}
        found = {d["what"]: d["due_on"] for d in at(RECEIVED, "2022-04-10")["deadlines"]}
        assert found == {"review_appeal": "2022-04-25", "review_qualifying": "2030-04-01"}

    def test_facts_of_another_review_do_not_count(self) -> None:
        person = APPLIED.given(
            step("applied", "2022-02-02", "R2"),
            step("acknowledged", "2022-02-03", "R2"),
            step("body_notified", "2022-02-03", "R2", body="probation"),
        )
        first, second = at(person, "2022-02-03")["applications"]
        assert (first["stage"], second["stage"]) == ("applied", "acknowledged")
        assert len(first["steps"]) == 4

    def test_facts_recorded_late_make_no_difference(self) -> None:
        late = APPLIED.given(
            determined("2022-04-01"),
            step("body_notified", "2022-02-14", body="prisons"),
            step("acknowledged", "2022-02-10"),
            step("body_notified", "2022-02-10", body="probation"),
        )

        def answers_of(record: Record) -> list[tuple[str, str | None, str | None]]:
            found = at(record, "2022-04-01")["applications"][0]["steps"]
            return [(s["step"], s["done_on"], s["due_on"]) for s in found]

        assert answers_of(late) == answers_of(CONTINUES)
        assert stage(late, "2022-04-01") == "determined"

    def test_a_sexual_risk_order_meanwhile_disturbs_nothing(self) -> None:
        person = NOTIFIED.given(
            made("2022-03-01", "sro"),
            fact("breach.reported", "2022-03-10", breach_id="B1", of="order", order_id="S1"),
        )
        assert stage(person, "2022-03-10") == "acknowledged"
        assert only(person, "2022-03-10", "determined")["due_on"] == "2022-04-25"


class TestTheFactors:
    """s.91D(2)(a)-(o): which were taken into account, and which were not named."""

    def test_are_fifteen_by_their_letters(self) -> None:
        assert list(FACTORS) == LETTERS

    def test_none_recorded(self) -> None:
        found = only(CONTINUES, "2022-04-01", "determined")
        assert (found["factors"], found["factors_missing"]) == ([], LETTERS)

    def test_some_recorded(self) -> None:
        factors = [{"factor": "h", "note": "OASys of March"}, {"factor": "a"}]
        person = NOTIFIED.given(determined("2022-04-01", factors=factors))
        found = only(person, "2022-04-01", "determined")
        assert found["factors"] == [
            {"factor": "h", "considered": FACTORS["h"]},
            {"factor": "a", "considered": FACTORS["a"]},
        ]
        assert found["factors_missing"] == [x for x in LETTERS if x not in "ah"]

    def test_all_recorded(self) -> None:
        factors = [{"factor": letter} for letter in LETTERS]
        person = NOTIFIED.given(determined("2022-04-01", factors=factors))
        assert only(person, "2022-04-01", "determined")["factors_missing"] == []

    def test_a_note_stays_sealed(self) -> None:
        factors = [{"factor": "i", "note": "what the victim said"}]
        person = NOTIFIED.given(determined("2022-04-01", factors=factors))
        assert "what the victim said" not in json.dumps(at(person, "2022-04-01"))

    def test_not_before_the_determination(self) -> None:
        assert "factors" not in only(CONTINUES, "2022-03-31", "determined")


class TestTheAnswer:
    def test_names_subject_day_and_moment(self) -> None:
        answer = at(APPLIED, "2022-02-01")
        assert (answer["subject"], answer["on"]) == ("CHE-1", "2022-02-01")
        assert answer["known_at"] == "2030-01-01T23:59:59.999999Z"
        assert json.loads(json.dumps(answer)) == answer

    def test_its_review_is_that_of_show(self) -> None:
        for on in ("2005-01-10", "2022-01-12", "2022-02-01"):
            assert at(APPLIED, on)["review"] == APPLIED.on(on)["review"]
