"""The tables of a store, and the steps that lead to them from those of earlier releases.

`create` is called for a new SQLite file and by `tracker migrate`; no worker ever makes a table.
"""

from __future__ import annotations

from importlib import resources
from typing import Any, cast

from tracker.domain.errors import TrackerError
from tracker.store.database.interface import Cursor, Database

VERSION = 2
KEPT = ("stored_events", "individuals", "entry_keys", "checkpoints")
TABLES = (
    "CREATE TABLE stored_events (notification_id {SERIAL} PRIMARY KEY, "
    "originator_id {TEXT} NOT NULL, originator_version INTEGER NOT NULL, topic {TEXT} NOT NULL, "
    "state {BYTES} NOT NULL, leaf {BYTES} NOT NULL, UNIQUE (originator_id, originator_version))",
    "CREATE TABLE individuals (subject {TEXT} PRIMARY KEY, "
    "originator_id {TEXT} NOT NULL UNIQUE) {CLUSTERED}",
    "CREATE TABLE entry_keys (source {TEXT} NOT NULL, id {TEXT} NOT NULL, "
    "notification_id {LONG} NOT NULL, PRIMARY KEY (source, id)) {CLUSTERED}",
    "CREATE TABLE checkpoints (size {LONG} PRIMARY KEY, root {BYTES} NOT NULL, "
    "mac {BYTES} NOT NULL)",
    "CREATE TABLE log_head (id INTEGER PRIMARY KEY CHECK (id=1), size {LONG} NOT NULL, "
    "frontier {BYTES} NOT NULL, note TEXT NOT NULL)",
    "CREATE TABLE store_schema (version INTEGER NOT NULL, log_id TEXT NOT NULL)",
)
# What the scheduler did and has to do: not of the log, and no fact is in it alone.
# `scheduler_runs`: a row for each time at which a job was meant to run (microseconds since 1970).
# `scheduler_items`: what a desk is to be told, once each, by a key that says what it is about.
# `outbox`: messages; `sent` and `started` are moments, null until then.
# `return_drafts`: what a return said on the night it was computed, as canonical JSON.
WORK = (
    "CREATE TABLE scheduler_runs (job {TEXT} NOT NULL, intended {LONG} NOT NULL, "
    "run {TEXT} NOT NULL, holder TEXT NOT NULL, attempt INTEGER NOT NULL, "
    "started {LONG} NOT NULL, ended {LONG}, outcome TEXT NOT NULL, counts TEXT NOT NULL, "
    "error TEXT NOT NULL, PRIMARY KEY (job, intended)) {CLUSTERED}",
    "CREATE TABLE scheduler_items (key {TEXT} PRIMARY KEY, area {TEXT} NOT NULL, "
    "kind {TEXT} NOT NULL, subject {TEXT} NOT NULL, due INTEGER, detail TEXT NOT NULL, "
    "urgent INTEGER NOT NULL, made {LONG} NOT NULL, message {TEXT}) {CLUSTERED}",
    "CREATE INDEX scheduler_items_new ON scheduler_items (area, made) WHERE message IS NULL",
    "CREATE TABLE outbox (key {TEXT} PRIMARY KEY, area {TEXT} NOT NULL, via TEXT NOT NULL, "
    "recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, "
    "urgent INTEGER NOT NULL, made {LONG} NOT NULL, tries INTEGER NOT NULL, "
    "next_try {LONG} NOT NULL, started {LONG}, sent {LONG}, error TEXT NOT NULL) {CLUSTERED}",
    "CREATE INDEX outbox_waiting ON outbox (next_try) WHERE sent IS NULL",
    "CREATE TABLE return_drafts (area {TEXT} NOT NULL, year {TEXT} NOT NULL, "
    "known_at {LONG} NOT NULL, digest TEXT NOT NULL, figures TEXT NOT NULL, "
    "PRIMARY KEY (area, year, known_at)) {CLUSTERED}",
)
WORDS = {
    "sqlite": {
        "SERIAL": "INTEGER", "TEXT": "TEXT", "BYTES": "BLOB", "LONG": "INTEGER",
        "CLUSTERED": "WITHOUT ROWID",
    },
    "postgresql": {
        "SERIAL": "BIGINT", "TEXT": 'TEXT COLLATE "C"', "BYTES": "BYTEA", "LONG": "BIGINT",
        "CLUSTERED": "",
    },
}  # fmt: skip


class Outdated(TrackerError):
    """A store without the tables of this release."""


def words(kind: str, statement: str) -> str:
    """A statement with the types as a database names them."""
    for word, meaning in WORDS[kind].items():
        statement = statement.replace(f"{{{word}}}", meaning)
    return statement


def version_of(c: Cursor) -> int:
    """The version of the tables: 0 for none, 1 for those of release 0.1."""
    if c.exists("store_schema"):
        c.execute("SELECT version FROM store_schema")
        row = c.fetchone()
        return int(row[0]) if row else 0
    return 1 if c.exists("stored_events") else 0


def log_id(c: Cursor) -> str:
    """The name under which the log signs its checkpoints, made with its tables."""
    c.execute("SELECT log_id FROM store_schema")
    row = c.fetchone()
    assert row is not None
    return str(row[0])


def check(database: Database) -> str:
    """The log's id, where the tables are those of this release; raises Outdated otherwise."""
    with database.reading() as c:
        version = version_of(c)
        if version == VERSION:
            return log_id(c)
    if version > VERSION:
        raise Outdated(f"the store {database.where} was written by a newer release of the tracker")
    state = "has no tables yet" if version == 0 else "was written by an earlier release"
    raise Outdated(f"the store {database.where} {state}: run `tracker migrate`")


def create(c: Cursor, kind: str, log_id: str) -> None:
    """Makes the tables of an empty store."""
    for statement in (*TABLES, *WORK):
        c.execute(words(kind, statement))
    c.execute("INSERT INTO store_schema (version, log_id) VALUES (?,?)", (VERSION, log_id))
    c.execute("INSERT INTO log_head (id, size, frontier, note) VALUES (1,0,?,'')", (b"",))
    protect(c, kind)


def protect(c: Cursor, kind: str) -> None:
    """Refuses whatever would change or remove what was recorded."""
    if kind == "postgresql":
        script = resources.files("tracker.store.database") / "postgres.sql"
        # several statements at once cannot be prepared
        cast(Any, c).execute(script.read_text(encoding="utf-8"), prepare=False)
        return
    for table in KEPT:
        for what in ("UPDATE", "DELETE"):
            c.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
            )


def unprotect(c: Cursor) -> None:
    """Lifts what `protect` set on SQLite: for the step from an earlier release alone."""
    for table in KEPT:
        for what in ("update", "delete"):
            c.execute(f"DROP TRIGGER IF EXISTS {table}_no_{what}")
