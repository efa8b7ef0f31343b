"""Facts refused because they contradict the record; corrections (contract, sections 1 and 2)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, registered, sentenced, voided

INDEFINITE = (
    registered("2003-01-01", born="1970-01-01"),
    convicted("2005-01-10", "imprisonment", "P4Y"),
    fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2007-01-10"),
    fact("notification.given", "2007-01-11", kind="initial"),
)

CONVICTED = {"conviction_id": "C1"}
DETERMINED = {"outcome": "continues", "determined_by": "supt.1", "rank": "superintendent"}


def applied(on: str, ref: str = "R1") -> FactSpec:
    return fact("review.applied", on, review_id=ref)


class TestRegistration:
    def test_comes_first(self) -> None:
        Record().refused_even_with_override(
            fact("level.set", "2020-01-02", level=2), "not_registered", field="subject"
        )

    def test_is_recorded_first_but_facts_may_be_dated_before_it(self) -> None:
        given(registered("2020-01-01"), convicted("1999-05-04", "fine"))

    def test_comes_once(self) -> None:
        given(registered()).refused_even_with_override(
            registered("2020-01-06"), "second_registration", field="subject"
        )

    def test_names_an_area_that_exists(self) -> None:
        Record().when(registered(area="atlantis")).then_refused("unknown_area", field="area")
        moved = fact("individual.transferred", "2020-01-01", to_area="atlantis")
        given(registered()).when(moved).then_refused("unknown_area", field="to_area")


class TestTime:
    def test_on_is_not_after_the_civil_date_of_recording(self) -> None:
        person = given(registered())
        late = fact("level.set", "2020-07-02", level=2, recorded="2020-07-01T22:59:59Z")
        person.refused_even_with_override(late, "future", field="on")

    def test_the_civil_date_is_londons(self) -> None:
        person = given(registered())
        person.given(fact("level.set", "2020-07-02", level=2, recorded="2020-07-01T23:00:00Z"))
        late = fact("level.set", "2020-01-02", level=2, recorded="2020-01-01T23:59:59Z")
        person.when(late).then_refused("future")

    @pytest.mark.parametrize("on", ["1969-12-31", "1900-01-01"])
    def test_nothing_is_dated_before_birth(self, on: str) -> None:
        person = given(registered(born="1970-01-01"))
        person.refused_even_with_override(convicted(on), "before_birth", field="on")

    def test_the_day_of_birth_is_not_before_it(self) -> None:
        given(registered("1970-01-01", born="1970-01-01"), fact("licence.ended", "1970-01-01"))
        Record().when(registered("1969-12-31", born="1970-01-01")).then_refused("before_birth")

    def test_birth_is_that_last_amended(self) -> None:
        person = given(
            registered(born="1970-01-01"),
            fact("individual.amended", "2020-01-01", date_of_birth="1980-01-01"),
        )
        person.when(convicted("1979-12-31")).then_refused("before_birth")

    def test_a_birth_after_the_day_of_its_own_amendment_is_refused(self) -> None:
        amended = fact("individual.amended", "2020-01-01", date_of_birth="2020-01-02")
        given(registered()).when(amended).then_refused("before_birth", field="on")

    def test_a_sentence_is_not_before_its_finding(self) -> None:
        person = given(registered())
        early = convicted("2020-03-02", "fine", sentenced_on="2020-03-01")
        person.when(early).then_refused("sentence_before_finding", field="sentenced_on")
        person = person.given(convicted("2020-03-02"))
        early = sentenced("2020-03-01", "fine")
        person.when(early).then_refused("sentence_before_finding", field="on")
        person.given(sentenced("2020-03-02", "fine"))

    def test_a_sentence_is_not_in_the_future(self) -> None:
        later = convicted("2020-03-02", "fine", sentenced_on="2020-03-03")
        given(registered()).when(later).then_refused("future", field="sentenced_on")


class TestDeath:
    DIED = given(registered(), fact("individual.died", "2020-06-01"))

    @pytest.mark.parametrize("on", ["2020-06-01", "2020-06-02"])
    def test_nothing_is_dated_from_it_on(self, on: str) -> None:
        said = fact("level.set", on, level=2, recorded="2020-07-01")
        self.DIED.refused_even_with_override(said, "after_death", field="on")

    def test_a_fact_dated_before_it_is_accepted(self) -> None:
        self.DIED.given(fact("level.set", "2020-05-31", level=2, recorded="2020-07-01"))

    def test_a_void_is_accepted_and_undoes_it(self) -> None:
        alive = self.DIED.given(voided("2020-07-01", "e2"))
        alive.given(fact("level.set", "2020-07-02", level=2))

    def test_comes_once(self) -> None:
        again = fact("individual.died", "2020-05-01", recorded="2020-07-01")
        self.DIED.refused_even_with_override(again, "died_twice")


class TestWhatIsNotKnown:
    @pytest.mark.parametrize(
        ("kind", "field", "rest"),
        [
            ("conviction.sentenced", "conviction_id", {"disposal": {"kind": "fine"}}),
            ("conviction.sentenced", "consecutive_to", CONVICTED | {"disposal": {"kind": "fine"}}),
            ("conviction.quashed", "conviction_id", {}),
            ("trial.concluded", "conviction_id", {}),
            ("custody.entered", "conviction_id", {"kind": "remand"}),
            ("custody.entered", "recall_id", {"kind": "recall"}),
            ("custody.entered", "order_id", {"kind": "remand", "because_of": "order"}),
            ("recall.cancelled", "recall_id", {}),
            ("order.made", "on_conviction_id", {"order_id": "S1", "kind": "shpo"}),
            ("order.made", "foreign_conviction_id", {"order_id": "S1", "kind": "s96za_notice"}),
            ("order.made", "replaces", {"order_id": "S1", "kind": "shpo"}),
            ("order.served", "order_id", {}),
            ("order.varied", "order_id", {}),
            ("order.renewed", "order_id", {"ends_on": "2030-01-01"}),
            ("order.discharged", "order_id", {}),
            ("order.quashed", "order_id", {}),
            ("order.refused", "order_id", {}),
            ("breach.reported", "order_id", {"breach_id": "B1", "of": "order"}),
            ("breach.reported", "order_id", {"breach_id": "B1", "of": "licence"}),
            ("breach.concluded", "breach_id", {"outcome": "convicted"}),
            ("referral.decided", "referral_id", {"accepted": True}),
            ("action.closed", "meeting_id", {"action_id": "A1"}),
            ("review.acknowledged", "review_id", {}),
            ("review.body_notified", "review_id", {"body": "probation"}),
            ("review.body_replied", "review_id", {"body": "probation"}),
            ("review.determined", "review_id", DETERMINED),
            ("review.notice_received", "review_id", {}),
            ("review.appealed", "review_id", {}),
            ("review.appeal_decided", "review_id", {"outcome": "allowed"}),
        ],
    )
    def test_cannot_be_leant_on(self, kind: str, field: str, rest: dict[str, Any]) -> None:
        person = given(registered(), convicted("2019-01-01"))
        said = fact(kind, "2023-03-02", **{field: "X9"}, **rest)
        person.refused_even_with_override(said, "unknown_reference", field=field)

    def test_a_conviction_joins_one_that_is_known(self) -> None:
        person = given(registered(), convicted("2019-01-01"))
        joined = convicted("2019-01-01", conviction_id="C2", consecutive_to="C9")
        person.when(joined).then_refused("unknown_reference", field="consecutive_to")
        over = {"conviction_id": "C9", "by": "P1M"}
        for said in (
            convicted("2019-01-01", conviction_id="C2", overlaps=over),
            sentenced("2019-01-01", "fine", overlaps=over),
        ):
            person.when(said).then_refused("unknown_reference", field="overlaps.conviction_id")

    def test_an_action_is_one_of_its_meeting(self) -> None:
        action = {"action_id": "A1", "text": "Visit", "owner": "police", "due_on": "2020-04-01"}
        meeting = {"meeting_id": "M1", "level": 2, "invited": [], "attended": []}
        person = given(
            registered(), fact("meeting.held", "2020-03-02", actions=[action], **meeting)
        )
        closed = fact("action.closed", "2020-03-03", meeting_id="M1", action_id="A2")
        person.when(closed).then_refused("unknown_reference", field="action_id")
        person.given(fact("action.closed", "2020-03-03", meeting_id="M1", action_id="A1"))
        twice = fact(
            "meeting.held", "2020-03-02", actions=[action, action], **meeting | {"meeting_id": "M2"}
        )
        person.when(twice).then_refused("id_used_twice", field="actions")


class TestIdsUsedTwice:
    PERSON = given(*INDEFINITE, made("2016-01-01", "sro", "S1", ends_on="2020-01-01"))

    @pytest.mark.parametrize(
        "said",
        [
            convicted("2020-01-01", conviction_id="C1"),
            made("2020-01-01", "sro", "S1"),
            fact("recall.decided", "2020-01-01", recall_id="X1", kind="standard"),
            fact("breach.reported", "2020-01-01", breach_id="B1", of="licence"),
            fact("meeting.held", "2020-01-01", meeting_id="M1", level=2, invited=[], attended=[]),
            fact("referral.made", "2020-01-01", referral_id="F1", agency="police"),
            fact("order.applied_for", "2020-01-01", order_id="S2", kind="shpo"),
            applied("2022-01-11"),
        ],
        ids=lambda said: said.kind,
    )
    def test_are_refused_among_facts_that_count(self, said: FactSpec) -> None:
        person = self.PERSON
        if said.kind not in ("conviction.recorded", "order.made"):
            person = person.given(said)
        person.refused_even_with_override(said, "id_used_twice")

    def test_are_free_again_after_a_void(self) -> None:
        person = given(registered(), convicted("2019-01-01"), voided("2019-01-01", "e2"))
        person.given(convicted("2019-01-01"))

    def test_an_application_and_its_order_share_one(self) -> None:
        given(
            registered(),
            fact("order.applied_for", "2019-01-01", order_id="S1", kind="shpo"),
            made("2019-02-01", "shpo", "S1"),
        )


class TestCustody:
    def test_is_not_left_while_not_inside(self) -> None:
        given(registered()).refused_even_with_override(
            fact("custody.left", "2020-01-02"), "not_inside", field="on"
        )

    def test_is_left_once(self) -> None:
        person = given(
            registered(),
            fact("custody.entered", "2020-01-02", kind="hospital"),
            fact("custody.left", "2020-01-02"),
        )
        person.when(fact("custody.left", "2020-01-02")).then_refused("not_inside")

    def test_left_before_it_was_entered(self) -> None:
        person = given(registered(), fact("custody.entered", "2020-01-02", kind="remand"))
        person.when(fact("custody.left", "2020-01-01")).then_refused("not_inside")

    def test_is_not_left_from_abroad(self) -> None:
        person = given(
            registered(),
            fact("custody.entered", "2020-01-02", kind="remand"),
            fact("individual.departed", "2020-01-03", reason="deported"),
        )
        person.when(fact("custody.left", "2020-01-04")).then_refused("not_inside")
