"""Input that is odd rather than wrong: terminal codes, pipes, places that cannot be written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from running import COMMAND, Tracker
from wire import Written, convicted, level, line, registered

GOOD = [registered(), convicted()]
RED = "\x1b[31m"


@pytest.mark.parametrize(
    "bad",
    [
        '{"\\u001b[31m":1}',
        '{"\\u001b[31m":null}',
        '{"\\u001b[31m":1,"\\u001b[31m":2}',
        json.dumps(registered() | {"data": registered()["data"] | {RED: 1}}),
        json.dumps(registered() | {"type": RED}),
        json.dumps(registered(area=RED)),
    ],
)
def test_what_a_file_says_is_never_obeyed_by_a_terminal(
    bad: str, tracker: Tracker, file: Written
) -> None:
    ran = tracker("import", file(bad)).refused("in.jsonl:1: ")
    assert "\x1b" not in ran.err


@pytest.mark.parametrize(
    "bad",
    [
        '{"\\ud800":1}',
        json.dumps(registered() | {"data": registered()["data"] | {"\ud800": 1}}),
        json.dumps(registered() | {"type": "\ud800"}),
        b"\xff\xfe\xff",
        json.dumps(registered(area="\ud800")),
    ],
)
def test_a_half_letter_anywhere_is_refused_and_written_out(
    bad: str | bytes, tracker: Tracker, file: Written
) -> None:
    ran = tracker("import", file(*GOOD, bad), "--keep-good").done()
    assert ran.out == "2 facts stored, 0 known already\n"
    refused = (tracker.store.parent / "in.jsonl.refused.jsonl").read_bytes()
    assert [json.loads(told)["line"] for told in refused.splitlines()] == [3]


def test_an_escaped_correction_is_a_correction(tracker: Tracker, file: Written) -> None:
    wrong, right = level("e3", "2020-02-03", 2), level("e5", "2020-02-03", 3, corrects="e3")
    voided = line(
        {
            **level("e4", "2020-02-04", 2),
            "type": "uk.mappa.entry.voided",
            "data": {"on": "2020-02-04", "entry": "e3", "reason": "typed wrongly"},
        }
    )
    right["time"] = "2020-02-04T12:00:00Z"
    hidden = [
        voided.replace(b"entry.voided", b"entry\\u002evoided"),
        line(right).replace(b'"corrects"', b'"c\\u006frrects"'),
    ]
    for halves in (hidden, hidden[::-1]):
        tracker.store.unlink(missing_ok=True)
        path = file(*GOOD, wrong, *halves)
        assert tracker("import", path, "--trust-times").done().out.startswith("5 facts stored")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32"])
def test_a_file_in_utf_16_is_refused_by_that_name(
    encoding: str, tracker: Tracker, file: Written
) -> None:
    path = file()
    path.write_bytes("\r\n".join(line(fact).decode() for fact in GOOD).encode(encoding))
    ran = tracker("import", path).refused(
        f"in.jsonl:1: the file is {encoding.upper()[:6]}, not UTF-8: save it as UTF-8"
    )
    assert ran.err.count("NUL") == 0
    assert tracker.stored() == 0


def test_a_recorded_line_in_utf_16_is_refused_by_that_name(tracker: Tracker) -> None:
    utf_16 = line(GOOD[0]).decode().encode("utf-16")
    tracker.process("record", "-", stdin=utf_16).refused("the file is UTF-16, not UTF-8")


@pytest.mark.parametrize("content", [b"", line(GOOD[0]) + b"\n"])
def test_a_pipe_is_never_taken_for_an_empty_file(tracker: Tracker, content: bytes) -> None:
    ran = tracker.process("import", "/dev/stdin", stdin=content).refused("/dev/stdin")
    assert "not a file" in ran.err
    assert tracker.stored() == 0


def test_a_place_that_cannot_be_written_is_named(tracker: Tracker, file: Written) -> None:
    path, nowhere = file(*GOOD), tracker.store.parent / "no" / "such" / "folder" / "x.jsonl"
    tracker("import", path, "--keep-good", "--refused", nowhere).refused("no/such/folder")
    assert tracker.stored() == 0


def test_a_file_that_is_not_there_is_wrong_usage(tracker: Tracker) -> None:
    tracker("import", "/no/such/file.jsonl").wrong_usage("does not exist")
    tracker("import", "/").wrong_usage("is a directory")
    assert not tracker.store.exists()


def test_a_store_that_is_no_store_is_named(tracker: Tracker, file: Written) -> None:
    tracker.store.write_text("this is a letter, not a database\n" * 100)
    for command in (["import", str(file(*GOOD))], ["export"], ["counts"], ["show", "CHE-1"]):
        tracker(*command).refused(str(tracker.store))
    assert tracker.store.read_text().startswith("this is a letter")


def test_a_store_that_cannot_be_made_is_named(tracker: Tracker) -> None:
    tracker.store.write_text("")
    beneath = Tracker(tracker.store / "beneath" / "a.db")
    beneath("migrate").refused("cannot open the store")


def test_another_kind_of_store_is_named_without_its_password(tracker: Tracker) -> None:
    there = Tracker(tracker.store, {"TRACKER_STORE": "oracle://ann:secret@host/db"})
    ran = there("counts").refused("TRACKER_STORE", "sqlite:///")
    assert "secret" not in ran.err


@pytest.mark.parametrize("name", ["a b.db", "50%.db", "what?.db", "#1.db", "Åse.db", "a%20b.db"])
def test_a_store_may_have_any_name(tmp_path: Path, file: Written, name: str) -> None:
    odd = Tracker(tmp_path / name)
    odd("import", file(*GOOD)).done()
    assert odd.store.is_file()
    assert odd.stored() == 2


def test_no_other_setting_moves_the_store(tracker: Tracker, file: Written) -> None:
    astray = {
        "TRACKER_SQLITE_DBNAME": ":memory:",
        "SQLITE_DBNAME": ":memory:",
        "TRACKER_PERSISTENCE_MODULE": "eventsourcing.popo",
        "CREATE_TABLE": "n",
    }
    Tracker(tracker.store, astray)("import", file(*GOOD)).done()
    assert tracker.stored() == 2


def test_facts_are_utf_8_whatever_the_terminal_speaks(tracker: Tracker, file: Written) -> None:
    tracker("import", file(registered(name="Zoë Łukasz 李"))).done()
    env = {**tracker.whole_environment, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    for arguments in (["export"], ["show", "CHE-1", "--format", "json"]):
        ran = subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stderr.decode()
        assert "Zoë Łukasz 李" in ran.stdout.decode("utf-8")
    ran = subprocess.run([*COMMAND, "show", "CHE-1"], env=env, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()


def test_a_refused_file_is_left_alone(tracker: Tracker, file: Written) -> None:
    path = file(*GOOD, "{")
    before = path.read_bytes()
    tracker("import", path).refused()
    assert path.read_bytes() == before
    assert {file.name for file in path.parent.iterdir()} == {"in.jsonl", "tracker.db"}
