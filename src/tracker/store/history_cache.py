"""The records last appended to, so that the next append to one need not read it again. For `log`.

A record in here may be out of date: an append decided on it then meets a conflict, and reads.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from tracker.domain.record.history import History


class Cached(NamedTuple):
    """A record, the aggregate that it is the record of, and `emptied` from before it was read."""

    history: History
    aggregate: UUID
    emptied: int


class HistoryCache:
    """Records by subject, at most `limit`, for threads that share one log.

    A record changes while it is appended to, so it belongs to one thread at a time: `take` removes
    it, and `put` gives it back.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._records: OrderedDict[str, Cached] = OrderedDict()
        self._emptied = 0

    @property
    def emptied(self) -> int:
        """How often records were let go of because they may no longer be kept."""
        return self._emptied

    def take(self, subject: str) -> Cached | None:
        with self._lock:
            return self._records.pop(subject, None)

    def put(self, record: Cached) -> None:
        """Keeps a record; not where any was let go of since it was read.

        It may then hold what was erased, or lack what was imported.
        """
        subject = record.history.subject
        with self._lock:
            other = self._records.get(subject)
            if record.emptied != self._emptied or (
                other and other.history.next_sequence >= record.history.next_sequence
            ):
                return
            self._records[subject] = record
            self._records.move_to_end(subject)
            while len(self._records) > self._limit:
                self._records.popitem(last=False)

    def forget(self, subject: str) -> None:
        """Lets go of one record, and of it alone; it is not put back by who has taken it."""
        with self._lock:
            self._records.pop(subject, None)
            self._emptied += 1

    def clear(self) -> None:
        """Lets go of every record."""
        with self._lock:
            self._records.clear()
            self._emptied += 1
