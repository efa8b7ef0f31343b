"""Connections to PostgreSQL: checked before use, and durable at every commit. For `postgres`."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import psycopg
import psycopg_pool

BARRIER = "SELECT pg_logical_emit_message(true, 'tracker', '')"
IDLE = 1.0  # seconds after which an idle connection is checked before use


class ConnectionLost(psycopg.OperationalError):
    """A connection of the pool was lost while it was idle."""


def begin_transaction(
    pool: psycopg_pool.ConnectionPool[Any], begin: str
) -> psycopg.Connection[Any]:
    """Takes a connection from the pool and begins a transaction with the statement `begin`.

    Raises ConnectionLost where the connection was lost: another one can be tried.
    """
    connection: psycopg.Connection[Any] = pool.getconn()
    try:
        connection.execute(begin)
    except psycopg.OperationalError as error:
        lost = connection.closed
        pool.putconn(connection)
        if lost:
            raise ConnectionLost(str(error)) from error
        raise
    return connection


def make_durable(connection: psycopg.Connection[Any]) -> None:
    """Has the server acknowledge a commit only once it is on the disk, whatever its default."""
    row = connection.execute("SHOW synchronous_commit").fetchone()
    if row and row[0] not in ("on", "remote_apply"):
        connection.execute("SET synchronous_commit=on")
    connection.add_notice_handler(partial(_note_standby_missing, connection))


def _note_standby_missing(
    connection: psycopg.Connection[Any], notice: psycopg.errors.Diagnostic
) -> None:
    """Notes a notice that the server stopped waiting for the standby: the commit is not on it."""
    if notice.source_function == "SyncRepWaitForLSN":
        connection._tracker_alone = True  # type: ignore[attr-defined]


def wait_for_standby(connection: psycopg.Connection[Any]) -> None:
    """Waits until the standby has the last commit, where the server was made to stop waiting.

    It commits an empty record: once the standby has that, it has what was committed before.
    """
    while getattr(connection, "_tracker_alone", False):
        connection._tracker_alone = False  # type: ignore[attr-defined]
        connection.execute(BARRIER)


def check_idle(connection: psycopg.Connection[Any]) -> None:
    """Checks a connection that was idle for a second; raises OperationalError if it is lost."""
    now, used = time.monotonic(), getattr(connection, "_tracker_used", 0.0)
    if now - used > IDLE:
        psycopg_pool.ConnectionPool.check_connection(connection)
    connection._tracker_used = now  # type: ignore[attr-defined]
