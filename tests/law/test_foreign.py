"""Foreign convictions: notification orders and notices (SOA ss.96ZA-97, PCSC s.169)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, registered

FOREIGN: dict[str, Any] = {"conviction_id": "F1", "foreign": True}
ORDERS = (("notification_order", "2019-02-01"), ("s96za_notice", "2023-02-01"))


def abroad(kind: str = "imprisonment", term: str | None = "P6M", **data: Any) -> Record:
    """Convicted abroad on 10 June 2018; 6 months make 7 years, so to 9 June 2025."""
    data = FOREIGN | data
    return given(
        registered("1996-01-01", born="1970-01-01"), convicted("2018-06-10", kind, term, **data)
    )


def order(on: str, kind: str = "s96za_notice", **data: Any) -> FactSpec:
    return made(on, kind, "N1", foreign_conviction_id="F1", **data)


@pytest.mark.parametrize(("kind", "on"), ORDERS)
class TestThePeriod:
    """From the order or notice to the end of the s.82 period counted from the foreign finding."""

    def test_only_the_rest_is_left(self, kind: str, on: str) -> None:
        person = abroad().given(order(on, kind, served_on=on))
        answer = person.on(on)["notification"]
        assert (answer["from"], answer["last_day"]) == (on, "2025-06-09")
        ground = "s96za" if kind == "s96za_notice" else kind
        assert [(g["ground"], g["ref"]) for g in answer["grounds"]] == [(ground, "N1")]

    def test_indefinite(self, kind: str, on: str) -> None:
        answer = abroad(term="P30M").given(order(on, kind)).on(on)["notification"]
        assert (answer["last_day"], answer["indefinite"]) == (None, True)

    def test_halved_by_the_age_at_the_foreign_finding(self, kind: str, on: str) -> None:
        person = given(
            registered("2018-01-01", born="2000-06-11"),
            convicted("2018-06-10", "imprisonment", "P1Y", **FOREIGN),
            order(on, kind),
        )
        assert person.last_day(on) == "2023-06-09"

    def test_quashed_cancelled_or_dead(self, kind: str, on: str) -> None:
        person = abroad().given(order(on, kind))
        for said in (
            fact("conviction.quashed", "2024-01-10", conviction_id="F1"),
            fact("order.quashed", "2024-01-10", order_id="N1"),
            fact("order.discharged", "2024-01-10", order_id="N1"),
            fact("individual.died", "2024-01-10"),
        ):
            assert person.given(said).last_day(on) == "2024-01-09"

    def test_an_end_of_its_own(self, kind: str, on: str) -> None:
        assert abroad().given(order(on, kind, ends_on="2024-01-09")).last_day(on) == "2024-01-09"
        assert abroad().given(order(on, kind, ends_on="2029-01-09")).last_day(on) == "2025-06-09"


class TestTheEndsOfThePeriod:
    @pytest.mark.parametrize(
        ("on", "code"), [("2025-06-09", None), ("2025-06-10", "period_run_out")]
    )
    def test_a_notice_on_its_last_day_and_after(self, on: str, code: str | None) -> None:
        outcome = abroad().when(order(on))
        if code is None:
            assert outcome.then_accepted().last_day(on) == on
        else:
            outcome.then_refused(code, rule="soa2003.s96za")

    @pytest.mark.parametrize(
        ("kind", "term", "data"),
        [
            ("absolute_discharge", None, {}),
            ("imprisonment", "P6M", {"schedule_3": False}),
            ("imprisonment", "P6M", {"threshold": True}),
        ],
    )
    def test_one_that_never_began(self, kind: str, term: str | None, data: dict[str, Any]) -> None:
        abroad(kind, term, **data).when(order("2023-01-10")).then_refused("period_run_out")

    def test_a_conviction_before_1_september_1997_only_if_caught(self) -> None:
        for caught in (False, True):
            person = given(
                registered("1990-01-01", born="1960-01-01"),
                convicted("1997-08-31", "life", **FOREIGN, s81_caught=caught),
            )
            outcome = person.when(order("2023-01-10"))
            assert (outcome.refused is None) == caught


class TestInterimNotificationOrders:
    def test_run_for_their_own_time(self) -> None:
        interim = made("2019-01-10", "interim_notification_order", "I1", ends_on="2019-04-09")
        person = abroad().given(interim)
        answer = person.on("2019-02-01")["notification"]
        assert (answer["last_day"], answer["grounds"][0]["ground"]) == (
            "2019-04-09",
            "notification_order",
        )

    def test_end_with_the_full_order(self) -> None:
        person = abroad().given(
            made("2019-01-10", "interim_notification_order", "I1", application="N1"),
            order("2019-02-01", "notification_order"),
        )
        first, second = person.spells("notification")
        assert first.until == second.start
        assert person.on("2019-03-01")["notification"]["from"] == "2019-01-10"


class TestThe29OfNovember2022:
    """PCSC Act 2022 s.169: notices take the place of orders, pending applications are saved."""

    def test_an_order_made_before_runs_on(self) -> None:
        person = abroad().given(order("2022-11-28", "notification_order"))
        assert person.last_day("2022-11-29") == "2025-06-09"

    @pytest.mark.parametrize(("applied", "saved"), [("2022-11-28", True), ("2022-11-29", False)])
    def test_an_application_is_saved(self, applied: str, saved: bool) -> None:
        application = fact("order.applied_for", applied, order_id="N1", kind="notification_order")
        outcome = abroad().given(application).when(order("2023-03-01", "notification_order"))
        assert (outcome.refused is None) == saved
