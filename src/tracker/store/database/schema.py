"""Makes and migrates the tables of a store, by the numbered SQL files in `migrations/`.

Called for a new SQLite file, by `tracker migrate` and by a restore; no worker ever makes a table.
To change the tables, add a pair of files, `NNNN_what.sqlite.sql` and `NNNN_what.postgresql.sql`;
the statements in the files of a release are never changed.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import NamedTuple

from tracker.domain.errors import TrackerError
from tracker.store.database.interface import Cursor, Database, Kind

NO_TABLES = 0
FIRST_RELEASE = -1  # the tables of release 0.1, which had no numbered migrations


class Outdated(TrackerError):
    """A store without the tables of this release."""


class Migration(NamedTuple):
    """One step in changing the tables; a store records the number of the last one applied."""

    number: int
    name: str
    script: str


@cache
def migrations(kind: Kind) -> tuple[Migration, ...]:
    """Every migration for a kind of database, in order."""
    files = (resources.files("tracker.store.database") / "migrations").iterdir()
    scripts = {file.name: file for file in files if file.name.endswith(f".{kind}.sql")}
    return tuple(
        Migration(int(name[:4]), name.split(".")[0], scripts[name].read_text(encoding="utf-8"))
        for name in sorted(scripts)
    )


def newest(kind: Kind) -> int:
    """The version of the tables in this release: the number of its last migration."""
    return migrations(kind)[-1].number


def version_of(c: Cursor) -> int:
    """The number of the last migration applied to a store, or NO_TABLES, or FIRST_RELEASE."""
    if c.exists("store_schema"):
        c.execute("SELECT version FROM store_schema")
        row = c.fetchone()
        return int(row[0]) if row else NO_TABLES
    return FIRST_RELEASE if c.exists("stored_events") else NO_TABLES


def log_id(c: Cursor) -> str:
    """The id of the log, made with its tables; raises Outdated where there is none."""
    c.execute("SELECT log_id FROM store_schema")
    row = c.fetchone()
    if row is None:
        raise Outdated("the store has no log id: restore a backup of it")
    return str(row[0])


def check(database: Database) -> str:
    """The id of the log; raises Outdated unless the tables are those of this release."""
    with database.reading() as c:
        version = version_of(c)
        if version == newest(database.kind):
            return log_id(c)
    raise _outdated(database, version)


def check_log(database: Database) -> str:
    """The id of the log; raises Outdated unless this release can read the log, as for a backup."""
    with database.reading() as c:
        version = version_of(c)
        if NO_TABLES < version <= newest(database.kind):
            return log_id(c)
    raise _outdated(database, version)


def _outdated(database: Database, version: int) -> Outdated:
    if version > newest(database.kind):
        return Outdated(f"the store {database.where} was written by a newer release of the tracker")
    state = "has no tables yet" if version == NO_TABLES else "was written by an earlier release"
    return Outdated(f"the store {database.where} {state}: run `tracker migrate`")


def create(c: Cursor, kind: Kind, log_id: str) -> None:
    """Makes the tables of an empty store, and records its log id."""
    _apply(c, kind, NO_TABLES)
    c.execute("INSERT INTO store_schema (version, log_id) VALUES (?,?)", (newest(kind), log_id))


def upgrade(c: Cursor, kind: Kind) -> list[str]:
    """Applies the missing migrations in the caller's transaction; returns their names."""
    applied = _apply(c, kind, version_of(c))
    c.execute("UPDATE store_schema SET version=?", (newest(kind),))
    return applied


def _apply(c: Cursor, kind: Kind, version: int) -> list[str]:
    missing = [one for one in migrations(kind) if one.number > version]
    for migration in missing:
        c.run_script(migration.script)
    if kind == "postgresql" and missing:
        roles = resources.files("tracker.store.database") / "roles.postgresql.sql"
        c.run_script(roles.read_text(encoding="utf-8"))
    return [migration.name for migration in missing]
