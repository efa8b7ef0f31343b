"""Becoming subject through the breach of a sexual risk order (SOA ss.122H, 122I, 129)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, registered

PERSON = given(registered("1996-01-01"), made("2020-01-10", "sro", ends_on="2026-01-09"))


def breach(on: str, outcome: str = "convicted", ref: str = "B1", of: str = "S1") -> list[FactSpec]:
    """A breach reported in June 2021 and concluded on a day."""
    return [
        fact("breach.reported", "2021-06-01", breach_id=ref, of="order", order_id=of),
        concluded(on, outcome, ref),
    ]


def concluded(on: str, outcome: str, ref: str = "B1") -> FactSpec:
    return fact("breach.concluded", on, breach_id=ref, outcome=outcome)


def run(record: Record, on: str) -> tuple[str, str | None]:
    answer = record.on(on)["notification"]
    return answer["from"], answer["last_day"]


class TestTheGround:
    @pytest.mark.parametrize("outcome", ["cautioned", "convicted", "insanity", "disability"])
    def test_from_the_conclusion_until_the_order_ends(self, outcome: str) -> None:
        person = PERSON.given(*breach("2021-09-01", outcome))
        assert not person.subject("2021-08-31")
        assert run(person, "2021-09-01") == ("2021-09-01", "2026-01-09")
        [ground] = person.on("2021-09-01")["notification"]["grounds"]
        assert (ground["ground"], ground["ref"], ground["indefinite"]) == (
            "sro_breach",
            "B1",
            False,
        )
        assert person.on("2021-09-01")["status"]["category"] == 1

    @pytest.mark.parametrize("outcome", ["charged", "acquitted", "no_further_action"])
    def test_not_by_any_other_conclusion(self, outcome: str) -> None:
        assert not PERSON.given(*breach("2021-09-01", outcome)).subject("2021-09-01")

    def test_not_by_a_report(self) -> None:
        assert not PERSON.given(breach("2021-09-01")[0]).subject("2021-09-01")

    def test_the_last_conclusion_stands(self) -> None:
        person = PERSON.given(
            *breach("2021-07-01", "charged"), concluded("2021-09-01", "convicted")
        )
        assert run(person, "2021-09-01") == ("2021-09-01", "2026-01-09")
        acquitted = person.given(concluded("2022-03-01", "acquitted"))
        assert run(acquitted, "2021-09-01") == ("2021-09-01", "2022-02-28")
        again = acquitted.given(concluded("2022-06-01", "convicted"))
        assert run(again, "2022-06-01") == ("2022-06-01", "2026-01-09")
        assert not again.subject("2022-05-31")

    def test_a_conviction_after_a_caution_changes_nothing(self) -> None:
        person = PERSON.given(
            *breach("2021-07-01", "cautioned"), concluded("2021-09-01", "convicted")
        )
        assert len(person.spells("notification")) == 1
        assert run(person, "2021-09-01") == ("2021-07-01", "2026-01-09")

    def test_concluded_after_the_order_ended_it_makes_nobody_subject(self) -> None:
        assert not PERSON.given(*breach("2026-01-10")).subject("2026-01-10")
        assert PERSON.given(*breach("2026-01-09")).last_day("2026-01-09") == "2026-01-09"

    def test_who_is_subject_already_goes_on(self) -> None:
        person = PERSON.given(convicted("2018-01-10", finding="caution", conviction_id="C1"))
        person = person.given(
            convicted("2020-06-01", finding="caution", conviction_id="C2"), *breach("2021-09-01")
        )
        assert run(person, "2021-09-01") == ("2020-06-01", "2026-01-09")


class TestTheRelevantOrder:
    @pytest.mark.parametrize(
        ("what", "data", "last_day"),
        [
            ("varied", {"ends_on": "2024-01-09"}, "2024-01-09"),
            ("varied", {"until_further_order": True}, None),
            ("renewed", {"ends_on": "2030-01-09"}, "2030-01-09"),
            ("discharged", {}, "2023-01-09"),
            ("quashed", {}, "2023-01-09"),
        ],
    )
    def test_the_end_follows_it(
        self, what: str, data: dict[str, Any], last_day: str | None
    ) -> None:
        changed = fact(f"order.{what}", "2023-01-10", order_id="S1", **data)
        assert PERSON.given(*breach("2021-09-01"), changed).last_day("2021-09-01") == last_day

    def test_a_new_order_ends_it(self) -> None:
        person = PERSON.given(*breach("2021-09-01"), made("2023-01-10", "sro", "S2"))
        assert person.last_day("2021-09-01") == "2023-01-09"

    @pytest.mark.parametrize("application", ["S2", None])
    def test_of_an_interim_order_is_the_full_one_it_led_to(self, application: str | None) -> None:
        named = {"application": application} if application else {}
        person = given(
            registered(),
            made("2021-05-01", "interim_sro", "I1", ends_on="2021-12-31", **named),
            *breach("2021-09-01", of="I1"),
        )
        assert run(person, "2021-09-01") == ("2021-09-01", "2021-12-31")
        full = person.given(made("2021-11-01", "sro", "S2", ends_on="2024-10-31"))
        [spell] = full.spells("notification")
        assert (spell.start.isoformat(), spell.ref) == ("2021-09-01", "B1")
        assert run(full, "2021-09-01") == ("2021-09-01", "2024-10-31")

    def test_of_an_interim_order_concluded_under_the_full_one(self) -> None:
        person = given(
            registered(),
            made("2021-05-01", "interim_sro", "I1", application="S2"),
            fact("breach.reported", "2021-06-01", breach_id="B1", of="order", order_id="I1"),
            made("2021-11-01", "sro", "S2", ends_on="2024-10-31"),
            concluded("2022-01-10", "convicted"),
        )
        assert run(person, "2022-01-10") == ("2022-01-10", "2024-10-31")

    def test_of_an_interim_order_refused_is_itself(self) -> None:
        person = given(
            registered(),
            made("2021-05-01", "interim_sro", "I1", application="S2"),
            *breach("2021-09-01", of="I1"),
            fact("order.refused", "2021-11-01", order_id="S2"),
        )
        assert run(person, "2021-09-01") == ("2021-09-01", "2021-10-31")

    def test_an_application_that_names_an_order_already_made_gives_one_run(self) -> None:
        for end in ({"ends_on": "2027-01-09"}, {}):
            person = PERSON.given(
                made("2021-05-01", "interim_sro", "I1", application="S1", **end),
                *breach("2021-09-01", of="I1"),
            )
            assert len(person.spells("notification")) == 1
            assert run(person, "2021-09-01") == ("2021-09-01", end.get("ends_on"))

    def test_an_interim_order_that_ran_out_before_the_full_one_leaves_a_gap(self) -> None:
        person = given(
            registered(),
            made("2021-05-01", "interim_sro", "I1", application="S2", ends_on="2021-09-30"),
            *breach("2021-09-01", of="I1"),
            made("2021-11-01", "sro", "S2", ends_on="2024-10-31"),
        )
        assert run(person, "2021-09-01") == ("2021-09-01", "2021-09-30")
        assert run(person, "2021-11-01") == ("2021-11-01", "2024-10-31")

    def test_a_later_order_that_did_not_end_the_interim_one_is_not_it(self) -> None:
        person = given(
            registered(),
            made("2021-05-01", "interim_sro", "I1", ends_on="2021-09-30"),
            *breach("2021-09-01", of="I1"),
            made("2021-11-01", "sro", "S2"),
        )
        assert len(person.spells("notification")) == 1
        assert not person.subject("2021-11-01")

    @pytest.mark.parametrize(
        ("kind", "on", "subject"),
        [
            ("rosho", "2014-01-10", True),
            ("sro", "2016-01-10", True),
            ("interim_sro", "2016-01-10", True),
            ("fto", "2014-01-10", False),
            ("terrorist_travel_order", "2016-01-10", False),
        ],
    )
    def test_kinds_whose_breach_counts(self, kind: str, on: str, subject: bool) -> None:
        person = given(registered(), made(on, kind), *breach("2021-09-01"))
        assert person.subject("2021-09-01") == subject

    def test_a_breach_of_a_licence_or_of_notification_does_not(self) -> None:
        for of in ("licence", "notification"):
            reported = fact("breach.reported", "2021-06-01", breach_id="B1", of=of, order_id="S1")
            person = PERSON.given(reported, concluded("2021-09-01", "convicted"))
            assert not person.subject("2021-09-01")

    def test_two_breaches_are_two_grounds_of_one_run(self) -> None:
        person = PERSON.given(*breach("2021-09-01"), *breach("2021-10-01", ref="B2"))
        assert {g["ref"] for g in person.on("2021-10-01")["notification"]["grounds"]} == {
            "B1",
            "B2",
        }
        assert run(person, "2021-10-01") == ("2021-09-01", "2026-01-09")
