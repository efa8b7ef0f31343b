"""Caches the records last appended to, so that the next append need not read them. For `log`.

A cached record may be out of date: an append decided on it then raises Conflict, and the record is
read from the store.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from tracker.domain.record.history import History


class Cached(NamedTuple):
    """A record, its aggregate id, and the cache's `invalidations` from before it was read."""

    history: History
    aggregate: UUID
    invalidations: int


class HistoryCache:
    """At most `limit` records by subject, for threads that share one log.

    A record changes while it is appended to, so only one thread may use it at a time: `take`
    removes it from the cache, and `put` returns it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._records: OrderedDict[str, Cached] = OrderedDict()
        self._invalidations = 0

    @property
    def invalidations(self) -> int:
        """How often `forget` or `clear` was called; see `put`."""
        return self._invalidations

    def take(self, subject: str) -> Cached | None:
        """Removes and returns the record of a subject, if it is cached."""
        with self._lock:
            return self._records.pop(subject, None)

    def put(self, record: Cached) -> None:
        """Caches a record, unless one as new is cached or an invalidation came since it was read.

        After an invalidation it may have what was erased since, or lack what was imported.
        """
        subject = record.history.subject
        with self._lock:
            other = self._records.get(subject)
            if record.invalidations != self._invalidations or (
                other and other.history.next_sequence >= record.history.next_sequence
            ):
                return
            self._records[subject] = record
            self._records.move_to_end(subject)
            while len(self._records) > self._limit:
                self._records.popitem(last=False)

    def forget(self, subject: str) -> None:
        """Removes the record of one subject; a thread that has taken it cannot put it back."""
        with self._lock:
            self._records.pop(subject, None)
            self._invalidations += 1

    def clear(self) -> None:
        """Removes every record."""
        with self._lock:
            self._records.clear()
            self._invalidations += 1
