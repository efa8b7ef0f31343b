"""The baselines: inserting rows of the log's main table with the database's own driver, and with
the library's default recorders.

Each inserts rows one per transaction (`one`) or many (`bulk`). `sqlite3` is the build that the
store itself uses, in WAL mode with `synchronous=FULL`; the table is that of the store.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from support import timed

from tracker.store.database.sqlite import sqlite3
from tracker.store.log import Log

# notification_id, originator_id, originator_version, topic, state, leaf
Row = tuple[int, str, int, str, bytes, bytes]
COLUMNS = "notification_id, originator_id, originator_version, topic, state, leaf"
TABLE = (
    "CREATE TABLE stored_events (notification_id {long} PRIMARY KEY, originator_id {text} NOT NULL,"
    " originator_version INTEGER NOT NULL, topic {text} NOT NULL, state {bytes} NOT NULL,"
    " leaf {bytes} NOT NULL, UNIQUE (originator_id, originator_version))"
)
CALL, PAGE = 1_000, 50_000


def rows_of(log: Log, after: int = 0, most: int = 2**40) -> list[Row]:
    """The rows of a store's main table after a position."""
    with log.database.reading() as c:
        c.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state"
            " FROM stored_events WHERE notification_id>? ORDER BY notification_id LIMIT ?",
            (after, most),
        )
        # a leaf is a hash: 32 random-looking bytes
        return [(*tuple(r)[:4], bytes(r[4]), bytes(r[4])[:32].ljust(32)) for r in c.fetchall()]


def copied(log: Log, rival: Rival) -> dict[str, float]:
    """Seconds to read all rows of a store, and to insert them in bulk, page by page."""
    after, took = 0, {"read": 0.0, "bulk": 0.0}
    while True:
        start = time.perf_counter()
        rows = rows_of(log, after, PAGE)
        took["read"] += time.perf_counter() - start
        if not rows:
            return took
        after = rows[-1][0]
        took["bulk"] += timed(partial(rival.bulk, rows))


class Rival(Protocol):
    """A way to insert rows, as a baseline."""

    def one(self, rows: Sequence[Row]) -> None: ...

    def bulk(self, rows: Sequence[Row]) -> None: ...


class RawSqlite:
    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=FULL")
        self.db.execute(TABLE.format(long="INTEGER", text="TEXT", bytes="BLOB"))
        self.insert = f"INSERT INTO stored_events ({COLUMNS}) VALUES (?,?,?,?,?,?)"

    def one(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.db.execute(self.insert, row)

    def bulk(self, rows: Sequence[Row]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        for i in range(0, len(rows), CALL):
            self.db.executemany(self.insert, rows[i : i + CALL])
        self.db.execute("COMMIT")


class RawPostgres:
    def __init__(self, url: str) -> None:
        import psycopg

        self.db = psycopg.connect(url, autocommit=True)
        text = 'TEXT COLLATE "C"'
        self.db.execute(TABLE.format(long="BIGINT", text=text, bytes="BYTEA"))
        self.insert = f"INSERT INTO stored_events ({COLUMNS}) VALUES (%s,%s,%s,%s,%s,%s)"

    def one(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.db.execute(self.insert, row, prepare=True, binary=True)

    def bulk(self, rows: Sequence[Row]) -> None:
        statement = f"COPY stored_events ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
        with self.db.cursor() as c, c.copy(statement) as copy:
            copy.set_types(["int8", "text", "int4", "text", "bytea", "bytea"])
            for row in rows:
                copy.write_row(row)


class OurRecorder:
    """The recorder of a log, with ids and proof, without judging and sealing."""

    def __init__(self, log: Log) -> None:
        self.append = log.recorder.append

    def one(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self.append([row[1:5]])

    def bulk(self, rows: Sequence[Row]) -> None:
        for i in range(0, len(rows), CALL):
            self.append([row[1:5] for row in rows[i : i + CALL]])


class LibraryRecorder:
    """One of the library's own recorders."""

    def __init__(self, recorder: Any) -> None:
        self.insert = recorder.insert_events

    def _events(self, rows: Sequence[Row]) -> list[StoredEvent]:
        return [StoredEvent(UUID(r[1]), r[2], r[3], r[4]) for r in rows]

    def one(self, rows: Sequence[Row]) -> None:
        for event in self._events(rows):
            self.insert([event])

    def bulk(self, rows: Sequence[Row]) -> None:
        for i in range(0, len(rows), CALL):
            self.insert(self._events(rows[i : i + CALL]))


@contextmanager
def driver(empty: AbstractContextManager[str]) -> Iterator[Rival]:
    """The raw driver on an empty database."""
    with empty as url:
        if url.startswith("sqlite"):
            rival: RawSqlite | RawPostgres = RawSqlite(Path(url.removeprefix("sqlite:///")))
        else:
            rival = RawPostgres(url)
        try:
            yield rival
        finally:
            rival.db.close()


@contextmanager
def library(empty: AbstractContextManager[str]) -> Iterator[Rival]:
    """The library's own recorder with its own settings."""
    with empty as url:
        if url.startswith("sqlite"):
            from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

            datastore: Any = SQLiteDatastore(url.removeprefix("sqlite:///"))
            recorder: Any = SQLiteApplicationRecorder(datastore)
        else:
            from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore

            at = urlsplit(url)
            datastore = PostgresDatastore(
                at.path[1:], str(at.hostname), at.port or 5432, at.username or "", at.password or ""
            )
            recorder = PostgresApplicationRecorder(datastore)
        recorder.create_table()
        try:
            yield LibraryRecorder(recorder)
        finally:
            datastore.close()
