"""PostgreSQL for the store. Made by `address` for a `postgresql://` URL; needs `psycopg`.

Entries are numbered under an advisory lock that lasts until the commit is visible, so that no
reader passes over an entry.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tracker.store.database.interface import Kind, Params, Row
from tracker.store.database.postgres_connections import (
    BARRIER,
    ConnectionLost,
    begin_transaction,
    check_idle,
    make_durable,
    wait_for_standby,
)
from tracker.store.database.postgres_cursor import PostgresCursor, translated
from tracker.store.database.postgres_errors import store_errors, without_password
from tracker.store.database.postgres_pool import Pool
from tracker.store.database.retrying import no_pause, retry

WRITERS = 0x7472_6163_6B65_7201  # the writers' lock of a log: "tracker" and 1
CHANNEL = "tracker_log"
CONNECT_TIMEOUT = 5.0  # seconds to wait for a server that is out of reach, before Unavailable
APPEND = (
    "SELECT * FROM tracker_append(?::bigint, ?::bytea, ?::text, ?::text[], ?::integer[], ?::text[],"
    " ?::bytea[], ?::bytea[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea, ?::text,"
    " ?::bytea, ?::bytea)"
)
APPEND_ONE = (
    "SELECT * FROM tracker_append_one(?::bigint, ?::bytea, ?::text, ?::text, ?::integer, ?::text,"
    " ?::bytea, ?::bytea, ?::text, ?::text, ?::text, ?::bytea, ?::text, ?::bytea, ?::bytea)"
)


class Postgres:
    """The database of one URL, with a pool of connections that are checked before use."""

    kind: Kind = "postgresql"

    def __init__(
        self, url: str, lock_timeout: float = 10.0, pool_size: int = 4, pool_most: int = 16
    ) -> None:
        self.url, self.where = url, without_password(url)
        self._thread = threading.local()
        with store_errors(self.where, self.url):
            conninfo_to_dict(url)
        self._options = {
            "options": f"-c lock_timeout={int(lock_timeout * 1000)} -c timezone=UTC"
            " -c idle_in_transaction_session_timeout=600000",
            "connect_timeout": 10,
            "application_name": "tracker",
            "autocommit": True,
            "cursor_factory": PostgresCursor,
            "prepare_threshold": 0,
        }
        for name in conninfo_to_dict(url):
            self._options.pop(name, None)  # what the URL says has precedence
        self._pool = Pool(
            url,
            self._connect,
            kwargs=self._options,
            min_size=1,
            max_size=max(pool_size, pool_most),
            timeout=min(lock_timeout, CONNECT_TIMEOUT),
            reconnect_timeout=CONNECT_TIMEOUT,
            open=False,
            check=check_idle,
            configure=make_durable,
        )
        self._listener: Any = None
        self._listening, self._opened = threading.Lock(), threading.Lock()

    def _connect(self) -> psycopg.Connection[Any]:
        """A new connection outside the pool."""
        connection = psycopg.connect(self.url, **self._options)  # type: ignore[arg-type]
        make_durable(connection)
        return connection

    def _connections(self) -> Pool:
        with self._opened:
            if self._pool.closed and self._listener is not False:
                self._pool.open()
        return self._pool

    @contextmanager
    def _in_transaction(self, begin: str) -> Iterator[psycopg.Connection[Any]]:
        """A connection in a new transaction; connections lost while idle are passed over."""
        pool = self._connections()
        connection = retry(
            partial(begin_transaction, pool, begin),
            on=(ConnectionLost,), attempts=pool.max_size + 1, between=no_pause,
        )  # fmt: skip
        try:
            with connection:
                yield connection
        finally:
            pool.putconn(connection)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresCursor]:
        with (
            store_errors(self.where, self.url),
            self._in_transaction(begin) as connection,
            connection.cursor() as cursor,
        ):
            try:
                yield cast(PostgresCursor, cursor)
            except BaseException:
                if not connection.closed:
                    connection.rollback()
                raise
            cursor.execute("COMMIT")
            wait_for_standby(connection)

    @contextmanager
    def reading(self) -> Iterator[PostgresCursor]:
        connection = getattr(self._thread, "write", None)
        if connection is not None:
            with connection.cursor() as cursor:
                yield cursor
            return
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") as cursor:
            yield cursor

    @contextmanager
    def plain(self) -> Iterator[PostgresCursor]:
        """A cursor in autocommit: each statement is a transaction of its own, in one round trip."""
        with (
            store_errors(self.where, self.url),
            self._connections().connection() as connection,
            connection.cursor() as cursor,
        ):
            yield cast(PostgresCursor, cursor)
            wait_for_standby(connection)

    def wait_until_durable(self) -> None:
        """Commits an empty record: once it is durable, so is everything committed before it."""
        with self.plain() as cursor:
            cursor.execute(BARRIER)

    @contextmanager
    def writing(self) -> Iterator[PostgresCursor]:
        with self._transaction("BEGIN") as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock({WRITERS})")
            self._thread.write = cursor.connection
            try:
                yield cursor
            finally:
                self._thread.write = None

    @contextmanager
    def working(self) -> Iterator[PostgresCursor]:
        with self._transaction("BEGIN") as cursor:
            yield cursor

    def append_at_once(
        self,
        expected: tuple[int, bytes, str],
        rows: Sequence[tuple[str, int, str, bytes]],
        leaves: Sequence[bytes],
        keys: Sequence[tuple[str, str]],
        new: Sequence[tuple[str, str]],
        head: tuple[bytes, str, bytes, bytes],
    ) -> tuple[Row, Row | None] | None:
        """Appends in one round trip, if the head of the log is the `expected` one; returns None.

        If it is another, nothing is appended: returns that head (size, frontier, note) and the
        row of the last entry. `rows` are (originator id, version, topic, state), `leaves` their
        leaf hashes, `keys` their (source, id), `new` the (subject, originator id) of new
        individuals, `head` the new frontier, note, root and MAC. Raises Conflict where a row is
        there already.
        """
        if len(rows) == len(keys) == 1:
            subject = new[0][0] if new else None
            values: list[Any] = [*expected, *rows[0], leaves[0], *keys[0], subject, *head]
            with self.plain() as cursor:
                row = cursor.execute(APPEND_ONE, values).fetchone()
        else:
            columns = [list(column) for column in zip(*rows, strict=True)]
            values = [*expected, *columns, list(leaves), [k for k, _ in keys],
                      [i for _, i in keys], [s for s, _ in new], [o for _, o in new],
                      *head]  # fmt: skip
            with self.plain() as cursor:
                row = cursor.execute(APPEND, values, binary=True).fetchone()
        if row is None:
            return None
        return row[:3], row[3:] if row[3] is not None else None

    @contextmanager
    def streaming(self, sql: str, params: Params = ()) -> Iterator[Iterator[Row]]:
        with (
            self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") as cursor,
            psycopg.ServerCursor(cursor.connection, "streaming") as server,
        ):
            server.itersize = 5_000
            server.execute(translated(sql) if params else sql, params or None)
            yield iter(server)

    @contextmanager
    def try_lock(self, name: str) -> Iterator[bool]:
        with store_errors(self.where, self.url), self._connections().connection() as connection:
            key = (f"tracker {name}",)
            row = connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended(?, 0))", key
            ).fetchone()
            acquired = bool(row and row[0])
            try:
                yield acquired
            finally:
                if acquired and not connection.closed:
                    connection.execute("SELECT pg_advisory_unlock(hashtextextended(?, 0))", key)

    def wait_for_append(self, seconds: float) -> bool:
        """Listens for the notification that every append sends when it commits."""
        if not self._listening.acquire(blocking=False):
            return self._wait_for_listener(seconds)
        try:
            with store_errors(self.where, self.url):
                return self._listen(seconds)
        finally:
            self._listening.release()

    def _wait_for_listener(self, seconds: float) -> bool:
        """Waits for the thread that listens: True if it stopped, as the log may have grown."""
        if not self._listening.acquire(timeout=seconds):
            return False
        self._listening.release()
        return True

    def _listen(self, seconds: float) -> bool:
        if self._listener is None or self._listener.closed:
            self._listener = psycopg.connect(self.url, **self._options)  # type: ignore[arg-type]
            self._listener.execute(f"LISTEN {CHANNEL}")
            return True  # something may have been appended before listening began
        return any(True for _ in self._listener.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        with self._opened:
            if self._listener:
                self._listener.close()
            self._listener = False
            self._pool.close()
