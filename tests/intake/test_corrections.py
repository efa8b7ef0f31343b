"""Corrections in a file: the void and the right fact are recorded together or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from running import Tracker
from wire import Event, Written, convicted, event, level, made, registered, void

BASE = [registered(), convicted(), level("e3", "2020-02-03", 2), made("e4", "2020-03-02")]
LATER = "2020-04-01T12:00:00Z"
VOID = void("v3", "e3", "2020-04-01")
RIGHT = level("e5", "2020-02-04", 3, corrects="e3", time=LATER)


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(*BASE, name="base.jsonl"), "--trust-times").done()
    return tracker


def imported(tracker: Tracker, file: Written, *facts: Event | str, keep: bool = True) -> list[str]:
    """The ids that an import added, in the order recorded."""
    before = tracker.stored()
    ran = tracker("import", file(*facts), "--trust-times", *(["--keep-good"] if keep else []))
    ran.done()
    return [fact["id"] for fact in tracker.facts()[before:]]


def refused(tracker: Tracker) -> dict[int, str]:
    """The reason of each line refused by the last import that kept the good lines."""
    told = (tracker.store.parent / "in.jsonl.refused.jsonl").read_text(encoding="utf-8")
    return {one["line"]: one["reason"] for one in map(json.loads, told.splitlines())}


def levels(tracker: Tracker, *args: str) -> list[tuple[str, str]]:
    answer = tracker("show", "CHE-1", "--on", "2020-05-01", *args, "--format", "json").json()
    return [(s["from"], s["value"]) for s in answer["spells"] if s["track"] == "level"]


@pytest.mark.parametrize("facts", [[VOID, RIGHT], [RIGHT, VOID]])
@pytest.mark.parametrize("keep", [True, False])
def test_both_halves_are_recorded_in_either_order(
    filled: Tracker, file: Written, facts: list[Event], keep: bool
) -> None:
    assert imported(filled, file, *facts, keep=keep) == [f["id"] for f in facts]
    assert ("2020-02-04", "3") in levels(filled)
    assert "2" not in {value for _, value in levels(filled)}
    assert ("2020-02-03", "2") in levels(filled, "--known-at", "2020-03-31")


def test_a_right_fact_may_stand_long_before_its_void(filled: Tracker, file: Written) -> None:
    between = [registered(f"x{n}", subject=f"X-{n}") for n in range(50)]
    assert len(imported(filled, file, RIGHT, *between, VOID)) == 52


def test_a_right_fact_takes_over_the_names_of_the_wrong_one(filled: Tracker, file: Written) -> None:
    right = made("e6", "2020-03-03", ends_on="2027-03-02", corrects="e4", time=LATER)
    leaning = event("e7", "order.served", "2020-03-03", order_id="S1", time=LATER)
    facts = [right, leaning, void("v4", "e4", "2020-04-01")]
    assert imported(filled, file, *facts, keep=False) == ["e6", "e7", "v4"]
    answer = filled("show", "CHE-1", "--on", "2020-05-01", "--format", "json").json()
    assert [o["last_day"] for o in answer["orders"]] == ["2027-03-02"]


def test_a_right_fact_without_its_void_is_refused(filled: Tracker, file: Written) -> None:
    ran = filled("import", file(RIGHT), "--trust-times")
    ran.refused("in.jsonl:1: corrects: ", "without its void")


def test_a_right_fact_after_an_earlier_void_is_refused(filled: Tracker, file: Written) -> None:
    assert imported(filled, file, VOID, keep=False) == ["v3"]
    filled("import", file(RIGHT), "--trust-times").refused("without its void")


def test_a_right_fact_whose_void_is_of_another_source_is_refused(
    filled: Tracker, file: Written
) -> None:
    other = RIGHT | {"source": "/merseyside/ppu"}
    filled("import", file(VOID, other), "--trust-times").refused("in.jsonl:2: ", "without its void")


BAD_RIGHT: dict[str, Any] = {
    "refused by the record": level("e5", "1970-02-04", 3, corrects="e3", time=LATER),
    "not a fact": level("e5", "2020-02-04", 7, corrects="e3", time=LATER),
    "no day that exists": level("e5", "2020-02-30", 3, corrects="e3", time=LATER),
    "of an unknown type": RIGHT | {"type": "uk.mappa.level.sat"},
    "recorded before the others": RIGHT | {"time": "2020-01-06T12:00:00Z"},
    "in conflict with another": RIGHT | {"id": "e1"},
}


@pytest.mark.parametrize("bad", BAD_RIGHT)
@pytest.mark.parametrize("void_first", [True, False])
def test_a_good_void_of_a_bad_right_fact_is_refused_with_it(
    filled: Tracker, file: Written, bad: str, void_first: bool
) -> None:
    halves = [VOID, BAD_RIGHT[bad]] if void_first else [BAD_RIGHT[bad], VOID]
    other = level("e9", "2020-04-02", 3)
    assert imported(filled, file, *halves, other) == ["e9"]
    assert set(refused(filled)) == {1, 2}
    assert "the other half of the correction" in refused(filled)[1 if void_first else 2]
    assert ("2020-02-03", "2") in levels(filled), "the fact to be corrected stands"


BAD_VOID: dict[str, Any] = {
    "no reason": VOID | {"data": {"on": "2020-04-01", "entry": "e3"}},
    "another day": VOID | {"data": {"on": "2020-03-31", "entry": "e3", "reason": "x"}},
    "in conflict with another": VOID | {"id": "e1"},
    "of another subject": VOID | {"subject": "CHE-2"},
}


@pytest.mark.parametrize("bad", BAD_VOID)
@pytest.mark.parametrize("void_first", [True, False])
def test_a_good_right_fact_of_a_bad_void_is_refused_with_it(
    filled: Tracker, file: Written, bad: str, void_first: bool
) -> None:
    halves = [BAD_VOID[bad], RIGHT] if void_first else [RIGHT, BAD_VOID[bad]]
    other = level("e9", "2020-04-02", 3)
    assert imported(filled, file, *halves, other) == ["e9"]
    assert set(refused(filled)) == {1, 2}
    assert ("2020-02-03", "2") in levels(filled)


def test_what_leans_on_half_a_correction_is_refused_for_its_own_reason(
    filled: Tracker, file: Written
) -> None:
    wrong = convicted("c2", "2020-03-10", conviction_id="C2")
    bad_void = void("v", "c9", "2020-04-01")
    facts = [
        wrong,
        convicted("c3", "2020-03-11", conviction_id="C3", corrects="c9", time=LATER),
        event("c4", "conviction.quashed", "2020-04-01", conviction_id="C3"),
        bad_void,
    ]
    assert imported(filled, file, *facts) == ["c2"]
    told = refused(filled)
    assert set(told) == {2, 3, 4}
    assert "unknown conviction C3" in told[3]


def test_a_void_of_another_source_names_it(filled: Tracker, file: Written) -> None:
    theirs = void("m1", "e3", "2020-04-01", source="/merseyside/ppu")
    filled("import", file(theirs), "--trust-times").refused("/merseyside/ppu e3")
    named = theirs | {"data": theirs["data"] | {"entry_source": "/cheshire/ppu"}}
    assert imported(filled, file, named, keep=False) == ["m1"]
    assert ("2020-02-03", "2") not in levels(filled)


def test_a_void_of_somebody_elses_fact_is_refused(filled: Tracker, file: Written) -> None:
    other = registered("o1", "2020-03-31", subject="CHE-2")
    wrong = VOID | {"subject": "CHE-2"}
    filled("import", file(other, wrong), "--trust-times").refused("in.jsonl:2: entry: ", "CHE-2")


def test_a_void_cannot_be_voided(filled: Tracker, file: Written) -> None:
    filled("import", file(VOID, void("v4", "v3", "2020-04-01")), "--trust-times").refused(
        "in.jsonl:2: entry: a void cannot be voided"
    )


class TestRegistration:
    def test_is_not_voided_alone(self, filled: Tracker, file: Written) -> None:
        path = file(void("v1", "e1", "2020-04-01"))
        filled("import", path, "--trust-times").refused("in.jsonl:1: entry: ", "every other fact")
        assert filled.stored() == len(BASE)

    def test_is_not_voided_with_some_of_the_others(self, filled: Tracker, file: Written) -> None:
        facts = [void(f"v{n}", f"e{n}", "2020-04-01") for n in (1, 2, 3)]
        filled("import", file(*facts), "--trust-times").refused("every other fact")
        assert imported(filled, file, *facts) == ["v2", "v3"], "the good lines are kept"
        assert "every other fact" in refused(filled)[1]

    @pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 3, 2, 1)])
    def test_is_voided_with_every_other_fact(
        self, filled: Tracker, file: Written, order: tuple[int, ...]
    ) -> None:
        facts = [void(f"v{n}", f"e{n}", "2020-04-01") for n in order]
        assert len(imported(filled, file, *facts, keep=False)) == 4
        filled("show", "CHE-1").refused("CHE-1 is not known")
        filled("show", "CHE-1", "--known-at", "2020-03-31").done()

    def test_is_amended_and_not_corrected_while_other_facts_stand(
        self, filled: Tracker, file: Written
    ) -> None:
        right = registered("e6", name="Robin Ashby", corrects="e1", time=LATER)
        both = file(void("v1", "e1", "2020-04-01"), right)
        filled("import", both, "--trust-times").refused("every other fact")
        amended = event("e7", "individual.amended", "2020-04-01", name="Robin Ashby")
        assert imported(filled, file, amended, keep=False) == ["e7"]
        answer = filled("show", "CHE-1", "--on", "2020-05-01", "--format", "json").json()
        assert answer["name"] == "Robin Ashby"
