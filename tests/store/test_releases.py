"""A store written by an earlier release opens after `tracker migrate`, and answers as it did."""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from running import Tracker

RELEASES = Path(__file__).with_name("releases")
AT = ("--known-at", "2026-01-01T00:00:00Z", "--format", "json")
ON = ("--on", "2023-03-31")
# Findings that later releases list with a return.
ADDED = {"no_meeting_in_year", "cell_moved", "level_not_set", "no_release_after_sentence"}
# Release 0.1.0 listed no initial notification for a second ground (s.83(2)).
UNLISTED = {("P-2", "initial_notification", "2022-10-11")}
COMMANDS = {
    "counts": ("counts", *ON),
    "return": ("return", "cheshire", "2022-23"),
    "eligible": ("eligible", *ON, "--within", "P20Y"),
    "diary": ("diary", *ON, "--within", "P1Y"),
    "show": ("show", "P-3", *ON),
}


@pytest.fixture
def old(tracker: Tracker) -> Tracker:
    """The command line on a store of release 0.1.0."""
    tracker.store.write_bytes(gzip.decompress((RELEASES / "0.1.0.db.gz").read_bytes()))
    return tracker


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """What release 0.1.0 itself answered."""
    answers_then: dict[str, Any] = json.loads((RELEASES / "0.1.0.json").read_text())
    return answers_then


def test_an_older_store_is_refused_and_left_as_it_is(old: Tracker) -> None:
    before = old.store.read_bytes()
    old("counts").refused("earlier release", "tracker migrate")
    old("record", "level.set", "level=2", "--subject", "P-3").refused("tracker migrate")
    assert old.store.read_bytes() == before


def test_after_migrate_it_answers_as_it_did(old: Tracker, answers: dict[str, Any]) -> None:
    assert "300 entries" in old("migrate").done().out
    assert old.export() == answers["export"]
    for name, command in COMMANDS.items():
        answer = old(*command, *AT).json()
        if name == "return":  # later releases find more to look at; a digest is without findings
            answer["findings"] = [f for f in answer["findings"] if f["finding"] not in ADDED]
        if name == "diary":
            added = [r for r in answer if (r["subject"], r["what"], r["due_on"]) in UNLISTED]
            assert len(added) == len(UNLISTED)
            answer = [r for r in answer if r not in added]
        assert answer == answers[name], name
    assert "nothing" in old("migrate").done().out
    old("verify").done()


def test_after_migrate_nothing_personal_is_left_in_the_file(old: Tracker) -> None:
    assert b"A Person" in old.store.read_bytes()
    old("migrate").done()
    with closing(sqlite3.connect(old.store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"A Person" not in old.store.read_bytes()


def test_a_store_of_a_newer_release_is_refused(tracker: Tracker) -> None:
    tracker("migrate").done()
    with closing(sqlite3.connect(tracker.store)) as connection, connection:
        connection.execute("UPDATE store_schema SET version=99")
    tracker("counts").refused("newer release")
    tracker("migrate").refused("newer release")
