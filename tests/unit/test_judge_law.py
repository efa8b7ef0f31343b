"""Orders, breaches and reviews that are refused, with or without override (contract, 2)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, notified, registered

PERSON = given(registered("1996-01-01"), convicted("2005-01-10", "fine"))
# Convicted abroad on 10 June 2018: 6 months' imprisonment, so subject to 9 June 2025 at most.
ABROAD = given(
    registered("1996-01-01"),
    convicted("2018-06-10", "imprisonment", "P6M", conviction_id="F1", foreign=True),
)
# Qualifies on 11 January 2022.
INDEFINITE = given(
    registered("2003-01-01", born="1970-01-01"),
    convicted("2005-01-10", "imprisonment", "P4Y"),
    fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2007-01-10"),
    notified("2007-01-11"),
)


def on_order(what: str, on: str, **data: Any) -> FactSpec:
    return fact(f"order.{what}", on, **{"order_id": "S1"} | data)


def step(what: str, on: str, **data: Any) -> FactSpec:
    return fact(f"review.{what}", on, **{"review_id": "R1"} | data)


def determined(on: str, outcome: str = "continues", **data: Any) -> FactSpec:
    by = {"determined_by": "supt.1", "rank": "superintendent"}
    return step("determined", on, outcome=outcome, **by | data)


class TestAnOrderNotInForce:
    """Its breach, variation, renewal, service and discharge are refused."""

    SAID = (
        ("order.varied", {"until_further_order": True}),
        ("order.renewed", {"until_further_order": True}),
        ("order.served", {}),
        ("order.discharged", {"with_consent": True}),
        ("breach.reported", {"breach_id": "B1", "of": "order"}),
    )

    @pytest.mark.parametrize(("kind", "data"), SAID)
    @pytest.mark.parametrize("on", ["2016-03-01", "2021-03-02"])
    def test_before_and_after(self, kind: str, data: dict[str, Any], on: str) -> None:
        person = PERSON.given(made("2016-03-02", ends_on="2021-03-01"))
        person.refused_even_with_override(
            fact(kind, on, order_id="S1", recorded="2024-01-01", **data), "order_not_in_force"
        )

    @pytest.mark.parametrize(("kind", "data"), SAID)
    @pytest.mark.parametrize("on", ["2016-03-02", "2021-03-01"])
    def test_first_and_last_day(self, kind: str, data: dict[str, Any], on: str) -> None:
        person = PERSON.given(made("2016-03-02", ends_on="2021-03-01"))
        person.given(fact(kind, on, order_id="S1", recorded="2024-01-01", **data))

    @pytest.mark.parametrize(("kind", "data"), SAID)
    def test_discharged_quashed_or_replaced(self, kind: str, data: dict[str, Any]) -> None:
        person = PERSON.given(made("2016-03-02"))
        for ended in (
            on_order("discharged", "2022-01-10"),
            on_order("quashed", "2022-01-10"),
            made("2022-01-10", order_id="S2"),
        ):
            after = person.given(ended)
            after.refused_even_with_override(
                fact(kind, "2022-01-10", order_id="S1", **data), "order_not_in_force"
            )

    def test_an_order_applied_for_is_not_made(self) -> None:
        person = PERSON.given(fact("order.applied_for", "2020-01-01", order_id="S1", kind="shpo"))
        person.refused_even_with_override(on_order("served", "2020-02-01"), "unknown_reference")

    def test_an_order_made_is_not_refused(self) -> None:
        PERSON.given(made("2020-01-01")).refused_even_with_override(
            on_order("refused", "2020-02-01"), "order_made", field="order_id"
        )


class TestAnOrder:
    @pytest.mark.parametrize("part", ["prohibitions", "requirements"])
    def test_does_not_end_before_one_of_its_conditions(self, part: str) -> None:
        conditions = {part: [{"text": "Not to go there", "ends_on": "2028-03-01"}]}
        short = made("2020-03-02", ends_on="2028-02-29", **conditions)
        PERSON.refused_even_with_override(short, "ends_before_prohibition", field="ends_on")
        PERSON.given(made("2020-03-02", ends_on="2028-03-01", **conditions))
        PERSON.given(made("2020-03-02", **conditions))

    def test_does_not_end_before_its_travel_prohibition(self) -> None:
        short = made("2020-03-02", ends_on="2025-03-01", travel_ends_on="2025-03-02")
        PERSON.refused_even_with_override(short, "ends_before_prohibition")

    def test_is_not_varied_to_end_before_a_condition(self) -> None:
        person = PERSON.given(
            made("2020-03-02", prohibitions=[{"text": "Not to go there", "ends_on": "2028-03-01"}])
        )
        short = on_order("varied", "2021-01-01", ends_on="2028-02-29")
        person.refused_even_with_override(short, "ends_before_prohibition")
        short = on_order("varied", "2021-01-01", ends_on="2028-02-29", prohibitions=[])
        person.given(short)

    def test_is_not_varied_to_hold_a_condition_longer_than_itself(self) -> None:
        person = PERSON.given(made("2020-03-02", ends_on="2026-03-01"))
        longer = {"prohibitions": [{"text": "Not to go there", "ends_on": "2026-03-02"}]}
        for change in (longer, {"travel_ends_on": "2026-03-02"}):
            person.refused_even_with_override(
                on_order("varied", "2022-01-01", **change), "ends_before_prohibition"
            )
            longer_too = on_order("varied", "2022-01-01", ends_on="2026-03-02", **change)
            person.given(longer_too)
            person.given(on_order("varied", "2022-01-01", until_further_order=True, **change))

    def test_is_not_shortened_below_its_travel_prohibition(self) -> None:
        person = PERSON.given(
            made("2018-03-02", ends_on="2026-03-01", travel_ends_on="2023-02-28"),
            on_order("varied", "2022-01-01", travel_ends_on="2025-01-01"),
        )
        short = on_order("renewed", "2022-02-01", ends_on="2024-12-31")
        person.refused_even_with_override(short, "ends_before_prohibition")
        person.given(on_order("renewed", "2022-02-01", ends_on="2025-01-01"))

    def test_may_be_named_by_a_breach_of_something_else(self) -> None:
        person = PERSON.given(made("2016-03-02", ends_on="2021-03-01"))
        person.given(
            fact("breach.reported", "2022-01-01", breach_id="B1", of="licence", order_id="S1")
        )

    def test_does_not_end_before_it_begins(self) -> None:
        PERSON.refused_even_with_override(
            made("2020-03-02", "interim_shpo", ends_on="2020-03-01"), "ends_before_it_begins"
        )
        person = PERSON.given(made("2020-03-02", "interim_shpo", ends_on="2020-06-01"))
        back = on_order("renewed", "2020-05-01", ends_on="2020-04-30")
        person.refused_even_with_override(back, "ends_before_it_begins")

    def test_is_not_served_before_it_is_made(self) -> None:
        PERSON.refused_even_with_override(
            made("2020-03-02", served_on="2020-03-01"), "served_before_made", field="served_on"
        )

    def test_a_conclusion_needs_a_report(self) -> None:
        concluded = fact("breach.concluded", "2020-05-01", breach_id="B1", outcome="convicted")
        PERSON.refused_even_with_override(concluded, "unknown_reference", field="breach_id")
        reported = fact("breach.reported", "2020-04-01", breach_id="B1", of="notification")
        PERSON.given(reported, concluded)


class TestAForeignConviction:
    def order(self, on: str, kind: str, **data: Any) -> FactSpec:
        return made(on, kind, "N1", foreign_conviction_id="F1", **data)

    def applied_for(self, on: str) -> FactSpec:
        return fact("order.applied_for", on, order_id="N1", kind="notification_order")

    def test_a_notice_is_not_given_before_29_november_2022(self) -> None:
        early = self.order("2022-11-28", "s96za_notice")
        ABROAD.refused_even_with_override(early, "kind_did_not_exist", rule="soa2003.s96za")
        ABROAD.given(self.order("2022-11-29", "s96za_notice"))

    def test_an_order_from_that_day_needs_an_earlier_application(self) -> None:
        ABROAD.given(self.order("2022-11-28", "notification_order"))
        late = self.order("2022-11-29", "notification_order")
        ABROAD.refused_even_with_override(late, "kind_did_not_exist", rule="soa2003.s97")
        ABROAD.given(self.applied_for("2022-11-29")).refused_even_with_override(
            late, "kind_did_not_exist"
        )
        ABROAD.given(self.applied_for("2022-11-28"), late)

    def test_so_does_an_interim_order(self) -> None:
        interim = made("2022-11-29", "interim_notification_order", "I1", application="N1")
        ABROAD.refused_even_with_override(interim, "kind_did_not_exist", rule="soa2003.s97")
        ABROAD.given(self.applied_for("2022-11-28"), interim)

    @pytest.mark.parametrize("kind", ["s96za_notice", "notification_order"])
    def test_neither_after_the_period_has_run_out(self, kind: str) -> None:
        person = ABROAD.given(self.applied_for("2022-11-01"))
        person.given(self.order("2025-06-09", kind))
        person.refused_even_with_override(self.order("2025-06-10", kind), "period_run_out")

    def test_a_conviction_here_is_not_one(self) -> None:
        notice = made("2023-01-10", "s96za_notice", "N1", foreign_conviction_id="C1")
        PERSON.refused_even_with_override(notice, "not_foreign", field="foreign_conviction_id")


class TestAReview:
    def test_an_application_while_not_subject_to_indefinite_requirements(self) -> None:
        for person in (PERSON, given(registered()), PERSON.given(made("2016-01-01"))):
            person.refused_even_with_override(
                step("applied", "2022-01-10"), "not_indefinite", rule="soa2003.s91a"
            )

    def test_steps_come_after_what_they_answer(self) -> None:
        person = INDEFINITE.given(step("applied", "2022-01-11"))
        person.refused_even_with_override(step("notice_received", "2022-03-01"), "step_missing")
        person.refused_even_with_override(step("appealed", "2022-03-01"), "step_missing")
        person = person.given(determined("2022-03-01"), step("notice_received", "2022-03-02"))
        decided = step("appeal_decided", "2022-06-01", outcome="allowed")
        person.refused_even_with_override(decided, "step_missing")
        person.given(step("appealed", "2022-03-03"), decided)

    def test_each_review_has_steps_of_its_own(self) -> None:
        person = INDEFINITE.given(
            step("applied", "2022-01-11"), step("applied", "2022-01-12", review_id="R2"),
            determined("2022-03-01"),
        )  # fmt: skip
        notice = step("notice_received", "2022-03-02", review_id="R2")
        person.refused_even_with_override(notice, "step_missing")


class TestRefusalsThatCanBeOverridden:
    """The law refuses each of these, and an `override` records it."""

    def test_the_reason_names_the_first_day_that_would_do(self) -> None:
        short = PERSON.when(made("2020-03-02", ends_on="2025-02-28")).refused
        assert "to 2025-03-01 or later" in str(short)
        assert "an `override` with rule, reason and by" in str(short)
        barred = PERSON.given(made("2020-03-02")).when(on_order("discharged", "2025-03-01")).refused
        assert "before 2025-03-02 without consent" in str(barred)
        early = INDEFINITE.when(step("applied", "2022-01-10")).refused
        assert "from 2022-01-11" in str(early)

    @pytest.mark.parametrize(
        ("person", "said", "code", "rule"),
        [
            (PERSON, made("2020-03-02", ends_on="2025-02-28"), "minimum_length", "soa2003.s103c.2"),
            (PERSON, made("2020-03-02", "sro", ends_on="2022-02-28"), "minimum_length",
             "soa2003.s122a.7"),
            (PERSON, made("2010-03-02", "sopo", ends_on="2015-02-28"), "minimum_length",
             "soa2003.s104"),
            (PERSON, made("2010-03-02", "rosho", ends_on="2012-02-29"), "minimum_length",
             "soa2003.s123"),
            (PERSON, made("2020-03-02", travel_ends_on="2025-03-02"), "travel_too_long",
             "soa2003.s103d.1"),
            (PERSON, made("2020-03-02", "sro", travel_ends_on="2025-03-02"), "travel_too_long",
             "soa2003.s122c.1"),
            (PERSON, made("2015-03-07"), "kind_did_not_exist", "soa2003.s103a"),
            (PERSON, made("2015-03-07", "interim_shpo"), "kind_did_not_exist", "soa2003.s103f"),
            (PERSON, made("2015-03-07", "sro"), "kind_did_not_exist", "soa2003.s122a"),
            (PERSON, made("2015-03-07", "interim_sro"), "kind_did_not_exist", "soa2003.s122e"),
            (PERSON, made("2015-03-08", "sopo"), "kind_did_not_exist", "soa2003.s104"),
            (PERSON, made("2015-03-08", "interim_sopo"), "kind_did_not_exist", "soa2003.s109"),
            (PERSON, made("2015-03-08", "fto"), "kind_did_not_exist", "soa2003.s114"),
            (PERSON, made("2015-03-08", "rosho"), "kind_did_not_exist", "soa2003.s123"),
            (PERSON.given(made("2020-03-02")), on_order("discharged", "2025-03-01"),
             "discharge_barred", "soa2003.s103e.7"),
            (PERSON.given(made("2020-03-02", "sro")), on_order("discharged", "2022-03-01"),
             "discharge_barred", "soa2003.s122d"),
            (PERSON.given(made("2020-03-02")),
             on_order("varied", "2021-01-01", ends_on="2025-02-28"),
             "minimum_length", "soa2003.s103c.2"),
            (PERSON.given(made("2020-03-02")),
             on_order("varied", "2021-01-01",
                      prohibitions=[{"text": "Not to go there", "ends_on": "2025-02-28"}]),
             "minimum_length", "soa2003.s103c.2"),
            (PERSON.given(made("2020-03-02")),
             on_order("renewed", "2021-01-01", ends_on="2025-02-28"),
             "minimum_length", "soa2003.s103c.2"),
            (PERSON.given(made("2020-03-02")),
             on_order("varied", "2021-01-01", travel_ends_on="2026-01-01"),
             "travel_too_long", "soa2003.s103d.1"),
            (INDEFINITE, step("applied", "2022-01-10"), "before_qualifying_date", "soa2003.s91b.2"),
            (INDEFINITE.given(made("2020-01-01")), step("applied", "2022-01-11"),
             "barred_by_order", "soa2003.s91a"),
            (INDEFINITE.given(step("applied", "2022-01-11")),
             determined("2022-03-01", further_years=7), "further_period", "soa2003.s91b.4"),
            (INDEFINITE.given(step("applied", "2022-01-11")),
             determined("2022-03-01", further_years=16), "further_period", "soa2003.s91b.4"),
            (INDEFINITE.given(step("applied", "2022-01-11"), determined("2022-03-01"),
                              step("notice_received", "2022-03-02")),
             step("appealed", "2022-03-23"), "appeal_too_late", "soa2003.s91e.2"),
            (INDEFINITE, fact("review.qualifying_date_set", "2020-01-01", reason="so ordered",
                              qualifying_on="2022-01-10", authorised_by="supt.1"),
             "earlier_than_law", "soa2003.s91b.2"),
        ],
        ids=lambda part: part if isinstance(part, str) else getattr(part, "kind", ""),
    )  # fmt: skip
    def test_each(self, person: Record, said: FactSpec, code: str, rule: str) -> None:
        insisted = person.needs_override(said, code, rule=rule)
        assert "override" in insisted.findings("2025-12-31")
        assert [o["by"] for o in insisted.on("2025-12-31")["overrides"]] == ["ppu.inspector1"]
