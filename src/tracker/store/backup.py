"""Backup while the store is in use, and restore into an empty place. For the command line.

A backup is a SQLite store, whatever the store itself is on: the log with its ids and its proof,
without keys. The log is append-only, so its first N entries are the same whenever they are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

from tracker.domain.errors import TrackerError
from tracker.store import agreements
from tracker.store.atomic_file import replacing
from tracker.store.database import schema
from tracker.store.database.interface import Database, Row
from tracker.store.database.sqlite import Sqlite
from tracker.store.keys.people_keys import KeyStore

BATCH = 10_000
COPIED = {
    "stored_events": (
        ("notification_id", "originator_id", "originator_version", "topic", "state", "leaf"),
        "SELECT {columns} FROM stored_events WHERE notification_id<=? ORDER BY notification_id",
    ),
    "individuals": (
        ("subject", "originator_id"),
        "SELECT i.subject, i.originator_id FROM individuals i JOIN stored_events s"
        " ON s.originator_id=i.originator_id AND s.originator_version=1"
        " WHERE s.notification_id<=? ORDER BY i.subject",
    ),
    "entry_keys": (
        ("source", "id", "notification_id"),
        "SELECT {columns} FROM entry_keys WHERE notification_id<=? ORDER BY source, id",
    ),
    "checkpoints": (
        ("size", "root", "mac"),
        "SELECT {columns} FROM checkpoints WHERE size<=? ORDER BY size",
    ),
}


def backup(source: Database, to: Path) -> int:
    """Writes a backup of the log as it now is; returns its number of entries.

    Raises TrackerError where something of that name is there already.
    """
    if to.exists():
        raise TrackerError(f"{to} exists already: a backup never overwrites anything")
    to.parent.mkdir(parents=True, exist_ok=True)
    with replacing(to) as temporary, closing(Sqlite(temporary)) as target:
        size = copy(source, target)
        target.leave_wal_mode()
    return size


def backup_with_keys(source: Database, store: KeyStore, to: Path, keys: Path) -> int:
    """Writes a backup of the log, and after it of its key store; the number of entries.

    Raises TrackerError as `backup` does, and where the keys cannot be copied to a file.
    """
    if keys.exists():
        raise TrackerError(f"{keys} exists already: a backup never overwrites anything")
    store.can_be_copied()
    while True:
        destroyed = store.generation()
        entries = backup(source, to)
        # after the log: the key of whoever is in the one is in the other
        keys.parent.mkdir(parents=True, exist_ok=True)
        store.copy(keys)
        if store.generation() == destroyed:
            return entries
        # somebody was erased meanwhile: their key is not in the one, their facts in the other
        to.unlink()
        keys.unlink()


def restore(source: Path, target: Database) -> int:
    """Fills an empty store from a backup; returns its number of entries.

    Raises TrackerError where the store holds anything, or the file is not a backup.
    """
    if not source.is_file():
        raise TrackerError(f"there is no backup {source}")
    written = Sqlite(source, read_only=True)
    try:
        schema.check_log(written)
        return copy(written, target)
    finally:
        written.close()


def log_id_of(source: Path) -> str:
    """The id of the log in a backup."""
    written = Sqlite(source, read_only=True)
    try:
        return schema.check_log(written)
    finally:
        written.close()


def copy(source: Database, target: Database) -> int:
    """Copies the log of one database into another that is empty, in one transaction."""
    with source.reading() as c:
        c.execute("SELECT size, frontier, note FROM log_head")
        size, frontier, note = c.fetchone() or (0, b"", "")
        log_id = schema.log_id(c)
        agreed = agreements.history(c) if c.exists("agreements") else []
    with target.writing() as out:
        if schema.version_of(out) == schema.NO_TABLES:
            schema.create(out, target.kind, log_id)
        else:
            schema.check(target)
        out.execute("SELECT size FROM log_head")
        if (out.fetchone() or (0,))[0]:
            raise TrackerError(f"the store {target.where} is not empty: restore into an empty one")
        for table, (columns, sql) in COPIED.items():
            with source.streaming(sql.format(columns=", ".join(columns)), (size,)) as rows:
                for batch in _batches(rows):
                    out.load(table, columns, batch)
        agreements.load(out, agreed)
        out.execute("UPDATE log_head SET size=?, frontier=?, note=?", (size, frontier, note))
        out.execute("UPDATE store_schema SET log_id=?", (log_id,))
    return int(size)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
