"""The log: append, import in one transaction, history, and paging through (an `eventsourcing`
application, one aggregate per individual). Called by `intake`, the views' engine and the ways in.
"""

from __future__ import annotations

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import IntegrityError, PersistenceError
from eventsourcing.sqlite import SQLiteCursor
from eventsourcing.utils import Environment, EnvType

from tracker.domain.entries import Entry
from tracker.domain.errors import TrackerError
from tracker.domain.history import History
from tracker.store.mapper import Envelope, decode, encode
from tracker.store.settings import SQLITE, sqlite_path
from tracker.store.sqlite import CLAIM_KEY, RELEASE_KEY, Datastore, Recorder, Row, prepare

BATCH = 1_000
KEPT_HISTORIES = 4_096
TRIES = 3
STORE_ERRORS = (sqlite3.Error, PersistenceError)


def time_ordered_ids(clock: Callable[[], datetime]) -> Callable[[], UUID]:
    """Aggregate ids in time order (the form of UUID version 7), so that bulk loads stay fast."""
    last = 0
    ours = int.from_bytes(os.urandom(5)) << 16 | 0x7 << 76 | 0x2 << 62

    def fresh() -> UUID:
        nonlocal last
        last = max(int(clock().timestamp() * 1000) << 80 | ours, last + 1)
        return UUID(int=last)

    return fresh


class Unit:
    """One transaction that writes: histories read under the lock, entries inserted in batches."""

    def __init__(self, log: Log, cursor: SQLiteCursor) -> None:
        self._log, self._cursor, self._sql = log, cursor, cursor.sqlite_cursor
        self._kept: OrderedDict[str, tuple[History, str]] = OrderedDict()
        self._waiting: list[Row] = []
        self._new: list[tuple[str, str]] = []
        self._next = log.recorder.highest_id(cursor) + 1

    def history(self, subject: str) -> History:
        """The record of a subject, with what this transaction added to it."""
        kept = self._kept.get(subject)
        if kept is not None:
            return kept[0]
        self._forget_oldest()
        originator_id = self._log.originator(self._cursor, subject)
        entries: Sequence[Entry] = ()
        if originator_id is not None:
            self.flush()
            entries = self._log.entries(self._cursor, originator_id)
        history = History(subject, entries)
        self._kept[subject] = history, (originator_id or self._log.new_id()).hex
        return history

    def _forget_oldest(self) -> None:
        if len(self._kept) >= KEPT_HISTORIES:
            self.flush()
            for _ in range(KEPT_HISTORIES // 2):
                self._kept.popitem(last=False)

    def claim(self, source: str, entry_id: str) -> Entry | None:
        """Takes a source and id for the next entry; or the entry that has them already."""
        self._sql.execute(CLAIM_KEY, (source, entry_id, self._next))
        if self._sql.rowcount:
            return None
        self.flush()
        return self._log.by_key(self._cursor, source, entry_id)

    def release(self, source: str, entry_id: str) -> None:
        """Gives a claim back: its entry was refused."""
        self._sql.execute(RELEASE_KEY, (source, entry_id))

    def add(self, entry: Entry) -> None:
        """Takes an accepted and claimed entry in; it is durable when the transaction commits."""
        history, originator = self._kept[entry.subject]
        if entry.sequence == 1:
            self._new.append((entry.subject, originator))
        self._waiting.append(
            (self._next, originator, entry.sequence, entry.fact.TYPE, encode(entry))
        )
        self._next += 1
        history.append(entry)
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self._log.recorder.insert_many(self._cursor, self._waiting, self._new)
            self._waiting, self._new = [], []


class Log(Application[UUID]):
    """The application. `new_id` gives aggregate ids in time order."""

    name = "tracker"
    recorder: Recorder
    env: ClassVar[dict[str, str]] = {
        "PERSISTENCE_MODULE": "tracker.store.sqlite:Factory",
        "MAPPER_TOPIC": "tracker.store.mapper:EntryMapper",
        "SQLITE_LOCK_TIMEOUT": "30",
    }

    def __init__(self, path: Path, new_id: Callable[[], UUID]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            prepare(path)
        super().__init__({**self.env, "SQLITE_DBNAME": f"file:{_escaped(path)}"})
        self.new_id = new_id

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """What `open_log` says and nothing else: no variable outside may move or unmake a store."""
        return Environment(name, {**self.env, **(env or {})})

    @property
    def datastore(self) -> Datastore:
        return self.recorder.datastore

    @contextmanager
    def writing(self) -> Iterator[Unit]:
        """One transaction for many entries: all of them or, on any error, none."""
        with self.datastore.writing() as cursor:
            unit = Unit(self, cursor)
            yield unit
            unit.flush()

    def append(self, subject: str, decide: Callable[[History], list[Entry]]) -> list[Entry]:
        """Appends what `decide` makes of the record; reads and decides anew on a conflict.

        `decide` raises Refused, or returns entries numbered on from `history.next_sequence`.
        """
        for _ in range(TRIES):
            with self.datastore.transaction(commit=False) as c:
                history, aggregate = self._read(c, subject)
            envelopes = [Envelope(aggregate, e.sequence, e) for e in decide(history)]
            try:
                self.save(*envelopes, envelopes=envelopes)
            except IntegrityError:
                continue
            return [e.entry for e in envelopes]
        # Others keep coming first: hold them off, and decide on what then stands.
        with self.datastore.writing() as c:
            history, aggregate = self._read(c, subject)
            envelopes = [Envelope(aggregate, e.sequence, e) for e in decide(history)]
            stored = [self.mapper.to_stored_event(e) for e in envelopes]
            self.recorder._insert_events(c, stored, envelopes)
            return [e.entry for e in envelopes]

    def _read(self, c: SQLiteCursor, subject: str) -> tuple[History, UUID]:
        originator_id = self.originator(c, subject)
        entries = self.entries(c, originator_id) if originator_id else ()
        return History(subject, entries), originator_id or self.new_id()

    def history(self, subject: str) -> History:
        """The record of a subject; empty where the subject is unknown."""
        with self.datastore.transaction(commit=False) as c:
            return self._read(c, subject)[0]

    def known(self, source: str, entry_id: str) -> Entry | None:
        """The entry of that source and id, if there is one."""
        with self.datastore.transaction(commit=False) as c:
            return self.by_key(c, source, entry_id)

    def pages(self, after: int = 0, size: int = BATCH) -> Iterator[list[tuple[int, Entry]]]:
        """The whole log in the order recorded, from the entry after a position on."""
        while page := self.page(after, size):
            yield page
            after = page[-1][0]

    def page(self, after: int, size: int, stop: int | None = None) -> list[tuple[int, Entry]]:
        """One page of (position, entry) after a position, up to `stop` where given."""
        found = self.recorder.select_notifications(after, size, stop, inclusive_of_start=False)
        return [(n.id, decode(n.topic, n.originator_version, n.state)) for n in found]

    def entries_upto(self, c: SQLiteCursor, subject: str, sequence: int) -> list[Entry]:
        """The first entries of a subject, in the order recorded."""
        originator_id = self.originator(c, subject)
        return self.entries(c, originator_id)[:sequence] if originator_id else []

    def position(self) -> int:
        """The position of the last entry, 0 for an empty log."""
        with self.datastore.transaction(commit=False) as c:
            c.execute("SELECT MAX(notification_id) FROM stored_events")
            return c.fetchone()[0] or 0

    def originator(self, c: SQLiteCursor, subject: str) -> UUID | None:
        c.execute("SELECT originator_id FROM individuals WHERE subject=?", (subject,))
        row = c.fetchone()
        return UUID(row[0]) if row else None

    def entries(self, c: SQLiteCursor, originator_id: UUID) -> list[Entry]:
        c.execute(
            "SELECT topic, originator_version, state FROM stored_events"
            " WHERE originator_id=? ORDER BY originator_version",
            (originator_id.hex,),
        )
        return [decode(row[0], row[1], row[2]) for row in c.fetchall()]

    def by_key(self, c: SQLiteCursor, source: str, entry_id: str) -> Entry | None:
        c.execute(
            "SELECT s.topic, s.originator_version, s.state FROM entry_keys k"
            " JOIN stored_events s ON s.notification_id=k.notification_id"
            " WHERE k.source=? AND k.id=?",
            (source, entry_id),
        )
        row = c.fetchone()
        return decode(row[0], row[1], row[2]) if row else None


def _escaped(path: Path) -> str:
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def open_log(url: str, clock: Callable[[], datetime]) -> Log:
    """Opens, or makes, the store of a URL; raises TrackerError where it cannot."""
    if not url.startswith(SQLITE):
        sqlite_path(url)
    path = sqlite_path(url)
    try:
        return Log(path, time_ordered_ids(clock))
    except Exception as error:
        raise TrackerError(f"cannot open the store {path}: {error}") from error
