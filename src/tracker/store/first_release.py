"""Migrates a store from the tables of release 0.1: entries are sealed, renumbered and proved.

Called by `migrating`, in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from tracker.store.batch_append import BATCH, BatchAppend
from tracker.store.database import schema
from tracker.store.database.interface import Cursor
from tracker.store.keys.sealing import Sealer
from tracker.store.mapper import Envelope, decode
from tracker.store.signed_head import SignedHead, Signer

OLD = ("stored_events", "individuals", "entry_keys")


def set_up_tables(c: Cursor, log_id: str) -> None:
    """Renames the old tables, drops the old views, and makes the tables of today."""
    c.execute("SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'view_%'")
    for (view,) in c.fetchall():
        c.execute(f"DROP TABLE {view}")
    for table in OLD:
        c.execute(f"ALTER TABLE {table} RENAME TO old_{table}")
    schema.create(c, "sqlite", log_id)


def move_entries(c: Cursor, signer: Signer, sealer: Sealer) -> int:
    """Moves every entry to the new tables, in the order recorded; returns their number."""
    head = SignedHead(signer, begun=lambda: False)  # the tables were made just now
    batch, size = BatchAppend(c, head, sealer, _no_new_id), 0
    entries = _old_entries(c, sealer)
    while page := list(islice(entries, BATCH)):
        batch.insert(page)
        size += len(page)
    batch.finish()
    for table in OLD:
        c.execute(f"DROP TABLE old_{table}")
    return size


def _old_entries(c: Cursor, sealer: Sealer) -> Iterator[Envelope]:
    after = 0
    while True:
        c.execute(
            "SELECT notification_id, originator_id, originator_version, topic, state"
            " FROM old_stored_events WHERE notification_id>? ORDER BY notification_id LIMIT ?",
            (after, BATCH),
        )
        rows = c.fetchall()
        if not rows:
            return
        for number, originator_id, version, topic, state in rows:
            entry = decode(originator_id, version, topic, state, sealer)
            yield Envelope(UUID(originator_id), version, entry)
            after = number


def _no_new_id() -> UUID:
    raise AssertionError("a migration adds no new individual")
