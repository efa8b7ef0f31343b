"""Facts already accepted are never refused again: they become findings (contract, section 2)."""

from __future__ import annotations

from spec import convicted, fact, given, made, registered, voided


def test_a_variation_of_an_order_found_discharged_before_it() -> None:
    person = given(
        registered(),
        made("2016-01-04", ends_on="2030-01-03"),
        fact("order.varied", "2022-05-02", order_id="S1", ends_on="2031-01-03", id="v1"),
        fact("order.discharged", "2021-03-01", order_id="S1", recorded="2023-01-10"),
    )
    assert person.findings("2023-01-10") == ["order_not_in_force"]
    assert person.on("2023-01-10")["orders"][0]["last_day"] == "2021-02-28"


def test_a_discharge_that_ended_its_order_is_none() -> None:
    ended = fact("order.discharged", "2022-03-01", order_id="S1")
    assert given(registered(), made("2016-01-04"), ended).findings("2023-01-10") == []


def test_a_sentence_of_a_conviction_voided() -> None:
    person = given(
        registered(),
        convicted("2020-01-10", id="c1"),
        fact(
            "conviction.sentenced", "2020-02-10", conviction_id="C1", disposal={"kind": "fine"},
        ),
        voided("2020-03-02", "c1"),
    )  # fmt: skip
    assert person.findings("2020-03-02") == ["leans_on_nothing"]
    assert not person.subject("2020-03-02")


def test_a_level_set_after_a_death_recorded_late() -> None:
    person = given(
        registered(),
        fact("level.set", "2020-05-04", level=2),
        fact("individual.died", "2020-04-01", recorded="2020-06-01"),
    )
    assert person.findings("2020-06-01") == ["after_death"]


def test_a_release_found_to_follow_no_custody() -> None:
    person = given(
        registered(),
        fact("custody.entered", "2020-01-10", kind="remand", id="in"),
        fact("custody.left", "2020-02-10"),
        voided("2020-03-02", "in"),
    )
    assert person.findings("2020-03-02") == ["release_while_not_inside"]


def test_a_trial_after_a_conviction_cannot_be() -> None:
    person = given(registered(), convicted("2020-01-10"))
    concluded = fact("trial.concluded", "2020-06-01", conviction_id="C1")
    person.cannot_be(concluded, "not_a_disability", rule="soa2003.s82.5")


def test_an_interim_notification_order_is_never_indefinite() -> None:
    person = given(
        registered(),
        convicted("2018-06-10", "imprisonment", "P4Y", conviction_id="F1", foreign=True),
        made("2019-02-01", "interim_notification_order", "N1", foreign_conviction_id="F1",
             ends_on="2019-05-31"),
    )  # fmt: skip
    answer = person.on("2019-03-01")
    assert (answer["notification"]["indefinite"], answer["review"]["qualifying_on"]) == (
        False,
        None,
    )
