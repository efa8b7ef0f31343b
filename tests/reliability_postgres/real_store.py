"""The store as these tests see it: made, read, checked, backed up. One place knows its ways in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from cluster import programs
from postgres import OWN_SERVER
from reliability_postgres.writer import now, options
from reliability_postgres.writing import Key
from running import Tracker
from tracker.domain.record.entry import Entry
from tracker.store.opening import open_log

LOG_TABLES = {
    "stored_events",
    "individuals",
    "entry_keys",
    "log_head",
    "checkpoints",
    "store_schema",
}  # fmt: skip


def command(url: str) -> Tracker:
    """The command line on the store of a URL."""
    keys = options(url).key_store
    return Tracker(Path("unused.db"), {"TRACKER_STORE": url, "TRACKER_KEY_STORE": keys or ""})


def made(url: str) -> str:
    """The tables of a store, in an empty database."""
    command(url).process("migrate").done()
    return url


def entries(url: str) -> list[Entry]:
    """Every entry in the order recorded, without a gap: none in the log, none in a record."""
    with open_log(url, now, options(url)) as log:
        found = [(at, entry) for page in log.pages() for at, entry in page]
    assert [at for at, _ in found] == list(range(1, len(found) + 1))
    reached: dict[str, int] = {}
    for _, entry in found:
        assert entry.sequence == reached.get(entry.subject, 0) + 1
        reached[entry.subject] = entry.sequence
    return [entry for _, entry in found]


def keys_of(entries: Iterable[Entry]) -> list[Key]:
    return [(entry.source, entry.id) for entry in entries]


def stored(url: str) -> list[Key]:
    """The source and id of every fact, in the order recorded."""
    return keys_of(entries(url))


def verified(url: str) -> None:
    command(url).process("verify").done()


def backed_up(url: str, folder: Path) -> None:
    """A backup of the log, and apart from it one of the keys: made later, it lacks nobody's."""
    folder.mkdir(parents=True, exist_ok=True)
    to, keys = folder / "log.backup", folder / "keys.backup"
    if url.startswith("sqlite"):
        command(url).process("backup", to, "--keys", keys).done()
        return
    command(url).process("backup", to).done()
    _run("pg_dump", "--schema=tracker_keys", "--format=custom", f"--file={keys}", url)


def restored(url: str, folder: Path) -> None:
    to, keys = folder / "log.backup", folder / "keys.backup"
    if url.startswith("sqlite"):
        command(url).process("restore", to, "--keys", keys).done()
        return
    _run("pg_restore", f"--dbname={url}", "--exit-on-error", str(keys))
    command(url).process("restore", to).done()


def _run(program: str, *args: str) -> None:
    """A program of PostgreSQL: that of the tests' server, or of whoever brought a server."""
    own = os.environ.get(OWN_SERVER)
    subprocess.run([program if own else programs() / program, *args], check=True)


def figures(url: str, known_at: datetime) -> list[str]:
    """Counts, lists and a return, as known at a moment."""
    asked = (
        ("counts", "--on", "2020-03-31"),
        ("return", "cheshire", "2019-20"),
        ("eligible", "--on", "2020-03-31", "--within", "P20Y"),
        ("diary", "--on", "2020-03-31", "--within", "P1Y"),
    )
    at = ("--known-at", known_at.isoformat(), "--format", "json")
    return [command(url)(*one, *at).done().out for one in asked]


def views(url: str) -> dict[str, list[str]]:
    """Every row of every view, level with the log."""
    command(url).process("counts").done()
    with closing(psycopg.connect(url)) as connection:
        found = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname='public' ORDER BY 1"
        ).fetchall()
        return {name: _rows(connection, name) for (name,) in found if name not in LOG_TABLES}


def _rows(connection: psycopg.Connection[Any], table: str) -> list[str]:
    statement = sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(table))
    return [row for (row,) in connection.execute(statement)]


def views_equal_a_rebuild(url: str) -> None:
    followed = views(url)
    assert any(followed.values())
    command(url).process("rebuild").done()
    assert views(url) == followed
