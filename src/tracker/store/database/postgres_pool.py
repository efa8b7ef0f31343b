"""The pool of connections to PostgreSQL. For `postgres`.

A thread that reads may need a second connection before it is done. If every thread had one and
waited for another, none would ever go on: a deadlock. So a new connection is made for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import psycopg
import psycopg_pool

Connection = psycopg.Connection[Any]
SOON = 0.05  # seconds that a thread with a connection waits for the pool before a new one is made


class Pool(psycopg_pool.ConnectionPool[Connection]):
    """A pool that makes an extra connection for a thread that has one, where all are in use.

    `connect` makes the extra connection; it is closed when it is returned.
    """

    def __init__(self, url: str, connect: Callable[[], Connection], **options: Any) -> None:
        self._connect_extra = connect
        self._thread = threading.local()
        super().__init__(url, **options)

    def getconn(self, timeout: float | None = None) -> Connection:
        taken = getattr(self._thread, "taken", 0)
        connection = self._one_more() if taken else super().getconn(timeout)
        self._thread.taken = taken + 1
        return connection

    def putconn(self, conn: Connection) -> None:
        self._thread.taken = max(0, getattr(self._thread, "taken", 0) - 1)
        if getattr(conn, "_tracker_extra", False):
            conn.close()
        else:
            super().putconn(conn)

    def _one_more(self) -> Connection:
        try:
            return super().getconn(SOON)
        except psycopg_pool.PoolTimeout:
            connection = self._connect_extra()
            connection._tracker_extra = True  # type: ignore[attr-defined]
            return connection
