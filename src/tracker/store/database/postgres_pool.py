"""The pool of connections to PostgreSQL. For `postgres`.

A thread that reads may have to read something else before it is done. Were it to wait for a second
connection while other threads, each with one, wait for theirs, none would ever go on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import psycopg_pool

Connection = psycopg.Connection[Any]
SOON = 0.05  # seconds that a thread with a connection waits for the pool to have one more


class Pool(psycopg_pool.ConnectionPool[Connection]):
    """A pool that makes one more connection for a thread that has one, where all are in use.

    `connect` makes it; it is closed when it is given back.
    """

    def __init__(self, url: str, connect: Callable[[], Connection], **options: Any) -> None:
        self._connect_apart = connect
        self._thread = threading.local()
        super().__init__(url, **options)

    def getconn(self, timeout: float | None = None) -> Connection:
        taken = getattr(self._thread, "taken", 0)
        connection = self._further() if taken else super().getconn(timeout)
        self._thread.taken = taken + 1
        return connection

    def putconn(self, conn: Connection) -> None:
        self._thread.taken = max(0, getattr(self._thread, "taken", 0) - 1)
        if getattr(conn, "_tracker_apart", False):
            conn.close()
        else:
            super().putconn(conn)

    def _further(self) -> Connection:
        try:
            return super().getconn(SOON)
        except psycopg_pool.PoolTimeout:
            connection = self._connect_apart()
            connection._tracker_apart = True  # type: ignore[attr-defined]
            return connection
