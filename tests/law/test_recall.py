"""Recall: what is shown, its last day, and what it does not change (CJA 2003 ss.254-255BA)."""

from __future__ import annotations

from typing import Any

import pytest

from spec import FactSpec, Record, convicted, fact, given, notified, registered, voided

PERSON = given(registered("2000-01-01"))
FIXED = [
    ("fixed_term_14", "2020-03-15", "cja2003.s255b.14"),
    ("fixed_term_28", "2020-03-29", "cja2003.s255b.28"),
    ("fixed_term_56", "2020-04-26", "cja2003.s255ba"),
]


def decided(on: str = "2020-03-01", kind: str = "fixed_term_28", ref: str = "R1") -> FactSpec:
    return fact("recall.decided", on, recall_id=ref, kind=kind)


def returned(on: str = "2020-03-02", ref: str = "R1") -> FactSpec:
    return fact("custody.entered", on, kind="recall", recall_id=ref)


def recalls(record: Record, on: str = "2020-03-02") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = record.on(on)["recalls"]
    return found


@pytest.mark.parametrize(("kind", "last_day", "rule"), FIXED)
class TestTheLastDay:
    """14, 28 or 56 days beginning with the return to custody, not with the decision."""

    def test_counted_from_the_return(self, kind: str, last_day: str, rule: str) -> None:
        person = PERSON.given(decided(kind=kind), returned())
        [found] = recalls(person)
        assert (found["returned_on"], found["last_day"]) == ("2020-03-02", last_day)
        assert (found["decided_on"], found["rule"]) == ("2020-03-01", rule)
        assert found["entries"] == ["/cheshire/ppu e2", "/cheshire/ppu e3"]

    def test_none_at_large(self, kind: str, last_day: str, rule: str) -> None:
        [found] = recalls(PERSON.given(decided(kind=kind)))
        assert (found["returned_on"], found["last_day"], found["rule"]) == (None, None, rule)

    def test_a_return_for_another_reason_is_none(self, kind: str, last_day: str, rule: str) -> None:
        person = PERSON.given(
            decided(kind=kind), fact("custody.entered", "2020-03-02", kind="remand")
        )
        assert recalls(person)[0]["last_day"] is None


class TestWhatIsShown:
    @pytest.mark.parametrize("kind", ["standard", "emergency"])
    def test_a_standard_recall_has_no_last_day(self, kind: str) -> None:
        [found] = recalls(PERSON.given(decided(kind=kind), returned()))
        assert (found["kind"], found["last_day"], found["rule"]) == (kind, None, "cja2003.s254")

    def test_from_the_day_of_the_decision(self) -> None:
        person = PERSON.given(decided(), returned())
        assert recalls(person, "2020-02-29") == []
        assert len(recalls(person, "2020-03-01")) == 1

    def test_a_cancelled_one_is_marked(self) -> None:
        person = PERSON.given(decided(), fact("recall.cancelled", "2020-03-02", recall_id="R1"))
        [found] = recalls(person)
        assert found["cancelled"]
        assert found["entries"] == ["/cheshire/ppu e2", "/cheshire/ppu e3"]
        assert not recalls(PERSON.given(decided()))[0]["cancelled"]

    def test_several_in_order_of_decision_each_with_its_return(self) -> None:
        person = PERSON.given(
            decided("2019-01-10", "fixed_term_14", "R1"),
            returned("2019-01-11", "R1"),
            fact("custody.left", "2019-01-25"),
            decided("2020-03-01", "fixed_term_28", "R2"),
            returned("2020-03-02", "R2"),
        )
        found = [(r["recall_id"], r["last_day"]) for r in recalls(person)]
        assert found == [("R1", "2019-01-24"), ("R2", "2020-03-29")]

    def test_the_first_return_counts(self) -> None:
        person = PERSON.given(decided(), returned("2020-03-02"), returned("2020-03-05"))
        assert recalls(person, "2020-03-05")[0]["last_day"] == "2020-03-29"

    def test_a_return_corrected_moves_it(self) -> None:
        person = PERSON.given(decided(), returned("2020-03-02")).given(
            voided("2020-03-10", "e3"),
            fact("custody.entered", "2020-03-03", kind="recall", recall_id="R1", corrects="e3"),
        )
        assert recalls(person, "2020-03-10")[0]["last_day"] == "2020-03-30"
        before = person.known("2020-03-09")
        assert recalls(before, "2020-03-09")[0]["last_day"] == "2020-03-29"

    def test_recorded_late_it_is_shown_all_the_same(self) -> None:
        person = PERSON.given(
            fact("custody.entered", "2020-03-02", kind="recall"),
            fact("recall.decided", "2020-03-01", recall_id="R1", kind="standard",
                 recorded="2020-04-01"),
        )  # fmt: skip
        assert recalls(person, "2020-03-01")[0]["recall_id"] == "R1"


class TestWhatItLeavesAlone:
    """It stops no notification period and no review clock; release from it starts s.84(1)(d)."""

    LIFER = given(
        registered("1990-01-01"),
        convicted("2005-01-10", "imprisonment", "P4Y"),
        fact("custody.entered", "2005-01-10", kind="sentence", conviction_id="C1"),
        fact("custody.left", "2007-01-10", licence_until="2009-01-09"),
        notified("2007-01-12"),
        fact("recall.decided", "2008-08-01", recall_id="R1", kind="fixed_term_28"),
        fact("custody.entered", "2008-08-04", kind="recall", recall_id="R1"),
        fact("custody.left", "2008-09-01"),
    )

    def test_the_review_clock(self) -> None:
        answer = self.LIFER.on("2008-09-01")["review"]
        assert answer["qualifying_on"] == "2022-01-12"

    def test_the_notification_period(self) -> None:
        fined = given(
            registered("2000-01-01"),
            convicted("2019-03-04", "fine"),
            decided(),
            returned(),
            fact("custody.left", "2020-03-30"),
        )
        assert fined.last_day("2020-04-01") == "2024-03-03"

    def test_release_is_notified_within_3_days(self) -> None:
        assert self.LIFER.due("change_notification", "2008-09-01") == "2008-09-03"
        assert self.LIFER.due("change_notification", "2008-08-31") is None
