"""`show --why`: each date with section, version, entries, arithmetic and what would change it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from spec import (
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
)
from tracker.domain.answers.why import why

DAY = "2020-03-02"
PERSON = given(registered("1996-01-01"))
KEYS = {
    "what", "date", "rule", "section", "instrument", "version", "confidence", "entries",
    "arithmetic", "changed_by", "sentence",
}  # fmt: skip


def entry(number: int) -> str:
    return f"/cheshire/ppu e{number}"


def reasons(record: Record, on: str = DAY) -> list[dict[str, Any]]:
    return why(record.timeline, date.fromisoformat(on))


def reason(record: Record, on: str, what: str) -> dict[str, Any]:
    """The reason whose name begins with a text."""
    found = [r for r in reasons(record, on) if r["what"].startswith(what)]
    assert len(found) == 1, [r["what"] for r in reasons(record, on)]
    return found[0]


def arithmetic(record: Record, on: str = DAY, what: str = "Subject on the ground") -> str:
    return " ".join(reason(record, on, what)["arithmetic"])


def step(what: str, on: str, **data: Any) -> FactSpec:
    return fact(f"review.{what}", on, review_id="R1", **data)


LIFER = given(
    registered("1996-01-01"),
    convicted("2005-01-10", "life"),
    fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
    fact("custody.left", "2007-01-10"),
    notified("2007-01-12"),
)
APPLIED = LIFER.given(
    step("applied", "2022-02-01"),
    step("body_notified", "2022-02-10", body="probation"),
)
REFUSED = APPLIED.given(
    step("determined", "2022-04-01", outcome="continues", determined_by="supt.1",
         rank="superintendent"),
    step("notice_received", "2022-04-05"),
)  # fmt: skip
FINED = PERSON.given(convicted(DAY, "fine"))
RELEASED = FINED.given(
    notified("2020-03-03"),
    fact("custody.entered", "2020-04-01", kind="remand"),
    fact("custody.left", "2020-06-10"),
)
SHPO = PERSON.given(made(DAY, ends_on="2026-03-01", travel_ends_on="2024-03-01"), notified(DAY))
SRO = PERSON.given(made(DAY, "sro", ends_on="2024-03-01", served_on="2020-03-09"))
BREACHED = SRO.given(
    fact("breach.reported", "2021-06-01", breach_id="B1", of="order", order_id="S1"),
    fact("breach.concluded", "2021-09-01", breach_id="B1", outcome="convicted"),
)
ABROAD = PERSON.given(convicted("2018-06-11", "fine", conviction_id="F1", foreign=True))
NOTICE = ABROAD.given(made("2023-02-01", "s96za_notice", "N1", foreign_conviction_id="F1"))
OLD_ORDER = ABROAD.given(made(DAY, "notification_order", "N1", foreign_conviction_id="F1"))
SET = LIFER.given(
    fact("review.qualifying_date_set", "2021-01-11", qualifying_on="2023-01-12",
         authorised_by="supt.1", reason="by consent"),
)  # fmt: skip
RECALLED = PERSON.given(
    fact("recall.decided", "2020-03-01", recall_id="R1", kind="fixed_term_28"),
    fact("custody.entered", DAY, kind="recall", recall_id="R1"),
)
ACTION = {"action_id": "A1", "text": "Visit", "owner": "police", "due_on": "2020-04-01"}
MANAGED = PERSON.given(
    fact("category.assigned", DAY, category=3),
    fact("level.set", DAY, level=2),
    fact("meeting.held", DAY, meeting_id="M1", level=2, invited=[], attended=[],
         next_review_on="2020-05-01", actions=[ACTION]),
)  # fmt: skip

# Every kind of date: the record, the day asked, how its reason begins, its date and its rule.
DATES: list[tuple[Record, str, str, str | None, str]] = [
    (FINED, DAY, "Subject on the ground conviction C1", "2025-03-01", "soa2003.s82.1"),
    (LIFER, "2005-01-10", "Subject on the ground conviction C1", None, "soa2003.s82.1"),
    (PERSON.given(convicted(DAY)), DAY, "Subject on the ground conviction", None, "soa2003.s80"),
    (SHPO, DAY, "Subject on the ground shpo S1", "2026-03-01", "soa2003.s103g"),
    (NOTICE, "2023-02-01", "Subject on the ground s96za N1", "2023-06-10", "soa2003.s96zc"),
    (OLD_ORDER, DAY, "Subject on the ground notification_order N1", "2023-06-10",
     "soa2003.s97"),
    (BREACHED, "2021-09-01", "Subject on the ground sro_breach B1", "2024-03-01",
     "soa2003.s122i"),
    (SHPO, DAY, "Sexual Harm Prevention Order S1", "2026-03-01", "soa2003.s103a"),
    (SRO, DAY, "Sexual Risk Order S1", "2024-03-01", "soa2003.s122a"),
    (OLD_ORDER, DAY, "notification order N1", None, "soa2003.s97"),
    (LIFER, "2020-01-10", "Qualifying date for review", "2022-01-12", "soa2003.s91b.2"),
    (REFUSED, "2022-04-01", "Qualifying date for review", "2030-04-01", "soa2003.s91b.3"),
    (SET, "2021-01-11", "Qualifying date for review", "2023-01-12",
     "person.qualifying_date_set"),
    (RECALLED, DAY, "Recall R1", "2020-03-29", "cja2003.s255b.28"),
    (FINED, DAY, "Initial notification due", "2020-03-04", "soa2003.s83.1"),
    (RELEASED, "2020-06-10", "Change notification due", "2020-06-12", "soa2003.s84.1"),
    (RELEASED, "2020-06-10", "Periodic notification due", "2021-03-03", "soa2003.s85.1"),
    (FINED.given(notified("2020-03-03", no_fixed_address=True)), "2020-03-03",
     "Periodic notification due", "2020-03-10", "soa2003.s85.5"),
    (SRO, "2020-03-09", "Sro notification due", "2020-03-11", "soa2003.s122f"),
    (SHPO, DAY, "Order ends due", "2026-03-01", "soa2003.s103a"),
    (SHPO, DAY, "Travel prohibition ends due", "2024-03-01", "soa2003.s103d.1"),
    (FINED, DAY, "Notification ends due", "2025-03-01", "soa2003.s82.1"),
    (APPLIED, "2022-02-10", "Review acknowledge due", "2022-02-15", "soa2003.s91b.8"),
    (APPLIED, "2022-02-10", "Review determine due", "2022-04-21", "soa2003.s91c.1"),
    (REFUSED, "2022-04-05", "Review appeal due", "2022-04-25", "soa2003.s91e.2"),
    (MANAGED, DAY, "Meeting due", "2020-05-01", "mappa.meeting"),
    (MANAGED, DAY, "Action due", "2020-04-01", "mappa.meeting"),
]  # fmt: skip
EVERY_DATE = [pytest.param(*row, id=f"{row[2]} {row[4]}") for row in DATES]
EVERY_DAY = [pytest.param(row[0], row[1], id=f"{row[2]} {row[4]}") for row in DATES]


@pytest.mark.parametrize(("record", "on", "what", "due", "rule"), EVERY_DATE)
def test_every_kind_of_date_has_its_reason(
    record: Record, on: str, what: str, due: str | None, rule: str
) -> None:
    found = reason(record, on, what)
    [version] = [r for r in law().rules if r.id == rule]
    assert (found["date"], found["rule"]) == (due, rule)
    assert (found["section"], found["version"]) == (version.section, version.version)
    assert found["instrument"] == law().instruments[rule]
    assert found["changed_by"] == version.changed_by
    assert due is None or due in " ".join(found["arithmetic"])


@pytest.mark.parametrize(("record", "on"), EVERY_DAY)
def test_the_sentence_says_what_the_structure_holds(record: Record, on: str) -> None:
    known = {e.name for e in record.entries}
    for found in reasons(record, on):
        assert found.keys() == KEYS
        assert found["entries"]
        assert set(found["entries"]) <= known
        assert found["arithmetic"]
        sentence = found["sentence"]
        assert sentence.startswith(f"{found['what']}: {found['date'] or 'no end'}. ")
        assert f"{found['instrument']}, {found['section']} (in force from " in sentence
        assert f"(in force from {found['version']})" in sentence
        assert any(r.says in sentence for r in law().rules if r.id == found["rule"])
        assert all(step in sentence for step in found["arithmetic"])
        assert all(name in sentence for name in found["entries"])
        assert f"It would change with {found['changed_by']}." in sentence
        assert ("have the date confirmed" in sentence) == (found["confidence"] == "inferred")
        assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(("record", "on"), EVERY_DAY)
def test_every_date_of_the_answer_has_a_reason(record: Record, on: str) -> None:
    answer = record.on(on)
    shown = [(g["rule"], g["last_day"], g["entries"]) for g in answer["notification"]["grounds"]]
    shown += [(o["rule"], o["last_day"], o["entries"]) for o in answer["orders"] if o["in_force"]]
    shown += [(r["rule"], r["last_day"], r["entries"]) for r in answer["recalls"]]
    shown += [(d["rule"], d["due_on"], d["entries"]) for d in answer["deadlines"]]
    review = answer["review"]
    if review["qualifying_on"]:
        shown.append((review["rule"], review["qualifying_on"], review["entries"]))
    explained = [(r["rule"], r["date"], r["entries"]) for r in reasons(record, on)]
    assert all(date_shown in explained for date_shown in shown)


class TestThePeriodOfS82:
    @pytest.mark.parametrize(
        ("term", "says"),
        [
            ("P29M30D", "2 years and 5 months and 30 days end before the end of 30 months "
             "(2022-08-31 against 2022-09-01)"),
            ("P30M", "2 years and 6 months end on the end of 30 months "
             "(2022-09-01 against 2022-09-01)"),
            ("P31M", "2 years and 7 months end after the end of 30 months "
             "(2022-10-01 against 2022-09-01)"),
            ("P6M", "6 months end on the end of 6 months (2020-09-01 against 2020-09-01)"),
            ("P6M1D", "6 months and 1 days end after the end of 6 months "
             "(2020-09-02 against 2020-09-01)"),
        ],
    )  # fmt: skip
    def test_how_a_term_compares(self, term: str, says: str) -> None:
        assert says in arithmetic(PERSON.given(convicted(DAY, "imprisonment", term)))

    def test_the_days(self) -> None:
        assert (
            "5 years beginning with 2020-03-02: that day is the first, 2025-03-01 the last, and "
            "2025-03-02 the first day no longer subject." in arithmetic(FINED)
        )

    def test_the_age(self) -> None:
        young = given(registered("2019-01-01", born="2002-03-03"), convicted(DAY, "fine"))
        said = arithmetic(young)
        assert "The relevant date is 2020-03-02; the person was 17." in said
        assert "2 years and 6 months (half, for a person under 18)" in said

    def test_a_caution(self) -> None:
        said = arithmetic(PERSON.given(convicted(DAY, finding="caution")))
        assert "The caution was recorded for 2020-03-02" in said
        assert "2 years beginning with 2020-03-02" in said

    def test_the_discharge_period(self) -> None:
        said = arithmetic(PERSON.given(convicted(DAY, "conditional_discharge", "P1Y")))
        assert "The period is that of the discharge: to 2021-03-01." in said

    def test_no_disposal_yet(self) -> None:
        said = arithmetic(PERSON.given(convicted(DAY)))
        assert "No disposal is recorded yet: the ground applies, with no last day." in said

    def test_terms_taken_together(self) -> None:
        person = PERSON.given(
            convicted(DAY, "imprisonment", "P15M"),
            convicted(DAY, "imprisonment", "P16M", conviction_id="C2", consecutive_to="C1"),
        )
        found = reason(person, DAY, "Subject on the ground conviction C1")
        assert "together with those of C2, less what overlaps (s.82(3), (4))" in found["sentence"]
        assert {entry(2), entry(3)} <= set(found["entries"])

    def test_a_threshold_met_and_one_not_stated(self) -> None:
        met = convicted(DAY, "imprisonment", "P1Y", threshold=True, threshold_met=True)
        said = arithmetic(PERSON.given(met))
        assert "the first sentence that meets it was imposed on 2020-03-02" in said
        assert "inferred" not in said
        said = arithmetic(PERSON.given(convicted(DAY, "imprisonment", "P1Y", threshold=True)))
        assert "[soa2003.s132.3, in force from 2004-05-01, inferred]" in said

    def test_the_sentence_that_stands(self) -> None:
        person = PERSON.given(convicted(DAY, "fine"), sentenced("2020-06-10", "life"))
        said = arithmetic(person)
        assert f"The disposal in force is life, of 2020-06-10 ({entry(3)})." in said
        assert said.endswith("The requirements are indefinite.")

    @pytest.mark.parametrize(
        "ended",
        [
            fact("conviction.quashed", "2022-03-02", conviction_id="C1"),
            fact("individual.died", "2022-03-02"),
        ],
    )
    def test_an_end_before_the_period_ran_out_is_not_called_the_period(
        self, ended: FactSpec
    ) -> None:
        said = arithmetic(FINED.given(ended))
        assert said.endswith("It ended on 2022-03-02: 2022-03-01 is the last day subject.")
        assert "2 years" not in said

    def test_a_revocation_names_its_entry(self) -> None:
        person = APPLIED.given(
            step("determined", "2022-04-01", outcome="revoked", determined_by="supt.1",
                 rank="superintendent"),
            step("notice_received", "2022-04-05"),
        )  # fmt: skip
        found = reason(person, "2022-04-04", "Subject on the ground")
        assert found["date"] == "2022-04-04"
        assert found["entries"][-1] == entry(9)
        assert "It ended on 2022-04-05" in found["sentence"]


class TestOrders:
    def test_each_entry_that_changed_it(self) -> None:
        person = SHPO.given(
            fact("order.renewed", "2024-03-04", order_id="S1", ends_on="2030-03-01")
        )
        said = arithmetic(person, "2024-03-04", "Sexual Harm Prevention Order")
        assert f"Made on 2020-03-02 ({entry(2)})." in said
        assert f"Changed or ended by {entry(4)}." in said
        assert "Its last day is 2030-03-01." in said

    def test_until_further_order(self) -> None:
        said = arithmetic(PERSON.given(made(DAY)), DAY, "Sexual Harm Prevention Order")
        assert "It runs until further order." in said

    def test_service(self) -> None:
        person = PERSON.given(made(DAY, served_on="2020-03-09"))
        assert "It was served on 2020-03-09" in arithmetic(person)

    def test_one_that_has_ended_has_none(self) -> None:
        assert not [r for r in reasons(SHPO, "2026-03-02") if "Prevention Order" in r["what"]]


class TestClocks:
    def test_the_days_named_one_by_one(self) -> None:
        said = arithmetic(FINED, DAY, "Initial notification")
        assert said == "3 days beginning with 2020-03-02: 2020-03-02, 2020-03-03, 2020-03-04."

    def test_days_inside_left_out(self) -> None:
        person = FINED.given(
            fact("custody.entered", "2020-03-03", kind="remand"),
            fact("custody.left", "2020-03-10"),
        )
        assert arithmetic(person, "2020-03-10", "Initial notification") == (
            "3 days beginning with 2020-03-02: 2020-03-02, 2020-03-10, 2020-03-11; "
            "7 days inside or abroad are left out."
        )

    def test_a_release_names_the_entry_of_it(self) -> None:
        found = reason(RELEASED, "2020-06-10", "Change notification")
        assert found["entries"] == [entry(5)]

    def test_a_year(self) -> None:
        said = arithmetic(RELEASED, "2020-06-10", "Periodic notification")
        assert said == "1 year after 2020-03-03 ends with 2021-03-03."

    def test_a_year_that_ends_inside(self) -> None:
        person = RELEASED.given(
            fact("custody.entered", "2021-02-01", kind="remand"),
            fact("custody.left", "2021-04-01"),
        )
        said = arithmetic(person, "2021-04-01", "Periodic notification")
        assert "1 year after 2020-03-03 ends with 2021-03-03. That day was spent inside" in said
        assert "3 days beginning with 2021-04-01, to 2021-04-03." in said

    def test_a_week(self) -> None:
        person = FINED.given(notified("2020-03-03", no_fixed_address=True))
        said = arithmetic(person, "2020-03-03", "Periodic notification")
        assert said == "7 days after 2020-03-03, that day not counted, end with 2020-03-10."

    def test_service_of_a_risk_order(self) -> None:
        said = arithmetic(SRO, "2020-03-09", "Sro notification")
        assert said == "3 days beginning with 2020-03-09, the day of service, to 2020-03-11."

    def test_the_steps_of_a_review(self) -> None:
        on = "2022-02-10"
        assert arithmetic(APPLIED, on, "Review acknowledge") == (
            "14 days of 2022-02-01, that day not counted: 2022-02-15 is the last."
        )
        assert arithmetic(APPLIED, on, "Review determine") == (
            "A body notified on 2022-02-10 may give information within 28 days, to 2022-03-10; "
            "42 days of that day end with 2022-04-21."
        )
        assert arithmetic(REFUSED, "2022-04-05", "Review appeal") == (
            "21 days beginning with 2022-04-05: 2022-04-25 is the last."
        )


class TestReview:
    def test_the_years_counted_from_the_notification(self) -> None:
        assert arithmetic(LIFER, "2020-01-10", "Qualifying date") == (
            f"15 years beginning with 2007-01-12 ({entry(5)}) end with 2022-01-11; the day after "
            "is 2022-01-12."
        )

    def test_the_years_counted_from_the_determination(self) -> None:
        assert arithmetic(REFUSED, "2022-04-01", "Qualifying date") == (
            f"8 years beginning with 2022-04-01 ({entry(8)}) end with 2030-03-31; the day after "
            "is 2030-04-01."
        )

    def test_set_by_a_person(self) -> None:
        assert arithmetic(SET, "2021-01-11", "Qualifying date") == (
            "A person set the date: 2023-01-12."
        )

    def test_no_date_no_reason(self) -> None:
        person = PERSON.given(convicted(DAY, "life"))
        assert not [r for r in reasons(person) if r["what"].startswith("Qualifying")]


def test_a_recall_says_the_first_day() -> None:
    said = arithmetic(RECALLED, DAY, "Recall R1")
    assert said == (
        "Returned to custody on 2020-03-02: that day is the first of 28, 2020-03-29 the last."
    )


def test_nothing_to_explain() -> None:
    assert reasons(PERSON) == []
