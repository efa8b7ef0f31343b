"""Several writers at once: every accepted fact is stored once, in a record without gaps."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from running import Tracker
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import IncomingFact, parse_event
from tracker.store.log import ATTEMPTS, Known, Log
from tracker.store.opening import open_log
from wire import Written, level, registered

WRITER = Path(__file__).with_name("writer.py")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(registered(), registered("e2", subject="CHE-2"))).done()
    return tracker


def at_once(tracker: Tracker, *arguments: tuple[str, str, int]) -> tuple[list[str], list[str]]:
    """Runs a writer for each (subject, source, number); the names accepted, the errors."""
    running = [
        subprocess.Popen(
            [sys.executable, str(WRITER), str(tracker.store), subject, source, str(number)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=tracker.whole_environment,
        )
        for subject, source, number in arguments
    ]  # fmt: skip
    said = [one.communicate(timeout=120) for one in running]
    errors = [line for _, err in said for line in err.splitlines()]
    assert [one.returncode for one in running] == [0] * len(running), errors
    return [line for out, _ in said for line in out.splitlines()], errors


def stands(tracker: Tracker, subject: str = "CHE-1") -> list[Entry]:
    """The record of an individual, without a gap."""
    with open_log(f"sqlite:///{tracker.store}", now) as log:
        entries = log.history(subject).entries
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert [e.recorded_at for e in entries] == sorted(e.recorded_at for e in entries)
    return entries


def test_processes_that_record_of_one_individual(filled: Tracker) -> None:
    accepted, errors = at_once(filled, *[("CHE-1", f"/writer/{n}", 20) for n in range(6)])
    assert errors == []
    found = Counter(f"{entry.name} {entry.sequence}" for entry in stands(filled)[1:])
    assert found == Counter(accepted)
    assert len(found) == 120


def test_processes_that_record_the_same_facts(filled: Tracker) -> None:
    """The same source and ids from everywhere: each is accepted once, and known to the others."""
    accepted, errors = at_once(filled, *[("CHE-1", "/feed", 20)] * 5)
    assert errors == []
    assert sorted(accepted) == sorted(f"{e.name} {e.sequence}" for e in stands(filled)[1:])
    assert len(accepted) == 20


def test_processes_that_use_the_same_ids_for_two_individuals(filled: Tracker) -> None:
    """The second process has a conflict: one source and id is one entry, whatever its subject."""
    accepted, errors = at_once(filled, *[("CHE-1", "/feed", 20), ("CHE-2", "/feed", 20)] * 2)
    assert set(errors) == {"refused conflict"}
    assert len(accepted) == 20 == len(stands(filled)) + len(stands(filled, "CHE-2")) - 2


def test_processes_that_register_one_individual(tracker: Tracker) -> None:
    """One of them is first, on a store that does not exist yet; the others are refused."""
    given = ("area=cheshire", "name=A", "date_of_birth=1980-01-01", "--subject=CHE-1")
    running = [
        tracker.started(
            "record", "individual.registered", *given, f"--id=r{n}",
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )
        for n in range(5)
    ]  # fmt: skip
    said = [one.communicate(timeout=120)[1].decode() for one in running]
    assert sorted(one.returncode for one in running) == [0, 1, 1, 1, 1], said
    assert sum("CHE-1 is registered already" in text for text in said) == 4
    assert len(stands(tracker)) == 1


def test_imports_of_one_file_at_once(tracker: Tracker, cheshire_log: Path) -> None:
    running = [
        tracker.started("import", cheshire_log, "--trust-times", stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = sorted(one.communicate(timeout=120)[0].decode() for one in running)
    assert said == [
        "0 facts stored, 20784 known already\n",
        "0 facts stored, 20784 known already\n",
        "20784 facts stored, 0 known already\n",
    ]


def arrived(id: str, on: str = "2020-03-01", value: int = 2) -> IncomingFact:
    return parse_event(level(id, on, value))


def test_a_conflict_is_decided_anew_on_what_the_other_wrote(
    filled: Tracker, law: Law, log: Log
) -> None:
    """The second writer sees the first one's fact before its own is judged."""
    seen: list[int] = []

    def decide(history: History, known: Known) -> list[Entry]:
        seen.append(len(history.entries))
        if len(seen) == 1:
            with open_log(f"sqlite:///{filled.store}", now) as other:
                record_together(other, law, [arrived("x1")], now())
        return [arrived("x2").entry(now(), history.next_sequence)]

    log.append("CHE-1", decide)
    assert seen == [1, 2]
    assert [entry.id for entry in stands(filled)] == ["e1", "x1", "x2"]


def test_a_refusal_after_a_conflict_stores_nothing(filled: Tracker, law: Law, log: Log) -> None:
    def decide(history: History, known: Known) -> list[Entry]:
        if len(history.entries) > 1:
            raise Refused("second_thoughts", "another came first")
        with open_log(f"sqlite:///{filled.store}", now) as other:
            record_together(other, law, [arrived("x1")], now())
        return [arrived("x2").entry(now(), history.next_sequence)]

    with pytest.raises(Refused, match="another came first"):
        log.append("CHE-1", decide)
    assert [entry.id for entry in stands(filled)] == ["e1", "x1"]


def test_threads_of_one_log(filled: Tracker, law: Law, log: Log) -> None:
    def record(writer: int) -> None:
        for n in range(10):
            record_together(log, law, [arrived(f"w{writer}-{n}")], now())

    writers = [threading.Thread(target=record, args=(n,)) for n in range(8)]
    for one in writers:
        one.start()
    for one in writers:
        one.join(timeout=60)
    assert len(stands(filled)) == 81


def test_reading_goes_on_while_an_import_holds_the_store(filled: Tracker, log: Log) -> None:
    before = filled("counts", "--on", "2020-03-01").done().out
    with log.writing() as unit:
        unit.history("CHE-9")
        assert filled("counts", "--on", "2020-03-01").done().out == before
        assert filled.stored() == 2


def test_a_writer_that_others_keep_coming_before_is_let_through(
    filled: Tracker, law: Law, log: Log
) -> None:
    seen: list[int] = []

    def decide(history: History, known: Known) -> list[Entry]:
        seen.append(len(history.entries))
        if len(seen) <= ATTEMPTS:
            with open_log(f"sqlite:///{filled.store}", now) as other:
                record_together(other, law, [arrived(f"x{len(seen)}")], now())
        return [arrived("last").entry(now(), history.next_sequence)]

    log.append("CHE-1", decide)
    assert seen == list(range(1, ATTEMPTS + 2))
    assert stands(filled)[-1].id == "last"
