"""A store with keys and a master key of its own, for the tests of `tracker keys`."""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from running import Tracker
from tracker.store.keys.key_tables import SqliteKeys
from wire import Event, Written, convicted, event, level, registered

BY = ("--authorised-by", "Supt Grey", "--reason", "decided")
WRITE = ("record", "level.set", "level=3", "--on", "2022-06-01", "--subject")
OFF, ON = {"TRACKER_SEALING": "off"}, {"TRACKER_SEALING": "on"}
NAME, DETAILS = "Robin Ashe", "12 Elm Row"
Command = tuple[str | Path, ...]


def epoch(name: str) -> str:
    return f"{name}:{b64encode(os.urandom(32)).decode()}"


def written(master: Path, *lines: str) -> Path:
    """A master key file made by hand."""
    master.touch(0o600)
    master.write_text("".join(f"{line}\n" for line in lines))
    return master


def person(subject: str) -> list[Event]:
    about = {"subject": subject, "source": f"/{subject}"}
    return [
        registered("e1", **about),
        convicted("e2", **about),
        event("e3", "notification.given", "2020-01-09", kind="initial", details=DETAILS, **about),
        level("e4", "2022-01-05", 2, **about),
    ]


@dataclass(frozen=True)
class Place:
    """A store with keys and a master key of its own, each where it can be got at."""

    tracker: Tracker
    keys: Path
    master: Path

    def with_env(self, **more: str) -> Tracker:
        return Tracker(self.tracker.store, self.tracker.env | more)

    @property
    def epochs(self) -> list[str]:
        return [line.partition(":")[0] for line in self.master.read_text().splitlines()]

    def change(self, sql: str) -> None:
        """Changes the key store, as somebody with the disk would."""
        with SqliteKeys(self.keys).working() as c:
            c.execute(sql)

    def everything(self) -> dict[str, bytes]:
        """Every file with its content, but for those that come and go with a connection."""
        passing = ("-wal", "-shm", ".lock")
        files = (path for path in self.keys.parent.rglob("*") if path.is_file())
        return {str(p): p.read_bytes() for p in files if not p.name.endswith(passing)}


@pytest.fixture
def place(store: Path, file: Written) -> Place:
    """A filled store on SQLite; the master key is the user's own file."""
    config, keys = store.with_name("config"), store.with_name("keys.db")
    env = {"TRACKER_KEY_STORE": str(keys), "XDG_CONFIG_HOME": str(config)}
    tracker = Tracker(store, env)
    tracker("import", file(*person("CHE-1"), *person("CHE-2")), "--trust-times").done()
    return Place(tracker, keys, config / "mappa-tracker" / "master.key")


@pytest.fixture
def on_postgres(place: Place, tmp_path: Path, postgres_url: str) -> Place:
    """The same facts on PostgreSQL, where the keys are in a schema of their own."""
    env = place.tracker.env | {"TRACKER_STORE": postgres_url}
    del env["TRACKER_KEY_STORE"]
    tracker = Tracker(place.tracker.store, env)
    tracker("migrate").done()
    tracker("import", tmp_path / "in.jsonl", "--trust-times").done()
    return replace(place, tracker=tracker)


@pytest.fixture
def every_command(tmp_path: Path, file: Written) -> list[Command]:
    """One use of each command that opens a store."""
    return [
        ("counts",), ("eligible",), ("diary",), ("show", "CHE-1"), ("review", "CHE-1"),
        ("return", "cheshire", "2021-22"), ("export",), ("rebuild",), ("rebuild", "--beside"),
        ("import", file(*person("CHE-3"), name="more.jsonl")), (*WRITE, "CHE-1"),
        ("verify",), ("verify", "--views"), ("witness",), ("prove", "1"),
        ("backup", tmp_path / "new.backup"), ("keys", "check"), ("keys", "rotate"),
        ("erase", "CHE-1", *BY), ("restrict", "CHE-1", *BY),
    ]  # fmt: skip
