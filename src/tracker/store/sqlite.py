"""SQLite for the log: the library's recorder with ids never used again and the two indexes.

`individuals` leads from a reference to its aggregate, `entry_keys` holds source and id once; both
are written in the append's own transaction. Built by `log`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.persistence import Notification, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteFactory,
)

from tracker.store.mapper import Envelope

INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?,?,?,?)"
)
INSERT_NUMBERED = (
    "INSERT INTO stored_events"
    " (notification_id, originator_id, originator_version, topic, state) VALUES (?,?,?,?,?)"
)
INSERT_INDIVIDUAL = "INSERT INTO individuals (subject, originator_id) VALUES (?,?)"
INSERT_KEY = "INSERT INTO entry_keys (source, id, notification_id) VALUES (?,?,?)"
CLAIM_KEY = "INSERT OR IGNORE INTO entry_keys (source, id, notification_id) VALUES (?,?,?)"
RELEASE_KEY = "DELETE FROM entry_keys WHERE source=? AND id=?"
PAGE_SIZE = 16_384
Row = tuple[int, str, int, str, bytes]


class Pool(SQLiteConnectionPool):
    """Connections in WAL mode that wait for the disk, with more than one cached statement."""

    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        plain = sqlite3.connect(
            self.db_name,
            uri=True,
            check_same_thread=False,
            isolation_level=None,
            cached_statements=128,
            timeout=self.lock_timeout or 30,
        )
        plain.row_factory = sqlite3.Row
        plain.execute("PRAGMA synchronous=FULL")
        plain.execute("PRAGMA cache_size=-16384")
        connection.close()
        return SQLiteConnection(sqlite_conn=plain, max_age=self.max_age)


class Datastore(SQLiteDatastore):
    def __init__(self, db_name: str, **kwargs: Any) -> None:
        super().__init__(db_name, **kwargs)
        self.pool.close()
        timeout = kwargs.get("lock_timeout") or 30
        self.pool = Pool(db_name=db_name, lock_timeout=timeout, pool_timeout=timeout)
        self._held = threading.local()

    @contextmanager
    def writing(self) -> Iterator[SQLiteCursor]:
        """A transaction that takes the write lock at once, so that what it reads stays true."""
        connection = self.pool.get_connection(is_writer=True)
        try:
            cursor = connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            try:
                self._held.connection = connection
                yield cursor
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            finally:
                self._held.connection = None
        finally:
            self.pool.put_connection(connection)

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction; inside `writing` what is read is read on the connection in hand.

        A second one would wait behind the threads that wait for the first.
        """
        held = getattr(self._held, "connection", None)
        if held is not None and not commit:
            yield held.cursor()
            return
        with super().transaction(commit=commit) as cursor:
            yield cursor


class Recorder(SQLiteApplicationRecorder):
    """The log's tables; a notification id is never used again, whatever is deleted by hand."""

    datastore: Datastore

    def construct_create_table_statements(self) -> list[str]:
        return [
            "CREATE TABLE IF NOT EXISTS stored_events ("
            "notification_id INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT NOT NULL, "
            "originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, "
            "UNIQUE (originator_id, originator_version))",
            "CREATE TABLE IF NOT EXISTS individuals ("
            "subject TEXT PRIMARY KEY, originator_id TEXT NOT NULL UNIQUE) WITHOUT ROWID",
            "CREATE TABLE IF NOT EXISTS entry_keys ("
            "source TEXT NOT NULL, id TEXT NOT NULL, notification_id INTEGER NOT NULL, "
            "PRIMARY KEY (source, id)) WITHOUT ROWID",
        ]

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        envelopes: Sequence[Envelope] = (),
        **_: Any,
    ) -> Sequence[int]:
        ids: list[int] = []
        for s in stored_events:
            c.execute(INSERT, (_hex(s.originator_id), s.originator_version, s.topic, s.state))
            ids.append(c.lastrowid)
        self._index(c, envelopes, ids)
        return ids

    def highest_id(self, c: SQLiteCursor) -> int:
        """The highest notification id ever used; under the write lock the next ones are free."""
        c.execute("SELECT seq FROM sqlite_sequence WHERE name='stored_events'")
        row = c.fetchone()
        return row[0] if row else 0

    def insert_many(
        self, c: SQLiteCursor, rows: Sequence[Row], new: Sequence[tuple[str, str]]
    ) -> None:
        """Inserts numbered rows whose keys are claimed, and the individuals new among them."""
        c.executemany(INSERT_INDIVIDUAL, new)
        c.executemany(INSERT_NUMBERED, rows)

    def _index(self, c: SQLiteCursor, envelopes: Sequence[Envelope], ids: Sequence[int]) -> None:
        new = [(e.entry.subject, e.originator_id.hex) for e in envelopes if e[1] == 1]
        if new:
            c.executemany(INSERT_INDIVIDUAL, new)
        c.executemany(
            INSERT_KEY,
            [(e.entry.source, e.entry.id, n) for e, n in zip(envelopes, ids, strict=False)],
        )

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        where, params = ["1"], list[Any]()
        if start is not None:
            where.append("notification_id>=?" if inclusive_of_start else "notification_id>?")
            params.append(start)
        if stop is not None:
            where.append("notification_id<=?")
            params.append(stop)
        if topics:
            where.append(f"topic IN ({','.join('?' * len(topics))})")
            params += topics
        statement = (
            "SELECT notification_id, originator_id, originator_version, topic, state "
            f"FROM stored_events WHERE {' AND '.join(where)} ORDER BY notification_id LIMIT ?"
        )
        with self.datastore.transaction(commit=False) as c:
            c.execute(statement, (*params, limit))
            return [
                Notification(
                    id=row[0],
                    originator_id=self.convert_originator_id(row[1]),
                    originator_version=row[2],
                    topic=row[3],
                    state=row[4],
                )
                for row in c.fetchall()
            ]


def prepare(path: Path) -> None:
    """A new file with pages that hold many facts each: a bulk load is a twentieth quicker."""
    db = sqlite3.connect(path, timeout=30)
    try:
        db.execute(f"PRAGMA page_size={PAGE_SIZE}")
        db.execute("VACUUM")
    finally:
        db.close()


def _hex(originator_id: UUID | str) -> str:
    return originator_id.hex if isinstance(originator_id, UUID) else originator_id


class Factory(SQLiteFactory):
    """What the application builds its store with."""

    application_recorder_class = Recorder

    def __init__(self, env: Any) -> None:
        super().__init__(env)
        name = self.datastore.pool.db_name
        timeout = self.datastore.pool.lock_timeout
        self.datastore.close()
        self.datastore = Datastore(name, lock_timeout=timeout)
