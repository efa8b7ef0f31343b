"""The backup and verify jobs: what they keep, delete, and raise an alarm about."""

from __future__ import annotations

import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from cluster import programs, unavailable
from postgres import drop_database, fresh_database
from running import Tracker
from scheduler_world import Clock, Place
from tracker.domain.errors import TrackerError
from wire import convicted, registered

DAY = timedelta(days=1)


@pytest.fixture
def kept(place: Place, tmp_path: Path) -> Place:
    """A store with somebody in it, whose backups go to two folders of the test."""
    if place.database.kind == "postgresql" and unavailable():
        pytest.skip("no pg_dump without the programs of PostgreSQL")
    place.record(registered(), convicted())
    own = {
        "backup_log": str(tmp_path / "log"), "backup_keys": str(tmp_path / "keys"),
        "backups_kept": 3, "keys_kept_days": 2, "pg_dump": "pg_dump",
    }  # fmt: skip
    if not unavailable():
        own["pg_dump"] = str(programs() / "pg_dump")
    scheduler = place.settings.scheduler.model_copy(update=own)
    place.settings = place.settings.model_copy(update={"scheduler": scheduler})
    return place


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_backups_of_the_log_and_its_keys_go_to_two_folders(
    kept: Place, tmp_path: Path, clock: Clock
) -> None:
    said = kept.run("backup")
    assert (said["entries"], said["removed"]) == (2, 0)
    ending = "tracker" if kept.database.kind == "sqlite" else "dump"
    assert names(tmp_path / "log") == [f"20260110T120000Z.{ending}"]
    assert names(tmp_path / "keys") == ["20260110T120000Z.keys"]
    for folder in ("log", "keys"):
        assert (tmp_path / folder).stat().st_mode & 0o077 == 0
        for file in (tmp_path / folder).iterdir():
            assert file.stat().st_mode & 0o077 == 0, "nobody else may read it"


def test_the_latest_of_the_log_and_the_young_of_the_keys_are_kept(
    kept: Place, tmp_path: Path, clock: Clock
) -> None:
    """Keys of a backup bring back whoever was erased since: they go after days, not numbers."""
    removed = []
    for _ in range(5):
        removed.append(kept.run("backup")["removed"])
        clock.forward(DAY)
    assert len(names(tmp_path / "log")) == 3
    assert [name[:8] for name in names(tmp_path / "keys")] == ["20260112", "20260113", "20260114"]
    assert removed == [0, 0, 0, 2, 2]


def test_what_was_backed_up_is_restored_and_verifies(
    kept: Place, tmp_path: Path, clock: Clock
) -> None:
    kept.run("backup")
    (log,), (keys,) = ((tmp_path / "log").iterdir(), (tmp_path / "keys").iterdir())
    if kept.database.kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'restored.db'}"
        own = {"TRACKER_STORE": url, "TRACKER_KEY_STORE": str(tmp_path / "restored.keys")}
        again = Tracker(Path("unused"), own)
        again("restore", str(log), "--keys", str(keys)).done()
        assert again("verify").done().out.startswith("2 entries verified")
        assert "Robin Ashe" in again("show", "CHE-1").done().out
        return
    url = fresh_database()
    try:
        for file in (log, keys):
            subprocess.run(
                [programs() / "pg_restore", "--exit-on-error", "--no-owner", "--no-privileges",
                 f"--dbname={url}", file], check=True,
            )  # fmt: skip
        again = Tracker(Path("unused"), {"TRACKER_STORE": url})
        assert again("verify").done().out.startswith("2 entries verified")
        assert "Robin Ashe" in again("show", "CHE-1").done().out
    finally:
        drop_database(url)


def test_without_pg_dump_it_says_what_to_do(kept: Place) -> None:
    if kept.database.kind == "sqlite":
        return
    lacking = kept.settings.scheduler.model_copy(update={"pg_dump": "/nowhere/pg_dump"})
    kept.settings = kept.settings.model_copy(update={"scheduler": lacking})
    with pytest.raises(TrackerError, match=r"install PostgreSQL's client programs, or .* pg_dump"):
        kept.run("backup")


def test_a_password_is_in_no_command_line(kept: Place, tmp_path: Path) -> None:
    if kept.database.kind == "sqlite":
        return
    spy, seen = tmp_path / "pg_dump", tmp_path / "seen"
    script = ["#!/bin/sh", f'printf "%s " "$@" >> {seen}', f'printf "[$PGPASSWORD]" >> {seen}',
              "exit 1"]  # fmt: skip
    spy.write_text("\n".join(script) + "\n")
    spy.chmod(0o700)
    own = kept.settings.scheduler.model_copy(update={"pg_dump": str(spy)})
    kept.settings = kept.settings.model_copy(update={"scheduler": own})
    kept.url = "postgresql://somebody:s3cret@localhost:1/there"
    with pytest.raises(TrackerError, match="pg_dump failed"):
        kept.run("backup")
    arguments, _, secret = seen.read_text().partition("[")
    assert "s3cret" not in arguments
    assert "user=somebody" in arguments
    assert secret == "s3cret]"
    assert "PGPASSWORD" not in os.environ


def test_a_log_that_was_touched_raises_the_operators_alarm(kept: Place, clock: Clock) -> None:
    assert kept.run("verify") == {"entries": 2}
    with kept.database.writing() as c:
        if kept.database.kind == "sqlite":
            c.execute("DROP TRIGGER stored_events_no_update")
        else:
            c.execute("ALTER TABLE stored_events DISABLE TRIGGER USER")
        c.execute("UPDATE stored_events SET topic='uk.mappa.level.set' WHERE notification_id=2")
    runner = kept.runner()
    runner.run_due(kept.job("verify"))
    (row,) = kept.rows("SELECT area, kind, urgent, detail FROM scheduler_items")
    assert row[:3] == ("", "log", 1)
    assert "run `tracker verify`" in row[3]
    ((outcome, error),) = kept.rows("SELECT outcome, error FROM scheduler_runs WHERE job='verify'")
    assert outcome == "failed"
    assert "does not verify" in error
