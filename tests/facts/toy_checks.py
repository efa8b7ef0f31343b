"""What the tracker does with types of fact that it does not name, from their models alone.

Run by test_toy_type in a separate process that loads `toy` first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from running import Ran, Tracker
from tracker.domain.facts.personal import FORGOTTEN
from wire import Event, Written, event, registered, void

WHOSE = ("--subject", "CHE-1", "--by", "ann")
BOUGHT = ("boat.bought", "boat_id=B1", "berths=4", "name=Sea Robin", "licensed=true",
          "mast.metres=7", "--on", "2020-02-01", *WHOSE)  # fmt: skip
ERASED = ("--authorised-by", "Supt Grey", "--reason", "the review of 2026", "--reviewed")


@pytest.fixture
def tracker(store: Path) -> Tracker:
    return Tracker(store, {"TRACKER_KEY_STORE": str(store.with_name("keys.db"))})


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    """A person who has a boat."""
    tracker("import", file(registered()), "--trust-times").done()
    tracker("record", *BOUGHT, "--id", "b1").done()
    return tracker


def moored(tracker: Tracker, *more: str, boat: str = "B1", on: str = "2020-03-01") -> Ran:
    return tracker("record", "boat.moored", f"boat_id={boat}", "--on", on, *WHOSE, *more)


def last(tracker: Tracker) -> Event:
    return tracker.facts()[-1]


def findings(tracker: Tracker, on: str) -> list[Any]:
    answer = tracker("show", "CHE-1", "--on", on, "--format", "json").json()
    return [one["finding"] for one in answer["findings"]]


def bought(name: str = "b1", subject: str = "CHE-1", **data: Any) -> Event:
    given = {"boat_id": "B1", "name": "Sea Robin", "berths": 4} | data
    return event(name, "boat.bought", "2020-02-01", subject=subject, **given)


def test_whole_numbers_and_yes_or_no_are_typed_as_their_fields_take_them(filled: Tracker) -> None:
    assert last(filled)["data"] == {
        "on": "2020-02-01", "boat_id": "B1", "berths": 4, "name": "Sea Robin", "licensed": True,
        "mast": {"metres": 7},
    }  # fmt: skip
    moored(filled, "nights=12", "berthing=true").done()
    assert last(filled)["data"]["nights"] == 12
    assert last(filled)["data"]["berthing"] == "true"


def test_a_wrong_shape_is_refused_by_its_field(filled: Tracker) -> None:
    moored(filled, "nights=some").refused("data.nights: ")
    moored(filled, "colour=red").refused("data.colour: unknown field")


def test_an_id_is_defined_once(filled: Tracker) -> None:
    filled("record", *BOUGHT).refused("boat_id: ", "boat B1 is recorded already", "b1")


def test_what_is_referred_to_is_known(filled: Tracker) -> None:
    moored(filled, boat="B2").refused("boat_id: unknown boat B2")
    second = ("boat.bought", "boat_id=B2", "berths=1", "name=Wren", "mast.metres=3", *WHOSE)
    filled("record", *second, "mast.tender_of=B9").refused("mast.tender_of: unknown boat B9")
    filled("record", *second, "mast.tender_of=B1").done()


def test_its_own_judge_is_asked_and_may_be_overridden(filled: Tracker) -> None:
    moored(filled, "nights=41").refused("nights: ", "not moored so long", "b1")
    insisted = ("override.rule=x", "override.reason=storm", "override.by=ann")
    moored(filled, "nights=41", *insisted).done()


def test_what_may_act_after_death_does_and_nothing_else(filled: Tracker) -> None:
    filled("record", "individual.died", "--on", "2020-06-01", *WHOSE).done()
    moored(filled, on="2020-07-01").refused("on: ", "is not before the death")
    filled("record", "boat.sold", "boat_id=B1", "--on", "2020-07-01", *WHOSE).done()


def test_after_a_death_recorded_late_it_is_a_finding_unless_it_may_act(filled: Tracker) -> None:
    moored(filled, on="2020-07-01").done()
    filled("record", "boat.sold", "boat_id=B1", "--on", "2020-07-02", *WHOSE).done()
    filled("record", "individual.died", "--on", "2020-06-01", *WHOSE).done()
    assert findings(filled, "2020-08-01").count("after_death") == 1


def test_what_is_personal_is_sealed_and_forgotten(tracker: Tracker, file: Written) -> None:
    old = {"subject": "OLD-1", "source": "/old"}
    facts = [registered("e1", "1990-01-07", **old, date_of_birth="1900-05-04"), bought(**old)]
    tracker("import", file(*facts)).done()
    held = b"".join(path.read_bytes() for path in tracker.store.parent.glob("tracker.db*"))
    assert b"boat.bought" in held
    assert b"Sea Robin" not in held
    assert last(tracker)["data"]["name"] == "Sea Robin"
    tracker("erase", "OLD-1", *ERASED).done()
    boat = tracker.facts()[1]["data"]
    assert (boat["name"], boat["berths"]) == (FORGOTTEN, 4)


def test_it_is_exported_and_imported_again(filled: Tracker, tmp_path: Path) -> None:
    moored(filled, "nights=12").done()
    out = tmp_path / "out.jsonl"
    out.write_text(filled.export(), encoding="utf-8")
    other = Tracker(tmp_path / "other.db", {"TRACKER_KEY_STORE": str(tmp_path / "other-keys.db")})
    assert other("import", out, "--trust-times").done().out.startswith("3 facts stored")
    assert other.export() == filled.export()
    assert other("import", out, "--trust-times").done().out.startswith("0 facts stored, 3 known")


def test_it_is_in_the_schema(tracker: Tracker) -> None:
    schema = tracker("schema").json()
    named = {branch["properties"]["type"]["const"] for branch in schema["oneOf"]}
    assert {"uk.mappa.boat.bought", "uk.mappa.boat.moored", "uk.mappa.boat.sold"} <= named
    takes = Draft202012Validator(schema).is_valid
    assert takes(bought())
    assert not takes(bought(berths="4"))


def test_it_is_voided_and_what_referred_to_it_is_a_finding(filled: Tracker, file: Written) -> None:
    moored(filled).done()
    assert findings(filled, "2020-08-01") == []
    wrong = void("v1", "b1", on=filled.facts()[1]["time"][:10], entry_source="/tracker/cli")
    filled("import", file(wrong, name="void.jsonl")).done()
    assert findings(filled, "2020-08-01") == ["leans_on_nothing"]
    moored(filled, on="2020-04-01").refused("unknown boat B1")


def test_a_right_fact_takes_over_its_id(filled: Tracker) -> None:
    moored(filled).done()
    filled("record", *BOUGHT, "--corrects", "b1", "--reason", "misread").done()
    assert last(filled)["data"]["corrects"] == "b1"
    assert findings(filled, "2020-08-01") == []


def test_the_views_and_the_proof_of_the_log_take_it_in(filled: Tracker) -> None:
    moored(filled).done()
    for command in (["rebuild"], ["counts", "--on", "2020-08-01"], ["verify"]):
        filled(*command).done()
