"""Facts already accepted are never refused again: they become findings (contract, section 2)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, made, registered, sentenced, voided


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


def test_a_conviction_that_overlaps_one_voided() -> None:
    overlaps = {"conviction_id": "C1", "by": "P1M"}
    person = given(
        registered(),
        convicted("2020-01-10", "imprisonment", "P12M", id="c1"),
        convicted("2020-01-10", "imprisonment", "P6M", conviction_id="C2", overlaps=overlaps),
        voided("2020-03-02", "c1"),
    )
    assert person.findings("2020-03-02") == ["leans_on_nothing"]


def test_an_order_left_standing_when_its_conviction_is_quashed() -> None:
    person = given(
        registered(), convicted("2020-01-10", "fine"),
        made("2020-01-10", on_conviction_id="C1", ends_on="2030-01-09"),
        made("2020-02-10", "sro", "S2"),
        fact("conviction.quashed", "2021-03-02", conviction_id="C1"),
    )  # fmt: skip
    assert person.findings("2021-03-01") == []
    assert person.findings("2021-03-02") == ["order_on_quashed_conviction"]
    ended = person.given(fact("order.quashed", "2021-04-01", order_id="S1"))
    assert ended.findings("2021-04-01") == []


def test_category_2_is_held_by_a_running_suspended_sentence() -> None:
    disposal = {"kind": "suspended_sentence", "term": "P12M", "operational_until": "2022-01-09"}
    person = given(
        registered(),
        convicted("2020-01-10", schedule_3=False, disposal=disposal),
        fact("category.assigned", "2020-01-10", category=2),
    )
    assert person.findings("2022-01-09") == []
    assert person.findings("2022-01-10") == ["category_2_without_reason"]


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
    person.refused_even_with_override(concluded, "not_a_disability", rule="soa2003.s82.5")


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


def test_a_conclusion_of_a_breach_whose_report_was_voided() -> None:
    """Refused without a report; after the void it refers to nothing, and counts nowhere."""
    person = given(registered(), convicted("2020-01-10", "fine"))
    concluded = fact("breach.concluded", "2020-05-04", breach_id="B1", outcome="cautioned")
    person.refused_even_with_override(concluded, "unknown_reference")
    person = person.given(
        fact("breach.reported", "2020-04-01", breach_id="B1", of="notification", id="report"),
        concluded,
    )
    assert [o.kind for o in person.timeline.occurrences] == ["notification_breach"]
    person = person.given(voided("2020-06-01", "report"))
    assert person.findings("2020-06-01") == ["leans_on_nothing"]
    assert person.timeline.occurrences == []


class TestLevelNotSet:
    """Accepted at level 2 or 3, and counted lower because nobody has set a level."""

    SUBJECT = given(registered(), convicted("2020-01-10", "fine"))

    def accepted(self, on: str, level: int | None, ref: str = "R1", **data: Any) -> list[FactSpec]:
        decided = {"referral_id": ref, "accepted": True, **({"level": level} if level else {})}
        return [
            fact("referral.made", on, referral_id=ref, agency="police"),
            fact("referral.decided", on, **(decided | data)),
        ]

    def test_from_the_decision_until_a_level_is_set(self) -> None:
        person = self.SUBJECT.given(
            *self.accepted("2020-03-02", 2), fact("level.set", "2020-05-04", level=2)
        )
        (spell,) = person.spells("finding")
        assert (spell.value, spell.ref) == ("level_not_set", "R1")
        assert spell.entries == ("/cheshire/ppu e4",)
        for day, found in (("2020-03-01", []), ("2020-03-02", ["level_not_set"]),
                           ("2020-05-03", ["level_not_set"]), ("2020-05-04", [])):  # fmt: skip
            assert person.findings(day) == found, day

    def test_a_lower_level_set_afterwards_was_decided_too(self) -> None:
        person = self.SUBJECT.given(
            *self.accepted("2020-03-02", 3), fact("level.set", "2020-05-04", level=1)
        )
        assert person.findings("2020-05-03") == ["level_not_set"]
        assert person.findings("2020-05-04") == []

    def test_also_one_set_before_the_person_came_into_a_category(self) -> None:
        person = given(
            registered(), *self.accepted("2020-03-02", 2), fact("level.set", "2020-04-01", level=1),
            fact("category.assigned", "2020-05-01", category=2),
        )  # fmt: skip
        assert "level_not_set" not in person.findings("2020-05-01")

    def test_a_level_set_before_that_is_lower_does_not_carry_the_decision_out(self) -> None:
        at_2 = self.SUBJECT.given(fact("level.set", "2020-02-03", level=2))
        assert at_2.given(*self.accepted("2020-03-02", 3)).findings("2020-03-02") == [
            "level_not_set"
        ]
        assert at_2.given(*self.accepted("2020-03-02", 2)).findings("2020-03-02") == []

    @pytest.mark.parametrize(
        ("level", "data"), [(2, {"accepted": False}), (1, {}), (None, {})],
        ids=["refused", "accepted at level 1", "at no level"],
    )  # fmt: skip
    def test_not_where_no_higher_level_was_decided(
        self, level: int | None, data: dict[str, Any]
    ) -> None:
        person = self.SUBJECT.given(*self.accepted("2020-03-02", level, **data))
        assert person.spells("finding") == []

    def test_level_1_by_default_is_the_rule_and_no_finding(self) -> None:
        assert self.SUBJECT.on("2020-03-02")["status"]["level"] == 1
        assert self.SUBJECT.spells("finding") == []

    def test_a_level_set_on_the_day_of_the_decision(self) -> None:
        level = fact("level.set", "2020-03-02", level=2)
        assert self.SUBJECT.given(*self.accepted("2020-03-02", 2), level).spells("finding") == []
        assert self.SUBJECT.given(level, *self.accepted("2020-03-02", 2)).spells("finding") == []

    def test_only_while_in_a_category(self) -> None:
        """Before the first there is nothing to manage; after the last the referral is spent."""
        person = given(
            registered(), *self.accepted("2020-03-02", 2),
            fact("category.assigned", "2020-04-01", category=2),
            fact("category.ended", "2020-06-01", category=2),
            fact("category.assigned", "2020-07-01", category=2),
        )  # fmt: skip
        spells = [s for s in person.spells("finding") if s.value == "level_not_set"]
        assert [(str(s.start), str(s.until)) for s in spells] == [("2020-04-01", "2020-06-01")]

    def test_in_category_3_with_no_level_it_is_found_as_that(self) -> None:
        person = given(
            registered(), *self.accepted("2020-03-02", 2),
            fact("category.assigned", "2020-03-02", category=3),
        )  # fmt: skip
        assert person.findings("2020-03-02") == ["category_3_at_level_1"]

    def test_until_death(self) -> None:
        person = self.SUBJECT.given(
            *self.accepted("2020-03-02", 2), fact("individual.died", "2020-04-01")
        )
        assert person.findings("2020-03-31") == ["level_not_set"]
        assert person.findings("2020-04-01") == []


def inside(on: str, ref: str | None = "C1", kind: str = "sentence", **data: Any) -> FactSpec:
    named = {"conviction_id": ref} if ref else {}
    return fact("custody.entered", on, kind=kind, **named, **data)


def beyond(record: Record) -> list[tuple[str, str | None, str]]:
    """First day, first day after and conviction of each run in custody beyond a sentence."""
    return [
        (str(s.start), str(s.until) if s.until else None, s.ref)
        for s in record.spells("finding")
        if s.value == "no_release_after_sentence"
    ]


class TestNoReleaseAfterSentence:
    """In custody for a sentence beyond its term: a release that nobody recorded."""

    def person(self, kind: str = "imprisonment", term: str | None = "P12M") -> Record:
        return given(registered(), convicted("2020-01-10", kind, term))

    def test_from_the_day_after_the_term_counted_from_the_day_entered(self) -> None:
        person = self.person().given(inside("2020-02-10", id="in"))
        assert person.findings("2021-02-09") == []
        assert person.findings("2021-02-10") == ["no_release_after_sentence"]
        assert beyond(person) == [("2021-02-10", None, "C1")]
        assert person.spells("finding")[0].entries == ("/cheshire/ppu in", "/cheshire/ppu e2")

    @pytest.mark.parametrize("ends", ["custody.left", "individual.departed", "individual.died"])
    def test_until_the_stay_ends(self, ends: str) -> None:
        person = self.person().given(inside("2020-02-10"))
        assert beyond(person.given(fact(ends, "2021-03-01"))) == [
            ("2021-02-10", "2021-03-01", "C1")
        ]
        assert beyond(person.given(fact(ends, "2021-02-10"))) == []
        assert beyond(person.given(fact(ends, "2020-08-10"))) == []

    @pytest.mark.parametrize("kind", ["remand", "recall", "hospital", "immigration"])
    def test_not_while_inside_for_another_reason(self, kind: str) -> None:
        """Time on remand before it is not counted; after it, detention has another ground."""
        person = self.person().given(inside("2020-01-10", None, kind), inside("2020-02-10"))
        assert beyond(person) == [("2021-02-10", None, "C1")]
        detained = person.given(inside("2021-01-04", None, kind))
        assert beyond(detained) == []
        late = person.given(inside("2021-03-01", None, kind))
        assert beyond(late) == [("2021-02-10", "2021-03-01", "C1")]

    @pytest.mark.parametrize(
        ("kind", "term"),
        [("life", None), ("ipp", None), ("hospital_order", None), ("community_order", None),
         ("fine", None)],
    )  # fmt: skip
    def test_not_where_the_sentence_has_no_term(self, kind: str, term: str | None) -> None:
        assert beyond(self.person(kind, term).given(inside("2020-02-10"))) == []

    @pytest.mark.parametrize(
        ("kind", "first"),
        [("suspended_sentence", "2021-02-10"), ("extended_sentence", "2021-02-10"),
         ("detention_and_training", "2020-08-10")],
    )  # fmt: skip
    def test_of_every_sentence_of_a_length(self, kind: str, first: str) -> None:
        """One activated, the whole of an extended one, the custodial half of a DTO."""
        assert beyond(self.person(kind).given(inside("2020-02-10"))) == [(first, None, "C1")]

    def test_not_where_nothing_says_what_it_is_for(self) -> None:
        assert beyond(self.person().given(inside("2020-02-10", None))) == []
        assert beyond(given(registered(), inside("2020-02-10", None))) == []

    def test_not_before_the_sentence_is_known(self) -> None:
        assert beyond(given(registered(), convicted("2020-01-10"), inside("2020-02-10"))) == []

    def test_joined_sentences_are_served_one_after_the_other(self) -> None:
        """For any offence, and whichever of them the stay names."""
        person = self.person().given(
            convicted("2020-01-10", "imprisonment", "P6M", conviction_id="C2", schedule_3=False,
                      consecutive_to="C1"),
            convicted("2020-01-10", "imprisonment", "P6M", conviction_id="C3", schedule_3=False,
                      overlaps={"conviction_id": "C2", "by": "P1M"}),
        )  # fmt: skip
        for ref in ("C1", "C2", "C3"):
            assert beyond(person.given(inside("2020-02-10", ref))) == [("2022-01-10", None, ref)]
        lifer = person.given(
            convicted("2020-01-10", "life", conviction_id="C4", consecutive_to="C3")
        )
        assert beyond(lifer.given(inside("2020-02-10"))) == []

    def test_of_several_terms_the_last_counts(self) -> None:
        person = self.person().given(
            convicted("2020-01-11", "imprisonment", "P6M", conviction_id="C2")
        )
        first = person.given(inside("2020-02-10"), inside("2020-03-10", "C2"))
        assert beyond(first) == [("2021-02-10", None, "C1")]
        later = person.given(inside("2020-02-10"), inside("2020-12-10", "C2"))
        assert beyond(later) == [("2021-06-10", None, "C2")]

    def test_a_sentence_imposed_while_inside_need_not_be_named(self) -> None:
        """Unless it is suspended: then it is not being served."""
        person = self.person().given(inside("2020-02-10"))
        again = convicted("2020-12-10", "imprisonment", "P3M", conviction_id="C2")
        assert beyond(person.given(again)) == [("2021-03-10", None, "C2")]
        suspended = convicted("2020-12-10", "suspended_sentence", "P9M", conviction_id="C2")
        assert beyond(person.given(suspended)) == [("2021-02-10", None, "C1")]

    def test_a_varied_sentence_counts_as_varied(self) -> None:
        person = self.person().given(inside("2020-02-10"))
        varied = person.given(sentenced("2020-06-01", "imprisonment", "P18M"))
        assert beyond(varied) == [("2021-08-10", None, "C1")]
        assert beyond(person.given(sentenced("2020-06-01", "life"))) == []

    def test_a_sentence_after_the_release_says_nothing_of_the_stay(self) -> None:
        person = self.person().given(
            inside("2020-02-10"), fact("custody.left", "2020-08-10"),
            sentenced("2021-06-01", "imprisonment", "P3M"),
        )  # fmt: skip
        assert beyond(person) == []

    def test_entered_again_it_counts_from_the_first_day(self) -> None:
        person = self.person().given(inside("2020-02-10"), inside("2021-06-10"))
        assert beyond(person) == [("2021-02-10", None, "C1")]

    def test_from_the_day_on_which_nothing_else_holds_the_person(self) -> None:
        person = self.person().given(
            inside("2020-02-10"), inside("2021-01-04", None, "remand"), inside("2021-05-04", None)
        )
        assert beyond(person) == [("2021-05-04", None, "C1")]

    def test_not_of_the_dead(self) -> None:
        person = self.person().given(
            inside("2020-02-10"), fact("individual.died", "2020-02-01", recorded="2022-02-01")
        )
        assert person.findings("2022-02-01") == ["after_death"]

    def test_each_stay_for_itself(self) -> None:
        person = self.person().given(
            inside("2020-02-10"), fact("custody.left", "2020-08-10"), inside("2020-09-10")
        )
        assert beyond(person) == [("2021-09-10", None, "C1")]

    def test_not_of_a_conviction_that_was_voided(self) -> None:
        person = given(
            registered(), convicted("2020-01-10", "imprisonment", "P12M", id="c"),
            inside("2020-02-10"), voided("2020-03-02", "c"),
        )  # fmt: skip
        assert person.findings("2022-01-01") == ["leans_on_nothing"]
