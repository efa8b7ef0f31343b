"""`kill -9` at any moment: an import is there whole or not at all, a fact acknowledged is there."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from running import COMMAND, Ran, Tracker
from wire import Written, registered

WHOLE = 20_784
PEOPLE = 2_146
WRITER = Path(__file__).with_name("writer.py")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no kill -9 on Windows")


def every_part(number: int) -> list[Any]:
    """The parts of a stretch of time, by number: every other one always, the rest with `slow`."""
    return [n if n % 2 == 0 else pytest.param(n, marks=pytest.mark.slow) for n in range(number)]


def stored_facts(store: Path) -> int:
    """The number of facts in a store: all of the Cheshire log or none, and in the indexes too."""
    with closing(sqlite3.connect(store)) as connection:

        def ask(statement: str) -> int:
            rows = connection.execute(statement).fetchone()[0]
            assert isinstance(rows, int)
            return rows

        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = ask("SELECT COUNT(*) FROM sqlite_master WHERE name='stored_events'")
        if tables == 0:
            return 0
        facts = ask("SELECT COUNT(*) FROM stored_events")
        assert facts in (0, WHOLE), f"torn: {facts} of {WHOLE} facts"
        assert ask("SELECT COUNT(*) FROM entry_keys") == facts, "torn: keys without facts"
        assert ask("SELECT COUNT(*) FROM individuals") == (PEOPLE if facts else 0)
        return facts


def begun(tracker: Tracker, file: Path) -> subprocess.Popen[bytes]:
    return tracker.started(
        "import", file, "--trust-times", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def killed(running: subprocess.Popen[bytes]) -> str:
    """Kills a process, unless it has ended; returns what it printed."""
    running.send_signal(signal.SIGKILL)
    said = running.communicate(timeout=60)[0]
    return said.decode()


def then_all_is_well(tracker: Tracker, file: Path, said: str) -> int:
    """The store has all facts or none, all if the import said so; the next import succeeds."""
    facts = stored_facts(tracker.store) if tracker.store.exists() else 0
    assert facts == WHOLE or not said, "acknowledged, and not there"
    again = tracker("import", file, "--trust-times").done()
    assert again.out == f"{WHOLE - facts} facts stored, {facts} known already\n"
    assert stored_facts(tracker.store) == WHOLE
    return facts


@pytest.fixture(scope="module")
def takes(cheshire_log: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long an import takes from start to end, in seconds."""
    tracker, start = Tracker(tmp_path_factory.mktemp("takes") / "tracker.db"), time.monotonic()
    assert b"facts stored" in begun(tracker, cheshire_log).communicate(timeout=60)[0]
    return time.monotonic() - start


@pytest.mark.parametrize("part", every_part(10))
def test_an_import_killed_at_a_moment(
    tracker: Tracker, cheshire_log: Path, chance: random.Random, takes: float, part: int
) -> None:
    """Ten moments, spread from the start of the process to a little after its end."""
    running = begun(tracker, cheshire_log)
    time.sleep(takes * 1.1 * (part + chance.random()) / 10)
    then_all_is_well(tracker, cheshire_log, killed(running))


def size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


@pytest.mark.parametrize("part", every_part(5))
def test_an_import_killed_while_it_writes(
    tracker: Tracker, cheshire_log: Path, chance: random.Random, part: int
) -> None:
    """The moments that matter: some of the log is on disk, and not yet all of it."""
    running, journal = begun(tracker, cheshire_log), Path(f"{tracker.store}-wal")
    enough = 200_000 + int(3_000_000 * (part + chance.random()))
    while running.poll() is None and size(journal) < enough:
        pass
    then_all_is_well(tracker, cheshire_log, killed(running))


def test_an_import_killed_at_once_or_after_its_end(tracker: Tracker, cheshire_log: Path) -> None:
    assert then_all_is_well(tracker, cheshire_log, killed(begun(tracker, cheshire_log))) == 0
    tracker.store.unlink()
    ended = begun(tracker, cheshire_log)
    ended.wait(timeout=60)
    assert then_all_is_well(tracker, cheshire_log, killed(ended)) == WHOLE


def test_an_import_interrupted_at_the_keyboard(tracker: Tracker, cheshire_log: Path) -> None:
    running = tracker.started(
        "import", cheshire_log, "--trust-times", stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    while running.poll() is None and not size(Path(f"{tracker.store}-wal")):
        pass
    running.send_signal(signal.SIGINT)
    said, errors = running.communicate(timeout=60)
    assert b"Traceback" not in errors
    assert running.returncode != 0 or said
    then_all_is_well(tracker, cheshire_log, said.decode())


def test_an_import_onto_a_full_disk(tracker: Tracker, cheshire_log: Path) -> None:
    """No file may grow beyond 3 MB: refused in plain words, and with room the next one succeeds."""
    limited = ["sh", "-c", 'ulimit -f 6000 && exec "$@"', "sh", *COMMAND]
    ran = subprocess.run(
        [*limited, "import", str(cheshire_log), "--trust-times"],
        env=tracker.whole_environment, capture_output=True, check=False, text=True,
    )  # fmt: skip
    Ran(ran.returncode, ran.stdout, ran.stderr).refused("the store could not be used")
    assert then_all_is_well(tracker, cheshire_log, ran.stdout) == 0


def test_half_an_import_would_be_noticed(cheshire: Tracker) -> None:
    """The check itself is checked: on a store with a part, and on indexes that do not agree."""
    assert stored_facts(cheshire.store) == WHOLE
    half = cheshire.store.with_name("half.db")
    for statement in (
        f"DELETE FROM stored_events WHERE notification_id > {WHOLE // 2}",
        f"DELETE FROM stored_events WHERE notification_id = {WHOLE}",
        f"DELETE FROM entry_keys WHERE notification_id = {WHOLE}",
        "DELETE FROM individuals WHERE subject='CHE-5100090'",
        "DELETE FROM stored_events",
    ):
        shutil.copyfile(cheshire.store, half)
        with closing(sqlite3.connect(half)) as connection, connection:
            for table in ("stored_events", "entry_keys", "individuals"):
                connection.execute(f"DROP TRIGGER {table}_no_delete")
            connection.execute(statement)
        with pytest.raises(AssertionError):
            stored_facts(half)


@pytest.mark.parametrize("round_", range(4))
def test_every_fact_acknowledged_is_there(
    tracker: Tracker, file: Written, chance: random.Random, round_: int
) -> None:
    tracker("import", file(registered())).done()
    running = subprocess.Popen(
        [sys.executable, str(WRITER), str(tracker.store), "CHE-1", "/feed", "5000"],
        stdout=subprocess.PIPE,
        env=tracker.whole_environment,
    )
    assert running.stdout is not None
    first = running.stdout.readline()
    time.sleep(chance.random() / 4)
    running.kill()
    whole_lines = (first + running.stdout.read()).split(b"\n")[:-1]
    acknowledged = [line.split() for line in whole_lines]
    running.wait(timeout=60)
    running.stdout.close()
    ids = [fact["id"] for fact in tracker.facts()[1:]]
    assert len(ids) - len(acknowledged) in (0, 1), "at most the one not yet acknowledged"
    assert ids[: len(acknowledged)] == [name.decode() for _, name, _ in acknowledged]
