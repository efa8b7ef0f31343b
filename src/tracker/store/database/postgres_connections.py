"""Connections to PostgreSQL: tried before use, and durable at every commit. For `postgres`."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import psycopg
import psycopg_pool

BARRIER = "SELECT pg_logical_emit_message(true, 'tracker', '')"
IDLE = 1.0  # seconds after which a connection is tried before it is used


class WasCut(psycopg.OperationalError):
    """A connection of the pool was cut while it lay idle."""


def begun(pool: psycopg_pool.ConnectionPool[Any], begin: str) -> psycopg.Connection[Any]:
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


def make_durable(connection: psycopg.Connection[Any]) -> None:
    """Commits are acknowledged only once on the disk, whatever the server's default is."""
    row = connection.execute("SHOW synchronous_commit").fetchone()
    if row and row[0] not in ("on", "remote_apply"):
        connection.execute("SET synchronous_commit=on")
    connection.add_notice_handler(partial(_noticed, connection))


def _noticed(connection: psycopg.Connection[Any], notice: psycopg.errors.Diagnostic) -> None:
    """The server gave up waiting for the standby: what was committed is on one machine alone."""
    if notice.source_function == "SyncRepWaitForLSN":
        connection._tracker_alone = True  # type: ignore[attr-defined]


def wait_for_standby(connection: psycopg.Connection[Any]) -> None:
    """Waits on where the server was made to give up: the next commit comes after the last."""
    while getattr(connection, "_tracker_alone", False):
        connection._tracker_alone = False  # type: ignore[attr-defined]
        connection.execute(BARRIER)


def check_idle(connection: psycopg.Connection[Any]) -> None:
    """Checks a connection that was idle for a while; one just used is spared the round trip."""
    now, used = time.monotonic(), getattr(connection, "_tracker_used", 0.0)
    if now - used > IDLE:
        psycopg_pool.ConnectionPool.check_connection(connection)
    connection._tracker_used = now  # type: ignore[attr-defined]
