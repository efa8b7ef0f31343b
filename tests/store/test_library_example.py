"""The examples of docs/eventsourcing.md, run word for word while other processes record."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cluster import wait_for
from postgres import fresh_database
from running import Tracker
from wire import Event, Written, convicted, registered

PAGE = Path(__file__).parents[2] / "docs" / "eventsourcing.md"
READ, FOLLOW = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
PEOPLE = 150


@pytest.fixture(params=["sqlite", "postgresql"])
def tracker(request: pytest.FixtureRequest, store: Path) -> Tracker:
    """The command line on an empty store of either kind."""
    if request.param == "sqlite":
        made = Tracker(store)
    else:
        made = Tracker(store, {"TRACKER_STORE": fresh_database()})
    made("migrate").done()
    return made


def people(first: int) -> list[Event]:
    """A registration and a conviction each."""
    facts: list[Event] = []
    for n in range(first, first + PEOPLE):
        facts += [registered(f"r{n}", subject=f"P{n}"), convicted(f"c{n}", subject=f"P{n}")]
    return facts


@contextmanager
def following(tracker: Tracker, folder: Path) -> Iterator[subprocess.Popen[str]]:
    script = folder / "activity.py"
    script.write_text(FOLLOW)
    run = subprocess.Popen(
        [sys.executable, script], cwd=folder, env=tracker.whole_environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield run
    finally:
        run.kill()
        run.communicate()


def counted(folder: Path) -> Counter[tuple[str, str]]:
    """What the projection has counted, by day and type."""
    with (
        suppress(sqlite3.OperationalError),  # it has not made its tables yet
        closing(sqlite3.connect(folder / "activity.db")) as view,
    ):
        rows = view.execute("SELECT day, type, facts FROM activity").fetchall()
        return Counter({(day, kind): facts for day, kind, facts in rows})
    return Counter()


def of_type(counts: Counter[tuple[str, str]]) -> Counter[str]:
    by_type: Counter[str] = Counter()
    for (_, kind), facts in counts.items():
        by_type[kind] += facts
    return by_type


def reaches(folder: Path, facts: int) -> Callable[[], bool]:
    return lambda: counted(folder).total() >= facts


def test_a_person_is_read(tracker: Tracker, file: Written) -> None:
    tracker("import", file(registered(), convicted(), registered("e3", subject="CHE-2"))).done()
    tracker("import", file(convicted("e4", subject="CHE-2"))).done()
    ran = subprocess.run(
        [sys.executable, "-c", READ], env=tracker.whole_environment, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (ran.stdout, ran.stderr) == ("4 uk.mappa.conviction.recorded CHE-2 2\n", "")


def test_a_projection_follows_what_other_processes_record(
    tracker: Tracker, file: Written, tmp_path: Path
) -> None:
    """Killed in the middle and started again, it has counted every fact once."""
    began = datetime.now(UTC).date().isoformat()
    first, second = file(*people(0), name="1.jsonl"), file(*people(PEOPLE), name="2.jsonl")
    with following(tracker, tmp_path):
        tracker.process("import", first).done()
        wait_for(reaches(tmp_path, 1), "the first fact counted")
        importing = tracker.started("import", second)
        wait_for(reaches(tmp_path, PEOPLE), "facts counted")
    assert importing.wait(60) == 0
    with following(tracker, tmp_path) as run:
        wait_for(reaches(tmp_path, 4 * PEOPLE), "every fact counted")
        tracker.process("record", "level.set", "level=2", "--subject", "P1").done()
        wait_for(reaches(tmp_path, 4 * PEOPLE + 1), "the last fact counted")
        run.send_signal(signal.SIGINT)
        assert run.communicate(timeout=30) == ("", "")
        assert run.returncode == 0
    counts = counted(tmp_path)
    assert of_type(counts) == Counter(fact["type"] for fact in tracker.facts())
    assert {day for day, _ in counts} <= {began, datetime.now(UTC).date().isoformat()}
