"""SQLite for the store: one file, write-ahead log, every commit on the disk. Made by `address`.

`pysqlite3` has a SQLite without the WAL-reset race (fixed in 3.51.3), so that several processes can
use one file. With an older SQLite a lock lets in a single process at a time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

from tracker.store.database.interface import Conflict, Kind, Params, Row, Unavailable
from tracker.store.database.locks import file_lock
from tracker.store.database.retrying import wait_until

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:  # pragma: no cover - platforms without a wheel
    import sqlite3

RACE_FIXED = (3, 51, 3)
PAGE_SIZE = 4_096
CONNECTIONS = 16
POLL = 0.02  # seconds between two checks whether the log grew


class SqliteCursor(sqlite3.Cursor):  # type: ignore[misc]
    """A cursor with the methods that `interface.Cursor` adds."""

    each = "json_each(?)"

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        marks = ",".join("?" * len(columns))
        self.executemany(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", rows)

    def exists(self, table: str) -> bool:
        self.execute("SELECT 1 FROM sqlite_master WHERE name=?", (table,))
        return self.fetchone() is not None

    def run_script(self, script: str) -> None:
        # not `executescript`, which would first commit what this transaction did before
        statement = ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self.execute(statement)
                statement = ""


@contextmanager
def _store_errors(where: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        if str(error).startswith("UNIQUE constraint"):
            raise Conflict(str(error)) from error
        raise Unavailable(f"the store {where} could not be used: {error}") from error


class Sqlite:
    """The database of one file, for many threads: each connection serves one at a time."""

    kind: Kind = "sqlite"

    def __init__(self, path: Path, lock_timeout: float = 30.0, read_only: bool = False) -> None:
        self.path, self.lock_timeout, self.read_only = path, lock_timeout, read_only
        self.where = str(path)
        self._idle: list[Any] = []
        self._turn = threading.Condition()
        self._used, self._closed = 0, False
        self._thread = threading.local()
        self._open = ExitStack()
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock_out_others_if_needed()

    def _lock_out_others_if_needed(self) -> None:
        if sqlite3.sqlite_version_info >= RACE_FIXED:
            return
        lock = file_lock(self.path.with_name(self.path.name + ".lock"))
        if not self._open.enter_context(lock):
            raise Unavailable(
                f"{self.path} is in use: SQLite {sqlite3.sqlite_version} must not share a file "
                "between processes (install pysqlite3, or any SQLite from 3.51.3 on)"
            )

    def _connect(self) -> Any:
        name = str(self.path.absolute()).replace("%", "%25").replace("?", "%3f")
        uri = f"file:{name.replace('#', '%23')}" + ("?mode=ro" if self.read_only else "")
        connection = sqlite3.connect(
            uri, uri=True, check_same_thread=False, isolation_level=None,
            cached_statements=256, timeout=self.lock_timeout,
        )  # fmt: skip
        if not self.read_only:
            if connection.execute("PRAGMA page_count").fetchone()[0] == 0:
                connection.execute(f"PRAGMA page_size={PAGE_SIZE}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-32768")
        connection.execute("PRAGMA temp_store=FILE")
        return connection

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        taken = getattr(self._thread, "taken", 0)
        with self._turn:
            # A thread that has one never waits for another: if all did, none would go on.
            while self._used >= CONNECTIONS and not taken and not self._closed:
                if not self._turn.wait(self.lock_timeout):
                    raise Unavailable(f"the store {self.where}: no connection became free in time")
            if self._closed:
                raise Unavailable(f"the store {self.where} is closed")
            self._used += 1
            connection = self._idle.pop() if self._idle else None
        self._thread.taken = taken + 1
        try:
            connection = connection or self._connect()
            yield connection
        finally:
            self._thread.taken = taken
            with self._turn:
                self._used -= 1
                if connection is not None:
                    self._idle.append(connection)
                surplus = self._idle.pop(0) if len(self._idle) > CONNECTIONS else None
                self._turn.notify_all()
            if surplus is not None:
                surplus.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[SqliteCursor]:
        with _store_errors(self.where), self._connection() as connection:
            cursor = cast(SqliteCursor, connection.cursor(SqliteCursor))
            cursor.execute(begin)
            try:
                if begin != "BEGIN":
                    self._thread.write = connection
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.rollback()
                raise
            finally:
                if begin != "BEGIN":
                    self._thread.write = None
                cursor.close()

    @contextmanager
    def reading(self) -> Iterator[SqliteCursor]:
        connection = getattr(self._thread, "write", None)
        if connection is not None:
            # A second connection would wait behind the threads that wait for the first.
            yield cast(SqliteCursor, connection.cursor(SqliteCursor))
            return
        with self._transaction("BEGIN") as cursor:
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[SqliteCursor]:
        with self._transaction("BEGIN IMMEDIATE") as cursor:
            yield cursor

    working = writing

    @contextmanager
    def streaming(self, sql: str, params: Params = ()) -> Iterator[Iterator[Row]]:
        with self.reading() as cursor:
            cursor.arraysize = 1_000
            yield iter(cursor.execute(sql, params))

    @contextmanager
    def try_lock(self, name: str) -> Iterator[bool]:
        with file_lock(self.path.with_name(f"{self.path.name}.{name}.lock")) as acquired:
            yield acquired

    def wait_for_append(self, seconds: float) -> bool:
        """Polls SQLite's count of the changes to the file."""
        with self._connection() as connection:
            version = "PRAGMA data_version"
            before = connection.execute(version).fetchone()
            return wait_until(
                lambda: connection.execute(version).fetchone() != before, seconds,
                min(POLL, seconds),
            )  # fmt: skip

    def wait_until_durable(self) -> None:
        """Returns at once: everything that can be read is on the disk already."""

    def leave_wal_mode(self) -> None:
        """Turns the write-ahead log off: one file, which can be read from a read-only place."""
        with _store_errors(self.where), self._connection() as connection:
            connection.execute("PRAGMA journal_mode=DELETE")

    def rewrite(self) -> None:
        """Rewrites the file, so that no deleted data is left in it."""
        with _store_errors(self.where), self._connection() as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Closes every connection, after waiting for those in use to be returned."""
        with self._turn:
            self._closed = True
            self._turn.wait_for(lambda: self._used == 0, timeout=self.lock_timeout)
            while self._idle:
                self._idle.pop().close()
        self._open.close()


def make_private_file(path: Path) -> None:
    """Makes an empty file that only its owner may read, unless it exists."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
