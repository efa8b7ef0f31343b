"""Empty stores of each kind of database, and what their tables hold as the database shows it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from postgres import drop_database, fresh_database
from running import Tracker

KINDS = ("sqlite", "postgresql")
SQLITE = "sqlite:///"
HEADER = b"SQLite format 3"
Rows = dict[str, list[tuple[Any, ...]]]
SQLITE_VIEWS = "SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'view%'"
POSTGRES_VIEWS = (
    "SELECT tablename FROM pg_tables WHERE schemaname='public' AND tablename LIKE 'view%'"
)

POSITIONS = "view, version, position, latest, status, error"


def command(url: str) -> Tracker:
    """The command line on the store of a URL."""
    return Tracker(Path("unused.db"), {"TRACKER_STORE": url})


class Stores:
    """Makes stores in a folder, or in a server, and removes them."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self.folder, self.made = kind, folder, list[str]()
        # a database in a server takes many times as long to make as a file
        self.share = 1 if kind == "sqlite" else 5

    def __call__(self) -> str:
        """The URL of a store that holds nothing: of a file that is not there yet, or of tables."""
        if self.kind == "sqlite":
            self.made.append(url_of(self.folder / f"store-{len(self.made)}.db"))
        else:
            self.made.append(fresh_database())
            command(self.made[-1])("migrate").done()
        return self.made[-1]

    def close(self) -> None:
        if self.kind != "sqlite":
            for url in self.made:
                drop_database(url)


def url_of(file: Path) -> str:
    return f"{SQLITE}{file}"


def assert_sound(url: str) -> None:
    """Neither the database nor the tracker finds anything wrong with a store."""
    if url.startswith(SQLITE):
        _assert_sound(Path(url.removeprefix(SQLITE)))
    command(url)("verify").done()


def _assert_sound(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def assert_all_sound(folder: Path) -> None:
    """SQLite finds nothing wrong with any of its files in a folder; there is at least one."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    found = [file for file in files if file.read_bytes().startswith(HEADER)]
    assert found
    for file in found:
        _assert_sound(file)


def views(url: str) -> Rows:
    """Every row of every view, and how far each has come; not what a build left that was ended."""
    if url.startswith(SQLITE):
        with closing(sqlite3.connect(url.removeprefix(SQLITE))) as connection:
            return _views(connection, SQLITE_VIEWS)
    import psycopg

    with psycopg.connect(url) as connection:
        return _views(connection, POSTGRES_VIEWS)


def _views(connection: Any, names: str) -> Rows:
    found = {name for (name,) in connection.execute(names) if not name.endswith(("_new", "_old"))}
    columns = dict.fromkeys(found, "*") | {"view_positions": POSITIONS}
    return {
        name: sorted(connection.execute(f"SELECT {columns[name]} FROM {name}"), key=repr)
        for name in sorted(found)
    }
