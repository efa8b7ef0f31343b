"""Improbable facts are recorded with a warning; impossible or forbidden ones refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from law.boundaries.base import warned_of
from spec import (
    SUBJECT,
    FactSpec,
    Record,
    convicted,
    fact,
    given,
    law,
    made,
    notified,
    registered,
    sentenced,
    voided,
    with_override,
)
from tracker.domain.judging.judge import RULES
from tracker.domain.judging.warnings import warnings
from tracker.domain.record.history import History

DAY = "2020-03-02"
PERSON = given(registered("1996-01-01"))
CORONATION = "2023-05-08"


def recall(kind: str, on: str) -> FactSpec:
    return fact("recall.decided", on, recall_id="R1", kind=kind)


class TestWarnings:
    @pytest.mark.parametrize("finding", ["conviction", "caution", "insanity", "disability"])
    def test_a_finding_under_10(self, finding: str) -> None:
        child = given(registered("2019-01-01", born="2009-06-01"))
        said = convicted("2019-05-31", finding=finding)
        assert warned_of(child, said) == ["a finding under 10 years of age [record.sense]"]
        assert warned_of(child, convicted("2019-06-01", finding=finding)) == []

    def test_a_birth_corrected_counts(self) -> None:
        child = given(
            registered("2019-01-01", born="1989-06-01"),
            fact("individual.amended", "2019-01-02", date_of_birth="2009-06-01"),
        )
        assert len(warned_of(child, convicted("2019-05-31", "fine"))) == 1

    def test_a_finding_or_a_sentence_on_a_bank_holiday(self) -> None:
        finding, sentence = (
            f"a {what} on a bank holiday, {CORONATION} [bfda1971.s1]"
            for what in ("finding", "sentence")
        )
        assert warned_of(PERSON, convicted(CORONATION)) == [finding]
        later = convicted("2023-04-03", "fine", sentenced_on=CORONATION, recorded="2023-06-01")
        assert warned_of(PERSON, later) == [sentence]
        found = PERSON.given(convicted("2023-04-03"))
        assert warned_of(found, sentenced(CORONATION, "fine")) == [sentence]
        both = convicted(CORONATION, "fine", sentenced_on=CORONATION)
        assert warned_of(PERSON, both) == [sentence, finding]

    def test_a_weekend_is_no_bank_holiday(self) -> None:
        assert warned_of(PERSON, convicted("2023-05-06", "fine")) == []

    def test_39_and_40_facts_of_one_day(self) -> None:
        def of_one_day(many: int) -> Record:
            return PERSON.given(*(fact("level.set", DAY, level=2) for _ in range(many)))

        level = fact("level.set", DAY, level=3)
        assert warned_of(of_one_day(38), level) == []
        assert warned_of(of_one_day(39), level) == [f"40 facts on {DAY} [record.sense]"]
        other_day = fact("level.set", "2020-03-03", level=3)
        assert warned_of(of_one_day(45), other_day) == []

    def test_facts_of_many_days_are_as_many_as_they_like(self) -> None:
        months = [f"{2000 + n // 12}-{n % 12 + 1:02}-10" for n in range(60)]
        person = PERSON.given(*(fact("level.set", on, level=2) for on in months))
        assert warned_of(person, fact("level.set", DAY, level=3)) == []

    @pytest.mark.parametrize(
        ("kind", "first", "rule"),
        [
            ("standard", "2005-04-04", "cja2003.s254"),
            ("emergency", "2005-04-04", "cja2003.s254"),
            ("fixed_term_28", "2008-07-14", "cja2003.s255b.28"),
            ("fixed_term_14", "2015-02-02", "cja2003.s255b.14"),
            ("fixed_term_56", "2026-03-31", "cja2003.s255ba"),
        ],
    )
    def test_a_recall_before_there_was_one(self, kind: str, first: str, rule: str) -> None:
        before = f"a {kind} recall before it existed [{rule}]"
        assert warned_of(PERSON, recall(kind, "2005-04-03")) == [before]
        assert warned_of(PERSON, recall(kind, first)) == []

    def test_recorded_all_the_same_with_several_warnings(self) -> None:
        child = given(registered("2023-05-02", born="2014-01-01"))
        said = convicted(CORONATION, "fine")
        assert len(warned_of(child, said)) == 2
        assert child.given(said).subject(CORONATION)

    def test_the_rule_named_stands_in_the_tables(self) -> None:
        child = given(registered("2000-01-01", born="1999-06-01"))
        old = child.given(made("2014-03-03", "sopo"))
        longer = fact("order.varied", "2016-03-07", order_id="S1", until_further_order=True)
        found = [
            *warned_of(child, convicted("2000-08-28")),
            *warned_of(child, recall("fixed_term_14", "2010-01-11")),
            *warned_of(old, longer),
        ]
        assert len(found) == 4
        for warning in found:
            named = re.search(r"\[(.+)\]$", warning)
            assert named is not None
            assert named[1] in law().instruments

    def test_no_warning_says_who(self) -> None:
        child = given(registered("2023-05-02", born="2014-01-01", name="Ada Penrose"))
        said = convicted(CORONATION, "fine")
        assert not any("Penrose" in w or "2014" in w for w in warned_of(child, said))

    @pytest.mark.parametrize("said", [convicted(CORONATION), fact("level.set", DAY, level=3)])
    def test_the_same_with_the_entry_in_the_record_or_just_before_it(self, said: FactSpec) -> None:
        many = (fact("level.set", DAY, level=2) for _ in range(38))
        entries = given(registered(DAY), *many, said).entries
        before, after = History(SUBJECT, entries[:-1]), History(SUBJECT, entries)
        assert warnings(before, entries[-1], law()) == warnings(after, entries[-1], law()) != []


INDEFINITE = given(
    registered("1996-01-01"),
    convicted("2005-01-10", "imprisonment", "P4Y"),
    fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2007-01-10"),
    notified("2007-01-12"),
)
APPLIED = INDEFINITE.given(fact("review.applied", "2022-02-01", review_id="R1"))
CONTINUES: dict[str, Any] = {
    "review_id": "R1", "outcome": "continues", "determined_by": "supt.1",
    "rank": "superintendent",
}  # fmt: skip
REFUSED = APPLIED.given(
    fact("review.determined", "2022-04-01", **CONTINUES),
    fact("review.notice_received", "2022-04-05", review_id="R1"),
)
FINED = PERSON.given(convicted(DAY, "fine"))
GONE = FINED.given(voided(DAY, "e2"))
DEAD = PERSON.given(fact("individual.died", "2020-06-01"))
INTERIM = PERSON.given(made(DAY, "interim_shpo", ends_on="2020-04-01"))
SHPO = PERSON.given(made(DAY))
ABROAD = PERSON.given(
    convicted("2018-06-10", "fine", conviction_id="F1", foreign=True),
    convicted("2018-06-10", "fine", conviction_id="C1"),
)


def on_order(what: str, on: str, ref: str = "S1", **data: Any) -> FactSpec:
    return fact(f"order.{what}", on, order_id=ref, **data)


def notice(on: str, ref: str = "F1") -> FactSpec:
    return made(on, "s96za_notice", "N1", foreign_conviction_id=ref)


def date_set(on: str, qualifying_on: str) -> FactSpec:
    by = {"authorised_by": "supt.1", "reason": "a reason"}
    return fact("review.qualifying_date_set", on, qualifying_on=qualifying_on, **by)


# Every refusal of `judge`: the record, what is said, the code, the rule and its section.
DECIDED = {"authorised_by": "Supt Grey", "reason": "the review of 2020"}
ERASED = given(
    registered(),
    fact("individual.erased", "2020-03-01", **DECIDED, retention="a hundred years old", born=[]),
)
REFUSALS: list[tuple[Record, FactSpec, str, str, str]] = [
    (Record(), fact("level.set", DAY, level=2), "not_registered", "record.registration",
     "Facts, section 2"),
    (PERSON, registered(DAY), "second_registration", "record.registration", "Facts, section 2"),
    (PERSON, fact("level.set", "2020-03-03", level=2, recorded=DAY), "future", "record.time",
     "Facts, section 1"),
    (PERSON, convicted(DAY, "fine", sentenced_on="2020-03-03"), "future", "record.time",
     "Facts, section 1"),
    (PERSON, fact("level.set", "1969-12-31", level=2), "before_birth", "record.time",
     "Facts, section 1"),
    (DEAD, fact("level.set", "2020-06-01", level=2), "after_death", "record.time",
     "Facts, section 1"),
    (ERASED, fact("level.set", DAY, level=2), "erased", "practice.retention",
     "APP Information management, retention"),
    (PERSON, fact("individual.restriction_lifted", DAY, **DECIDED), "not_restricted",
     "practice.retention", "APP Information management, retention"),
    (DEAD, fact("individual.died", "2020-05-01"), "died_twice", "record.time",
     "Facts, section 1"),
    (PERSON, sentenced(DAY, "fine"), "unknown_reference", "record.reference",
     "Facts, section 2"),
    (APPLIED, fact("review.notice_received", "2022-04-05", review_id="R1"), "step_missing",
     "record.reference", "Facts, section 2"),
    (FINED, convicted(DAY, "fine"), "id_used_twice", "record.once", "Facts, section 2"),
    (PERSON, fact("custody.left", DAY), "not_inside", "record.custody", "Facts, section 2"),
    (PERSON, made(DAY, ends_on="2020-03-01"), "ends_before_it_begins", "record.order",
     "Facts, section 2"),
    (PERSON, made(DAY, served_on="2020-03-01"), "served_before_made", "record.order",
     "Facts, section 2"),
    (PERSON, made(DAY, "interim_shpo", ends_on="2020-04-01", travel_ends_on="2020-04-02"),
     "ends_before_prohibition", "record.order", "Facts, section 2"),
    (SHPO, on_order("refused", "2020-04-01"), "order_made", "record.order", "Facts, section 2"),
    (ABROAD, notice("2023-01-10", "C1"), "not_foreign", "record.order", "Facts, section 2"),
    (INTERIM, on_order("served", "2020-04-02"), "order_not_in_force", "soa2003.s103f", "s.103F"),
    (PERSON, convicted(DAY, corrects="e9"), "corrects_without_void", "record.correction",
     "Facts, section 2"),
    (PERSON, voided(DAY, "e9"), "unknown_entry", "record.correction", "Facts, section 2"),
    (GONE, voided(DAY, "e3"), "void_of_void", "record.correction", "Facts, section 2"),
    (GONE, voided(DAY, "e2"), "voided_already", "record.correction", "Facts, section 2"),
    (FINED, voided("2020-03-03", "e2", recorded="2020-03-04"), "void_day", "record.correction",
     "Facts, section 2"),
    (Record(), registered(area="atlantis"), "unknown_area", "record.place", "Facts, section 2"),
    (FINED, sentenced("2020-03-01", "fine"), "sentence_before_finding", "record.sense",
     "Facts, section 2"),
    (PERSON, convicted(DAY, "caution"), "shape", "record.sense", "Facts, section 2"),
    (PERSON, made("2015-03-07"), "kind_did_not_exist", "soa2003.s103a", "s.103A"),
    (ABROAD, notice("2022-11-28"), "kind_did_not_exist", "soa2003.s96za", "s.96ZA"),
    (ABROAD, made("2022-11-29", "notification_order", "N1", foreign_conviction_id="F1"),
     "kind_did_not_exist", "soa2003.s97", "ss.97-98"),
    (ABROAD, notice("2023-06-10"), "period_run_out", "soa2003.s96za", "s.96ZA"),
    (PERSON, made(DAY, ends_on="2025-02-28"), "minimum_length", "soa2003.s103c.2",
     "s.103C(2)(a)"),
    (PERSON, made(DAY, travel_ends_on="2025-03-02"), "travel_too_long", "soa2003.s103d.1",
     "s.103D(1)"),
    (SHPO, on_order("discharged", "2025-03-01"), "discharge_barred", "soa2003.s103e.7",
     "s.103E(7)"),
    (FINED, fact("review.applied", DAY, review_id="R1"), "not_indefinite", "soa2003.s91a",
     "s.91A"),
    (INDEFINITE.given(made("2020-03-02")), fact("review.applied", "2022-02-01", review_id="R1"),
     "barred_by_order", "soa2003.s91a", "s.91A"),
    (INDEFINITE, fact("review.applied", "2022-01-11", review_id="R1"), "before_qualifying_date",
     "soa2003.s91b.2", "s.91B(2), (10)"),
    (INDEFINITE, date_set("2020-01-10", "2022-01-11"), "earlier_than_law", "soa2003.s91b.2",
     "s.91B(2), (10)"),
    (APPLIED, fact("review.determined", "2022-04-01", **CONTINUES | {"further_years": 7}),
     "further_period", "soa2003.s91b.4", "s.91B(4)-(6)"),
    (REFUSED, fact("review.appealed", "2022-04-26", review_id="R1"), "appeal_too_late",
     "soa2003.s91e.2", "s.91E(2)"),
]  # fmt: skip
# Refused by what writes into the store, not by `judge`.
BY_WRITERS = {
    "registration_voided", "several_subjects", "time_backwards", "conflict", "half_correction",
}  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(
        ("record", "said", "code", "rule", "section"),
        [pytest.param(*refusal, id=f"{refusal[2]}-{refusal[3]}") for refusal in REFUSALS],
    )
    def test_names_rule_and_section(
        self, record: Record, said: FactSpec, code: str, rule: str, section: str
    ) -> None:
        refused = record.when(said).refused
        assert refused is not None
        assert (refused.code, refused.rule, refused.section) == (code, rule, section)
        assert f"[{section}, {rule}]" in str(refused)

    @pytest.mark.parametrize(
        ("record", "said"),
        [pytest.param(record, said, id=code) for record, said, code, *_ in REFUSALS],
    )
    def test_is_overridden_only_where_it_says_so(self, record: Record, said: FactSpec) -> None:
        refused = record.when(said).refused
        assert refused is not None
        if said.kind == "entry.voided":
            return
        again = record.when(with_override(said)).refused
        assert (again is None) == refused.overridable
        assert ("an `override`" in str(refused)) == refused.overridable

    def test_every_code_of_the_record_is_tried(self) -> None:
        of_returns = {code for code, rule in RULES.items() if rule == "record.return"}
        # those are tried in test_returns
        assert RULES.keys() - BY_WRITERS - of_returns <= {code for _, _, code, *_ in REFUSALS} | {
            "order_not_in_force"
        }

    def test_every_rule_of_the_record_stands_in_the_tables(self) -> None:
        assert set(RULES.values()) <= {rule.id for rule in law().rules}

    def test_no_refusal_says_who(self) -> None:
        person = given(registered("1996-01-01", name="Ada Penrose", born="1987-04-09"))
        for said in (
            fact("level.set", "1987-04-08", level=2),
            registered(DAY, name="Ada Penrose"),
            fact("custody.left", DAY),
        ):
            refused = person.when(said).refused
            assert refused is not None
            assert "Penrose" not in str(refused)
            assert "1987-04-09" not in str(refused)
