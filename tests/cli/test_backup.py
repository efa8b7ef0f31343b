"""`tracker backup` and `tracker restore`: the same store from either database into either, made
while facts come in, without keys, over nothing that is there, and refused where it is damaged.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.backup_places import (
    AT,
    DECIDED,
    IMPORTS,
    Place,
    Places,
    filled,
    keys,
    log,
    person,
    places,
    used,
)
from running import Tracker
from tracker.store.database.sqlite import sqlite3  # type: ignore[attr-defined]
from tracker.store.keys.people_keys import KeyStore
from wire import Written

__all__ = ["filled", "keys", "log", "places", "used"]


class TestThereAndBack:
    @pytest.mark.parametrize(
        ("one", "other"),
        [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite")],
    )
    def test_is_the_same_store(
        self, filled: Callable[[str], Place], places: Places, log: Path, keys: Path,
        one: str, other: str,
    ) -> None:  # fmt: skip
        used, empty = filled(one), places(other, "empty")
        ran = used.tracker("backup", log, "--keys", keys).done()
        assert ran.out == f"12 entries in {log}, keys in {keys}\n"
        ran = empty.tracker("restore", log, "--keys", keys).done()
        assert ran.out == "12 entries restored and verified\n"
        assert empty.rows() == used.rows()
        assert empty.tracker.export() == used.tracker.export()
        assert empty.answers() == used.answers()
        for command in (("verify", "--views"), ("keys", "check")):
            empty.tracker(*command).done()

    def test_nothing_is_written_beside_what_is_restored(
        self, used: Place, places: Places, log: Path, keys: Path
    ) -> None:
        """It may lie where nothing can be written."""
        used.tracker("backup", log, "--keys", keys).done()
        before = log.read_bytes()
        places("sqlite", "empty").tracker("restore", log, "--keys", keys).done()
        assert [path.name for path in log.parent.iterdir()] == [log.name]
        assert log.read_bytes() == before

    def test_recording_goes_on_in_it(
        self, used: Place, places: Places, log: Path, keys: Path, tmp_path: Path
    ) -> None:
        used.tracker("backup", log, "--keys", keys).done()
        empty = places("sqlite", "empty")
        empty.tracker("restore", log, "--keys", keys).done()
        again = empty.tracker("import", tmp_path / "in.jsonl", "--trust-times").done()
        assert again.out == "0 facts stored, 12 known already\n"
        record = ("record", "level.set", "level=3", "--subject", "CHE-1", "--on", "2022-06-01")
        empty.tracker(*record).done()
        assert [row[0] for row in empty.rows()[0]] == list(range(1, 14))
        empty.tracker("verify").done()

    def test_a_drill_does_no_harm(self, used: Place, places: Places, log: Path, keys: Path) -> None:
        """Rotating and erasing in what was restored: the store in use has its keys still."""
        used.tracker("backup", log, "--keys", keys).done()
        drill = places("sqlite", "drill")
        drill.tracker("restore", log, "--keys", keys).done()
        drill.tracker("keys", "rotate").done()
        drill.tracker("erase", "OLD-1", *DECIDED).done()
        used.tracker("keys", "check").done()
        assert "Robin Ashe" in used.tracker("show", "OLD-1").done().out

    def test_of_an_empty_log(self, places: Places, log: Path, keys: Path) -> None:
        new, empty = places("sqlite", "new"), places("sqlite", "empty")
        new.tracker("migrate").done()
        new.tracker("backup", log, "--keys", keys).done()
        ran = empty.tracker("restore", log, "--keys", keys).done()
        assert ran.out == "0 entries restored and verified\n"
        assert empty.rows() == new.rows()


class TestWhileInUse:
    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_what_was_acknowledged_before_it_began_is_in_it(
        self, filled: Callable[[str], Place], places: Places, file: Written, log: Path, keys: Path,
        kind: str,
    ) -> None:  # fmt: skip
        """Another process imports files all the while; each is in it whole or not at all."""
        used, empty, each = filled(kind), places("sqlite", "empty"), 30
        before = used.tracker.stored()
        files = [file(*person(n, each - 4), name=f"{n}.jsonl") for n in range(10, 40)]
        child = subprocess.Popen(
            [sys.executable, "-c", IMPORTS, *map(str, files)],
            env=used.tracker.whole_environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert child.stdout is not None
        with child.stdout:
            acknowledged = [child.stdout.readline() for _ in range(3)]
            used.tracker("backup", log, "--keys", keys).done()
            acknowledged_in_all = [*acknowledged, *child.stdout]
        assert child.wait(60) == 0
        assert len(acknowledged_in_all) == len(files)
        empty.tracker("restore", log, "--keys", keys).done()
        whole, copy = used.tracker.export(), empty.tracker.export()
        stored = copy.count("\n") - before
        print(f"{stored // each} of {len(files)} files are in the backup")
        assert whole.startswith(copy)
        assert stored % each == 0, "part of a file"
        assert stored >= each * len(acknowledged)
        assert len(copy) < len(whole), "nothing was imported after it: it proves nothing"
        empty.tracker("keys", "check").done()

    @pytest.mark.parametrize("what", ["registered", "erased"])
    def test_a_key_comes_or_goes_between_the_log_and_the_keys(
        self, used: Place, places: Places, log: Path, keys: Path, file: Written, what: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        """Whichever is copied first: nobody in the one is unreadable with the other."""
        more = file(*person(3), name="more.jsonl")
        meanwhile = {"registered": ("import", more, "--trust-times"),
                     "erased": ("erase", "OLD-1", *DECIDED)}[what]  # fmt: skip
        after_the_first(used, meanwhile, monkeypatch)
        used.tracker("backup", log, "--keys", keys).done()
        empty = places("sqlite", "empty")
        empty.tracker("restore", log, "--keys", keys).done()
        assert empty.tracker.stored() >= 12
        empty.tracker("verify", "--views").done()


def after_the_first(place: Place, command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a command as soon as the log or the keys have been copied, whichever comes first."""
    import tracker.store.backup as of_the_log

    waiting = [command]

    def then(work: Callable[..., Any]) -> Callable[..., Any]:
        def worked(*args: Any) -> Any:
            done = work(*args)
            if waiting:
                place.tracker.process(*waiting.pop()).done()
            return done

        return worked

    monkeypatch.setattr(of_the_log, "copy", then(of_the_log.copy))
    monkeypatch.setattr(KeyStore, "copy", then(KeyStore.copy))


class TestNothingIsOverwritten:
    def test_no_backup(self, used: Place, log: Path, keys: Path) -> None:
        log.parent.mkdir()
        log.write_text("of last night")
        used.tracker("backup", log, "--keys", keys).refused("exists already", "never overwrites")
        assert log.read_text() == "of last night"
        assert not keys.exists(), "half a backup"

    def test_no_copy_of_the_keys(self, used: Place, log: Path, keys: Path) -> None:
        used.tracker("backup", log, "--keys", keys).done()
        before, again = keys.read_bytes(), log.with_name("again.backup")
        used.tracker("keys", "rotate").done()
        used.tracker("backup", again, "--keys", keys).refused(str(keys), "exists already")
        assert keys.read_bytes() == before
        assert not again.exists(), "half a backup"

    def test_what_is_left_of_one_that_was_killed_is_no_hindrance(
        self, used: Place, log: Path
    ) -> None:
        log.parent.mkdir()
        process = [sys.executable, "-c", "import os; print(os.getpid())"]
        killed = subprocess.run(process, capture_output=True, text=True, check=True).stdout.strip()
        for name in (f".log.backup.{killed}-1.part", f".log.backup.{killed}-1.part-wal"):
            log.with_name(name).write_bytes(b"half of something" * 1000)
        used.tracker("backup", log).done()
        assert [path.name for path in log.parent.iterdir()] == ["log.backup"]

    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_no_store_that_holds_anything(
        self, filled: Callable[[str], Place], log: Path, kind: str
    ) -> None:
        used = filled(kind)
        used.tracker("backup", log).done()
        before = used.rows()
        used.tracker("restore", log).refused("is not empty: restore into an empty one")
        assert used.rows() == before

    def test_no_keys(self, used: Place, places: Places, log: Path, keys: Path) -> None:
        """Those of another store: refused before anything is restored."""
        used.tracker("backup", log, "--keys", keys).done()
        empty = places("sqlite", "empty")
        empty.keys.write_text("of another store")
        empty.tracker("restore", log, "--keys", keys).refused(str(empty.keys))
        assert empty.keys.read_text() == "of another store"
        empty.keys.unlink()
        empty.tracker("restore", log, "--keys", keys).done()

    def test_keys_that_are_not_there_are_missed_before_anything_is_restored(
        self, used: Place, places: Places, log: Path, keys: Path
    ) -> None:
        used.tracker("backup", log).done()
        empty = places("sqlite", "empty")
        ran = empty.tracker("restore", log, "--keys", keys)
        assert ran.status in (1, 2), ran
        used.tracker("backup", log.with_name("other"), "--keys", keys).done()
        empty.tracker("restore", log, "--keys", keys).done()


class TestKeysTravelApart:
    def test_neither_file_is_of_use_without_the_other(
        self, used: Place, places: Places, log: Path, keys: Path
    ) -> None:
        used.tracker("backup", log, "--keys", keys).done()
        with closing(sqlite3.connect(used.keys)) as connection:
            wrapped = connection.execute("SELECT wrapped FROM person_keys").fetchall()
            wrapped += connection.execute("SELECT wrapped FROM secrets").fetchall()
        content = log.read_bytes()
        assert not [key for (key,) in wrapped if key in content]
        assert [key for (key,) in wrapped if key in keys.read_bytes()], "it would be seen"
        assert not [name for name in (b"CHE-1", b"Robin Ashe", b"Elm Park") if name in
                    keys.read_bytes()]  # fmt: skip
        empty = places("sqlite", "empty")
        empty.tracker("restore", log).refused("key store", "is missing: put its newest copy")
        empty.tracker("show", "CHE-1").refused("key store", "is missing: put its newest copy")
        empty.keys.write_bytes(keys.read_bytes())
        assert empty.tracker.export() == used.tracker.export()

    @pytest.mark.skipif(os.name == "nt", reason="by modes of files")
    def test_nobody_else_may_read_either(self, used: Place, log: Path, keys: Path) -> None:
        old = os.umask(0)
        try:
            used.tracker("backup", log, "--keys", keys).done()
        finally:
            os.umask(old)
        assert {stat.S_IMODE(path.stat().st_mode) for path in (log, keys)} == {0o600}

    def test_of_postgresql_the_keys_are_dumped_by_its_own_means(
        self, postgres_url: str, log: Path, keys: Path, file: Written
    ) -> None:
        tracker = Tracker(log, {"TRACKER_STORE": postgres_url})
        tracker("migrate").done()
        tracker("import", file(*person(1)), "--trust-times").done()
        tracker("backup", log, "--keys", keys).refused("copy its schema with pg_dump")
        assert not keys.exists()
        assert not log.exists(), "half a backup"


class TestDamaged:
    def test_an_altered_entry_is_named(
        self, used: Place, places: Places, log: Path, keys: Path
    ) -> None:
        used.tracker("backup", log, "--keys", keys).done()
        with closing(sqlite3.connect(log)) as connection, connection:
            connection.execute("DROP TRIGGER stored_events_no_update")
            connection.execute(
                "UPDATE stored_events SET state=CAST(replace(CAST(state AS TEXT), '2021-06-01',"
                " '2021-06-02') AS BLOB) WHERE notification_id=3"
            )
        named = "altered: entry 3 (/1 e3, CHE-1)"
        as_store = Place(f"sqlite:///{log}", used.keys)
        as_store.tracker("verify").refused(named)
        empty = places("sqlite", "empty")
        empty.tracker("restore", log, "--keys", keys).refused(named, "does not verify")

    def test_one_that_lacks_entries_is_named(
        self, used: Place, places: Places, log: Path, keys: Path
    ) -> None:
        used.tracker("backup", log, "--keys", keys).done()
        with closing(sqlite3.connect(log)) as connection, connection:
            connection.execute("DROP TRIGGER stored_events_no_delete")
            connection.execute("DELETE FROM stored_events WHERE notification_id>10")
        empty = places("sqlite", "empty")
        ran = empty.tracker("restore", log, "--keys", keys)
        ran.refused("cut_off: entries 11 to 12", "does not verify")

    @pytest.mark.parametrize("left", [0.5, 0.95, 0])
    def test_a_file_that_is_cut_short_or_no_backup_at_all(
        self, used: Place, places: Places, log: Path, keys: Path, left: float
    ) -> None:
        used.tracker("backup", log, "--keys", keys).done()
        whole, empty = log.read_bytes(), places("sqlite", "empty")
        log.write_bytes(whole[: int(len(whole) * left)] if left else b"no database" * 4000)
        empty.tracker("restore", log, "--keys", keys).refused()
        log.write_bytes(whole)
        empty.tracker("restore", log, "--keys", keys).done()


class TestOlder:
    """The log of last night, with what is newer beside it."""

    def test_under_newer_views_it_is_refused_and_says_what_to_do(
        self, used: Place, places: Places, log: Path, keys: Path, file: Written
    ) -> None:
        used.tracker("backup", log, "--keys", keys).done()
        before, old = used.answers(), places("sqlite", "old")
        used.tracker("import", file(*person(3), name="more.jsonl"), "--trust-times").done()
        assert used.answers() != before
        old.tracker("restore", log, "--keys", keys).done()
        with_views_of(used, old)
        for command in (("counts",), ("eligible",), ("diary",), ("return", "cheshire", "2021-22")):
            ran = old.tracker(*command)
            ran.refused("are ahead of the log", "restored from an older backup", "tracker rebuild")
        old.tracker("rebuild").done()
        assert old.answers() == before

    def test_under_newer_keys_whoever_was_erased_since_stays_so(
        self, used: Place, places: Places, log: Path, keys: Path
    ) -> None:
        """The keys of today are the right ones: older ones would undo the erasure."""
        before, old = used.answers(), places("sqlite", "old")
        used.tracker("backup", log).done()
        used.tracker("erase", "OLD-1", *DECIDED).done()
        used.tracker("backup", log.with_name("newer"), "--keys", keys).done()
        old.tracker("restore", log, "--keys", keys).done()
        assert old.answers() == before
        assert '"subject":"OLD-1"' in old.tracker.export()
        old.tracker("erase", "OLD-1", *DECIDED).done()
        assert old.tracker("show", "OLD-1", *AT).json()["name"] == "<forgotten>"
        old.tracker("keys", "check").done()


def with_views_of(newer: Place, older: Place) -> None:
    """Gives a store the views of another."""
    path = newer.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(older.url.removeprefix("sqlite:///"))) as connection:
        connection.execute("ATTACH ? AS newer", (path,))
        tables = connection.execute(
            "SELECT name, sql FROM newer.sqlite_master WHERE type='table' AND name LIKE 'view%'"
        ).fetchall()
        assert len(tables) >= 4
        for name, sql in tables:
            connection.execute(f"DROP TABLE IF EXISTS main.{name}")
            connection.execute(sql)
            connection.execute(f"INSERT INTO main.{name} SELECT * FROM newer.{name}")
        connection.commit()
