"""What holds for every thread of a process: a command may set it, nothing that it calls does."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from running import Tracker
from scheduler import upkeep
from threads import at_once
from tracker.cli import demo_command
from tracker.cli.context import opened
from tracker.cli.import_command import without_garbage_collection
from tracker.cli.logs import logger
from tracker.domain.law.tables import Law
from tracker.intake.importing import Importer
from tracker.service.app import App, Setup
from tracker.settings import secrets
from tracker.store.log import Log
from wire import Written, registered

KEY = f"one:{b64encode(bytes(range(32))).decode()}"


class TestTheGarbageCollector:
    def test_goes_on_while_a_thread_imports(self, log: Log, law: Law, file: Written) -> None:
        seen: list[bool] = []
        facts = file(*(registered(f"e{n}", subject=f"CHE-{n}") for n in range(5)))
        at = datetime.now(UTC)
        done = Importer(log, law, facts, at, progress=lambda _: seen.append(gc.isenabled())).run()
        assert done.stored == 5
        assert seen
        assert all(seen)

    def test_is_as_it_was_after_a_command(self) -> None:
        with without_garbage_collection():
            assert not gc.isenabled()
            with without_garbage_collection():
                pass
            assert not gc.isenabled()
        assert gc.isenabled()


class TestLogging:
    def test_no_library_is_silenced_by_being_used(self) -> None:
        used = "tracker.store.database.postgres, scheduler.senders.notify, scheduler.service"
        silenced = "[n for n in ('psycopg.pool', 'notifications_python_client', 'apscheduler')"
        silenced += " if logging.getLogger(n).level or logging.getLogger(n).handlers]"
        program = f"import logging, {used}; print({silenced})"
        ran = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert ran.stdout == "[]\n"

    def test_a_command_leaves_what_goes_wrong_to_its_own_error(self) -> None:
        """The pool would say a line for each connection that it tries."""
        nowhere = {"TRACKER_STORE": "postgresql://postgres@127.0.0.1:1/none"}
        ran = Tracker(Path("none"), nowhere).process("counts")
        ran.refused("cannot be reached")
        assert len(ran.err.splitlines()) == 1

    def test_a_logger_changes_no_other(self) -> None:
        import structlog

        structlog.reset_defaults()
        logger().info("told")
        assert not structlog.is_configured()

    def test_each_keeps_its_level(self, capsys: pytest.CaptureFixture[str]) -> None:
        with mock.patch.dict(os.environ, {"TRACKER_LOG_LEVEL": "warning"}):
            strict = logger()
        logger().info("told")
        strict.info("not told")
        lines = capsys.readouterr().err.splitlines()
        assert [json.loads(line)["event"] for line in lines] == ["told"]


class TestSecrets:
    def test_are_not_in_the_environment_while_a_command_runs(self) -> None:
        with mock.patch.dict(os.environ, {"TRACKER_KEK": KEY}):
            with secrets.secrets_out_of_environment():
                assert "TRACKER_KEK" not in os.environ
                assert secrets.secret(secrets.MASTER_KEY) == KEY
            assert os.environ["TRACKER_KEK"] == KEY
        assert secrets.secret(secrets.MASTER_KEY) is None

    def test_a_setup_does_not_show_its_key(self) -> None:
        with mock.patch.dict(os.environ, {"TRACKER_KEK": KEY}):
            from tracker.cli.context import setup

            one = setup()
        assert one.options.kek == KEY
        assert KEY not in repr(one) + repr(one.options)

    def test_a_program_that_is_called_is_given_none(self) -> None:
        with mock.patch.dict(os.environ, {"TRACKER_KEK": KEY, "TRACKER_STORE": "x"}):
            given = upkeep._environment({"PGPASSWORD": "p"})
        assert not [name for name in given if name.startswith("TRACKER_")]
        assert given["PGPASSWORD"] == "p"
        assert given["PATH"] == os.environ["PATH"]

    def test_the_demo_puts_no_key_into_the_environment(self, tracker: Tracker) -> None:
        seen: list[tuple[bool, str | None]] = []

        def run(store: Path, using: Setup) -> None:
            seen.append(("TRACKER_KEK" in os.environ, using.options.kek))

        with mock.patch.object(demo_command, "_run", run):
            tracker("demo").done()
        ((in_environment, key),) = seen
        assert not in_environment
        assert str(key).startswith("demo:")


REBUILD = """
import json, sys, threading, time
import psutil
from projections.engine import folding, view_builds
from tracker.cli.main import main

if __name__ == "__main__":
    seen, done = {}, threading.Event()

    def look():
        own = psutil.Process()
        while not done.is_set():
            for one in own.children(recursive=True):
                try:
                    line, held = " ".join(one.cmdline()), one.environ()
                except (psutil.Error, OSError):
                    continue
                if "spawn_main" in line:
                    seen[one.pid] = ["TRACKER_KEK" in held or key in line, "HOME" in held]
            time.sleep(0.02)

    key, sys.argv = sys.argv[1], ["tracker", "rebuild"]
    view_builds.WORTH_A_PROCESS, folding.PEOPLE = 1, 1
    looking = threading.Thread(target=look)
    looking.start()
    try:
        main()
    finally:
        done.set()
        looking.join()
        print(json.dumps(list(seen.values())))
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="read from /proc")
def test_processes_that_build_views_have_the_key_and_not_in_their_environment(
    store: Path, tmp_path: Path, file: Written
) -> None:
    tracker = Tracker(store, {"TRACKER_KEK": KEY, "XDG_CONFIG_HOME": str(tmp_path / "config")})
    settings = tmp_path / "config" / "mappa-tracker" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[views]\nprocesses = 2\n")
    facts = (registered(f"e{n}", subject=f"CHE-{n}") for n in range(6))
    tracker("import", file(*facts)).done()
    script = tmp_path / "rebuild.py"
    script.write_text(REBUILD)
    ran = subprocess.run(
        [sys.executable, script, KEY], env=tracker.whole_environment, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    *_, seen = ran.stdout.splitlines()
    assert json.loads(seen)
    assert all(looked == [False, True] for looked in json.loads(seen))


@pytest.fixture
def app(tracker: Tracker) -> Iterator[App]:
    with mock.patch.dict(os.environ, tracker.environment), opened(make=True) as result:
        yield result


def test_the_threads_of_a_store_share_one_engine(app: App) -> None:
    engines: list[Any] = at_once([lambda: app.engine] * 16)
    assert all(engine is app.engine for engine in engines)
