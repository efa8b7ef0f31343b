"""PostgreSQL for the store. Built by `settings` for a `postgresql://` URL; needs `psycopg`.

Ids are given under an advisory lock that is held until the commit can be seen: no reader ever
passes over an entry. The library's database functions lose that and are never used.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, Self, cast
from urllib.parse import urlsplit, urlunsplit

import psycopg
import psycopg_pool
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tracker.store.database.interface import Conflict, Kind, Params, Row, Unavailable
from tracker.store.database.postgres_pool import Pool
from tracker.store.database.retrying import no_pause, retry

WRITERS = 0x7472_6163_6B65_7201  # the writers' lock of a log: "tracker" and 1
BARRIER = "SELECT pg_logical_emit_message(true, 'tracker', '')"
CHANNEL = "tracker_log"
PATIENCE = 5.0  # seconds for a server that is away: tried on and on, whatever the outage
IDLE = 1.0  # seconds after which a connection is tried before it is used
APPEND = (
    "SELECT size, frontier FROM tracker_append(?::bigint, ?::text[], ?::integer[], ?::text[],"
    " ?::bytea[], ?::bytea[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea, ?::text,"
    " ?::bytea, ?::bytea)"
)
APPEND_ONE = (
    "SELECT size, frontier FROM tracker_append_one(?::bigint, ?::text, ?::integer, ?::text,"
    " ?::bytea, ?::bytea, ?::text, ?::text, ?::text, ?::bytea, ?::text, ?::bytea, ?::bytea)"
)
_PLACES = re.compile(r"\?|(?<![:\w]):([a-z_]+)")


@lru_cache(maxsize=512)
def translated(sql: str) -> str:
    """A statement with `?` or `:name` in psycopg's own way of naming places."""
    return _PLACES.sub(lambda m: f"%({m[1]})s" if m[1] else "%s", sql.replace("%", "%%"))


class PostgresCursor(psycopg.Cursor[Row]):
    """A cursor that takes the one dialect of the store."""

    each = "json_array_elements(CAST(? AS json))"

    def execute(self, query: Any, params: Any = None, **kwargs: Any) -> Self:
        if isinstance(query, str) and params:
            query = translated(query)
        return super().execute(query, params or None, **kwargs)

    def executemany(self, query: Any, params_seq: Any, **kwargs: Any) -> None:
        super().executemany(translated(query), params_seq, **kwargs)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        with self.copy(f"COPY {table} ({','.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def run_script(self, script: str) -> None:
        self.execute(script, prepare=False)  # several statements at once cannot be prepared

    def exists(self, table: str) -> bool:
        # through a table: looking a name up alone may give what was true when last looked up
        self.execute("SELECT 1 FROM pg_catalog.pg_class WHERE oid=to_regclass(?)", (table,))
        return self.fetchone() is not None


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    place = f"{parts.username}@{hosts}" if parts.username else hosts
    return urlunsplit((parts.scheme, place, parts.path, "", ""))


def apart(url: str) -> tuple[str, dict[str, str]]:
    """Where to connect, without the password; and that, as a program's environment holds it."""
    given = conninfo_to_dict(url)
    password = given.pop("password", None)
    return make_conninfo("", **given), {"PGPASSWORD": str(password)} if password else {}


logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # what is said of it is in the error


@contextmanager
def _clear_errors(where: str, url: str) -> Iterator[None]:
    try:
        yield
    except (psycopg.errors.UniqueViolation, psycopg.errors.SerializationFailure) as error:
        raise Conflict(str(error)) from error
    except psycopg_pool.PoolTimeout:
        raise Unavailable(f"the store {where} cannot be reached: {_why_not(url)}") from None
    except psycopg.Error as error:
        raise Unavailable(f"the store {where} could not be used: {_first_line(error)}") from error


def _why_not(url: str) -> str:
    """What a server says that gives no connection: the pool itself knows only that it waited."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error as error:
        return _first_line(error)
    return "no connection became free in time"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__


class Postgres:
    """The database of one URL, with a pool of connections that are tried before they are used."""

    kind: Kind = "postgresql"

    def __init__(
        self, url: str, lock_timeout: float = 10.0, pool_size: int = 4, pool_most: int = 16
    ) -> None:
        self.url, self.where = url, without_password(url)
        self._held = threading.local()
        with _clear_errors(self.where, self.url):
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
            self._options.pop(name, None)  # what the URL says stands
        self._pool = Pool(
            url,
            self._connect,
            kwargs=self._options,
            min_size=1,
            max_size=max(pool_size, pool_most),
            timeout=min(lock_timeout, PATIENCE),
            reconnect_timeout=PATIENCE,
            open=False,
            check=_tried,
            configure=_synchronous,
        )
        self._listener: Any = None
        self._listening, self._opened = threading.Lock(), threading.Lock()

    def _connect(self) -> psycopg.Connection[Any]:
        """One more connection, beside the pool."""
        connection = psycopg.connect(self.url, **self._options)  # type: ignore[arg-type]
        _synchronous(connection)
        return connection

    def _connections(self) -> Pool:
        with self._opened:
            if self._pool.closed and self._listener is not False:
                self._pool.open()
        return self._pool

    @contextmanager
    def _begun(self, begin: str) -> Iterator[psycopg.Connection[Any]]:
        """A connection in a transaction; one that was cut while it lay idle is passed over."""
        pool = self._connections()
        connection = retry(
            partial(_first_statement, pool, begin),
            on=(WasCut,), attempts=pool.max_size + 1, between=no_pause,
        )  # fmt: skip
        try:
            with connection:
                yield connection
        finally:
            pool.putconn(connection)

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[PostgresCursor]:
        with (
            _clear_errors(self.where, self.url),
            self._begun(begin) as connection,
            connection.cursor() as cursor,
        ):
            try:
                yield cast(PostgresCursor, cursor)
            except BaseException:
                if not connection.closed:
                    connection.rollback()
                raise
            cursor.execute("COMMIT")
            _at_the_standby(connection)

    @contextmanager
    def reading(self) -> Iterator[PostgresCursor]:
        held = getattr(self._held, "connection", None)
        if held is not None:
            with held.cursor() as cursor:
                yield cursor
            return
        with self._transaction("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY") as cursor:
            yield cursor

    @contextmanager
    def plain(self) -> Iterator[PostgresCursor]:
        """A cursor outside any transaction: each statement is its own, one round trip each."""
        with (
            _clear_errors(self.where, self.url),
            self._connections().connection() as connection,
            connection.cursor() as cursor,
        ):
            yield cast(PostgresCursor, cursor)
            _at_the_standby(connection)

    def settled(self) -> None:
        """Returns once all that can be seen is as safe as a commit that was acknowledged."""
        with self.plain() as cursor:
            cursor.execute(BARRIER)

    @contextmanager
    def writing(self) -> Iterator[PostgresCursor]:
        with self._transaction("BEGIN") as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock({WRITERS})")
            self._held.connection = cursor.connection
            try:
                yield cursor
            finally:
                self._held.connection = None

    @contextmanager
    def working(self) -> Iterator[PostgresCursor]:
        with self._transaction("BEGIN") as cursor:
            yield cursor

    def append_at_once(
        self,
        expected: int,
        rows: Sequence[tuple[str, int, str, bytes]],
        leaves: Sequence[bytes],
        keys: Sequence[tuple[str, str]],
        new: Sequence[tuple[str, str]],
        head: tuple[bytes, str, bytes, bytes],
    ) -> tuple[int, bytes] | None:
        """Appends in one round trip; or the head, where the log is not of the size expected."""
        if len(rows) == len(keys) == 1:
            given: list[Any] = [
                expected,
                *rows[0],
                leaves[0],
                *keys[0],
                new[0][0] if new else None,
                *head,
            ]
            with self.plain() as cursor:
                row = cursor.execute(APPEND_ONE, given).fetchone()
            return None if row is None else (row[0], bytes(row[1]))
        columns = [list(column) for column in zip(*rows, strict=True)]
        given = [expected, *columns, list(leaves), [k for k, _ in keys], [i for _, i in keys],
                 [s for s, _ in new], [o for _, o in new], *head]  # fmt: skip
        with self.plain() as cursor:
            row = cursor.execute(APPEND, given, binary=True).fetchone()
        return None if row is None else (row[0], bytes(row[1]))

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
    def alone(self, what: str) -> Iterator[bool]:
        with _clear_errors(self.where, self.url), self._connections().connection() as connection:
            key = (f"tracker {what}",)
            row = connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended(?, 0))", key
            ).fetchone()
            got = bool(row and row[0])
            try:
                yield got
            finally:
                if got and not connection.closed:
                    connection.execute("SELECT pg_advisory_unlock(hashtextextended(?, 0))", key)

    def told(self, seconds: float) -> bool:
        """Waits for the notice that every append gives when it commits."""
        if not self._listening.acquire(blocking=False):
            return self._heard_by_another(seconds)
        try:
            with _clear_errors(self.where, self.url):
                return self._listened(seconds)
        finally:
            self._listening.release()

    def _heard_by_another(self, seconds: float) -> bool:
        """Another thread listens: whether it stopped, for it may have heard something."""
        if not self._listening.acquire(timeout=seconds):
            return False
        self._listening.release()
        return True

    def _listened(self, seconds: float) -> bool:
        if self._listener is None or self._listener.closed:
            self._listener = psycopg.connect(self.url, **self._options)  # type: ignore[arg-type]
            self._listener.execute(f"LISTEN {CHANNEL}")
            return True  # what was appended before listening began is looked for at once
        return any(True for _ in self._listener.notifies(timeout=seconds, stop_after=1))

    def close(self) -> None:
        with self._opened:
            if self._listener:
                self._listener.close()
            self._listener = False
            self._pool.close()


class WasCut(psycopg.OperationalError):
    """A connection of the pool was cut while it lay idle."""


def _first_statement(pool: psycopg_pool.ConnectionPool[Any], begin: str) -> psycopg.Connection[Any]:
    """A connection that began a transaction; raises WasCut for one that must be passed over."""
    connection: psycopg.Connection[Any] = pool.getconn()
    try:
        connection.execute(begin)
    except psycopg.OperationalError as error:
        lost = connection.closed
        pool.putconn(connection)
        if lost:
            raise WasCut(str(error)) from error
        raise
    return connection


def _synchronous(connection: psycopg.Connection[Any]) -> None:
    """A commit is told only once it is on the disk, whatever the server's default says."""
    row = connection.execute("SHOW synchronous_commit").fetchone()
    if row and row[0] not in ("on", "remote_apply"):
        connection.execute("SET synchronous_commit=on")
    connection.add_notice_handler(partial(_noticed, connection))


def _noticed(connection: psycopg.Connection[Any], notice: psycopg.errors.Diagnostic) -> None:
    """The server gave up waiting for the standby: what was committed is on one machine alone."""
    if notice.source_function == "SyncRepWaitForLSN":
        connection._tracker_alone = True  # type: ignore[attr-defined]


def _at_the_standby(connection: psycopg.Connection[Any]) -> None:
    """Waits on where the server was made to give up: the next commit comes after the last."""
    while getattr(connection, "_tracker_alone", False):
        connection._tracker_alone = False  # type: ignore[attr-defined]
        connection.execute(BARRIER)


def _tried(connection: psycopg.Connection[Any]) -> None:
    """Tries a connection that has lain idle; one just given back need not pay a round trip."""
    now, used = time.monotonic(), getattr(connection, "_tracker_used", 0.0)
    if now - used > IDLE:
        psycopg_pool.ConnectionPool.check_connection(connection)
    connection._tracker_used = now  # type: ignore[attr-defined]
