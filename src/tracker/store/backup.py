"""Backs up a store while it is in use, and restores it into an empty one. For the command line.

A backup is a SQLite file, also of a store on PostgreSQL: the log with its ids and its proof,
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
    """Writes a backup of the log as it now is to a new file; returns its number of entries.

    Raises TrackerError where `to` exists already.
    """
    if to.exists():
        raise TrackerError(f"{to} exists already: a backup never overwrites anything")
    to.parent.mkdir(parents=True, exist_ok=True)
    with replacing(to) as temporary, closing(Sqlite(temporary)) as target:
        size = copy(source, target)
        target.leave_wal_mode()
    return size


def backup_with_keys(source: Database, store: KeyStore, to: Path, keys: Path) -> int:
    """Backs up the log to `to`, then its key store to `keys`; returns the number of entries.

    Raises TrackerError where either file exists already, or where the keys are in PostgreSQL.
    """
    if keys.exists():
        raise TrackerError(f"{keys} exists already: a backup never overwrites anything")
    store.can_be_copied()
    while True:
        destroyed = store.generation()
        entries = backup(source, to)
        # after the log, so that it has a key of everybody in the backup of the log
        keys.parent.mkdir(parents=True, exist_ok=True)
        store.copy(keys)
        if store.generation() == destroyed:
            return entries
        # somebody was erased meanwhile: the log has their facts, the copy of the keys no key
        to.unlink()
        keys.unlink()


def restore(source: Path, target: Database) -> int:
    """Fills an empty store from a backup; returns its number of entries.

    Raises TrackerError where the store is not empty, or the file is not a backup.
    """
    if not source.is_file():
        raise TrackerError(f"there is no backup {source}")
    backup_file = Sqlite(source, read_only=True)
    try:
        schema.check_log(backup_file)
        return copy(backup_file, target)
    finally:
        backup_file.close()


def log_id_of(source: Path) -> str:
    """The id of the log in a backup."""
    backup_file = Sqlite(source, read_only=True)
    try:
        return schema.check_log(backup_file)
    finally:
        backup_file.close()


def copy(source: Database, target: Database) -> int:
    """Copies a log into an empty database in one transaction; returns its number of entries.

    The tables are made where there are none. Raises TrackerError where the target has entries.
    """
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
