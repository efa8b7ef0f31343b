"""The same facts again: known and skipped. The same id with other content: a conflict."""

from __future__ import annotations

from typing import Any

import pytest

from running import Tracker
from wire import Event, Written, convicted, event, level, line, made, registered, void

REGISTERED = registered()
ORDER = made(
    "e3", "2020-03-02", time="2020-06-01T09:30:00+01:00", prohibitions=[{"text": "No contact"}]
)
FACTS = [REGISTERED, convicted(), ORDER]


def again(tracker: Tracker, file: Written, *facts: Event | str | bytes, **options: Any) -> str:
    return tracker("import", file(*facts, name="again.jsonl"), *options.get("with_", ())).done().out


def conflicts(tracker: Tracker, file: Written, fact: Event) -> None:
    before = tracker.export()
    ran = tracker("import", file(fact, name="again.jsonl")).refused(
        "again.jsonl:1: id: ", "known with other content", f"{fact['source']} {fact['id']}"
    )
    assert "Robin" not in ran.err
    assert tracker.export() == before


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(*FACTS), "--trust-times").done()
    return tracker


@pytest.mark.parametrize("options", [(), ("--trust-times",), ("--keep-good",)])
def test_the_same_file_again_changes_nothing(
    filled: Tracker, file: Written, options: tuple[str, ...]
) -> None:
    before = filled.export()
    assert again(filled, file, *FACTS, with_=options) == "0 facts stored, 3 known already\n"
    assert filled.export() == before
    assert not list(filled.store.parent.glob("*.refused.jsonl"))


def test_the_same_fact_twice_in_one_file_is_stored_once(tracker: Tracker, file: Written) -> None:
    assert again(tracker, file, *FACTS, *FACTS) == "3 facts stored, 3 known already\n"
    assert tracker.stored() == 3


def test_new_facts_are_told_from_known_ones(filled: Tracker, file: Written) -> None:
    more = [*FACTS, level("e4", "2020-04-01", 2)]
    assert again(filled, file, *more) == "1 facts stored, 3 known already\n"


@pytest.mark.parametrize(
    "time",
    [
        "2020-06-01T08:30:00Z",
        "2020-06-01T08:30:00.000Z",
        "2020-06-01t08:30:00z",
        "2020-06-01T03:30:00-05:00",
        "2020-06-01T08:30:00+00:00",
    ],
)
def test_the_same_instant_written_otherwise_is_the_same(
    filled: Tracker, file: Written, time: str
) -> None:
    before = filled.export()
    assert again(filled, file, ORDER | {"time": time}) == "0 facts stored, 1 known already\n"
    assert filled.export() == before, "the text of the first stands"


def test_the_same_content_written_otherwise_is_the_same(filled: Tracker, file: Written) -> None:
    turned = dict(reversed(ORDER.items())) | {"data": dict(reversed(ORDER["data"].items()))}
    spaced = (
        line(turned).replace(b":", b" : ").replace(b"T09 : 30 : 00+01 : 00", b"T09:30:00+01:00")
    )
    escaped = line(ORDER).replace(b"No contact", b"\\u004eo \\u0063ontact")
    said = again(filled, file, turned, spaced, escaped)
    assert said == "0 facts stored, 3 known already\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"time": "2020-06-01T08:30:01Z"},
        {"recordedby": "ppu.officer8"},
        {"subject": "CHE-2"},
        {"type": "uk.mappa.order.applied_for"},
        {"correlationid": "c-1"},
        {"causationid": "c-1"},
    ],
)
def test_another_attribute_is_a_conflict(
    filled: Tracker, file: Written, changes: dict[str, str]
) -> None:
    fact = ORDER | changes
    if "type" in changes:
        fact["data"] = {"on": "2020-03-02", "order_id": "S1", "kind": "shpo"}
    conflicts(filled, file, fact)


@pytest.mark.parametrize(
    "changes",
    [
        {"on": "2020-03-03"},
        {"served_on": "2020-03-02"},
        {"prohibitions": [{"text": "No contact."}]},
        {"prohibitions": [{"text": "No contact", "ends_on": "2030-01-01"}]},
        {"prohibitions": [{"text": "No contact"}, {"text": "No travel"}]},
        {"requirements": []},
        {"override": {"rule": "r", "reason": "court", "by": "x"}},
    ],
)
def test_other_data_is_a_conflict(filled: Tracker, file: Written, changes: dict[str, Any]) -> None:
    conflicts(filled, file, ORDER | {"data": ORDER["data"] | changes})


def test_a_field_left_out_is_a_conflict(filled: Tracker, file: Written) -> None:
    fewer = {k: v for k, v in ORDER["data"].items() if k != "prohibitions"}
    conflicts(filled, file, ORDER | {"data": fewer})


def test_a_conflict_within_a_file_stores_nothing_of_it(tracker: Tracker, file: Written) -> None:
    path = file(REGISTERED, level("e2", "2020-02-01", 2), level("e2", "2020-02-01", 3))
    tracker("import", path).refused("in.jsonl:3: id: ", "/cheshire/ppu e2")
    assert tracker.stored() == 0


def test_the_same_id_of_another_source_is_another_entry(filled: Tracker, file: Written) -> None:
    theirs = level("e2", "2020-04-01", 2, source="/merseyside/ppu")
    assert again(filled, file, theirs) == "1 facts stored, 0 known already\n"
    named = {(fact["source"], fact["id"]) for fact in filled.facts()}
    assert {("/cheshire/ppu", "e2"), ("/merseyside/ppu", "e2")} <= named


def test_a_source_and_an_id_are_never_mistaken_for_others(tracker: Tracker, file: Written) -> None:
    """No two pairs of source and id give one name: neither may contain a space."""
    ours = [
        registered("1", subject="A", source="/a"),
        registered("11", subject="B", source="/a"),
        registered("1", subject="C", source="/a1"),
    ]
    assert again(tracker, file, *ours) == "3 facts stored, 0 known already\n"


def test_a_file_of_corrections_again_is_all_known(tracker: Tracker, file: Written) -> None:
    facts = [
        REGISTERED,
        convicted(),
        level("e3", "2020-02-03", 2),
        void("v3", "e3", "2020-02-05"),
        level("e4", "2020-02-03", 3, corrects="e3", time="2020-02-05T12:00:00Z"),
        level("e5", "2020-02-01", 3, corrects="e4", time="2020-02-06T12:00:00Z"),
        void("v4", "e4", "2020-02-06"),
        event("e6", "individual.died", "2020-02-10"),
        void("v6", "e6", "2020-02-11"),
    ]
    before = again(tracker, file, *facts, with_=("--trust-times",)), tracker.export()
    assert before[0] == "9 facts stored, 0 known already\n"
    for options in ((), ("--trust-times",), ("--keep-good",)):
        assert again(tracker, file, *facts, with_=options) == "0 facts stored, 9 known already\n"
    assert tracker.export() == before[1]


def test_a_void_again_is_known_and_another_void_of_it_refused(
    tracker: Tracker, file: Written
) -> None:
    facts = [REGISTERED, level("e2", "2020-02-01", 2), void("v2", "e2", "2020-02-02")]
    again(tracker, file, *facts)
    assert again(tracker, file, facts[2]) == "0 facts stored, 1 known already\n"
    second = void("v3", "e2", "2020-02-02")
    tracker("import", file(second, name="again.jsonl")).refused("is void already")
