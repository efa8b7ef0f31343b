"""Appends many entries in one transaction: an import (contract, section 1). Made by `log`.

Records and known entries are looked up for many lines at once; rows are inserted in batches.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from uuid import UUID

from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.store import log_rows
from tracker.store.database.interface import Cursor
from tracker.store.keys.sealing import Sealer
from tracker.store.log_rows import LogRow
from tracker.store.mapper import Envelope, decode, encode
from tracker.store.recorder import Tail, add_to_indexes
from tracker.store.signed_head import SignedHead

BATCH = 1_000
KEPT_HISTORIES = 4_096
Key = tuple[str, str]


class BatchAppend:
    """Reads records under the writers' lock, inserts entries in batches, signs one checkpoint."""

    def __init__(
        self, cursor: Cursor, head: SignedHead, sealer: Sealer, new_id: Callable[[], UUID]
    ) -> None:
        self._c, self._sealer, self._new_id = cursor, sealer, new_id
        self._tail = Tail(cursor, head)
        self._histories: OrderedDict[str, tuple[History, UUID]] = OrderedDict()
        self._known: dict[Key, Entry] = {}
        self._pending: list[Envelope] = []
        self.added = False

    def look_up(self, coming: Sequence[tuple[str, str, str]]) -> None:
        """Loads the known entries and the records of many (source, id, subject) at once."""
        self.flush()
        self._known = {}
        names = [(source, entry_id) for source, entry_id, _ in coming]
        for name, row in log_rows.rows_with_keys(self._c, names):
            self._known[name] = self._decoded(row)
        wanted = dict.fromkeys(
            subject for source, entry_id, subject in coming if (source, entry_id) not in self._known
        )
        for subject in wanted:
            if subject in self._histories:
                self._histories.move_to_end(subject)
        while len(self._histories) > KEPT_HISTORIES:
            self._histories.popitem(last=False)
        self._read([s for s in wanted if s not in self._histories])

    def _read(self, subjects: Sequence[str]) -> None:
        known = dict(log_rows.rows_of_subjects(self._c, subjects))
        for subject in subjects:
            rows = known.get(subject)
            aggregate = UUID(rows[0].originator_id) if rows else self._new_id()
            entries = [self._decoded(row) for row in rows or ()]
            self._histories[subject] = History(subject, entries), aggregate

    def _decoded(self, row: LogRow) -> Entry:
        return decode(row.originator_id, row.version, row.topic, row.state, self._sealer)

    def history(self, subject: str) -> History:
        """The record of a subject, with the entries that this transaction added."""
        cached = self._histories.get(subject)
        if cached is None:
            self.flush()
            self._read([subject])
            cached = self._histories[subject]
        return cached[0]

    def known(self, source: str, entry_id: str) -> Entry | None:
        """The entry with this source and id, if the last `look_up` or `add` met one."""
        return self._known.get((source, entry_id))

    def add(self, entry: Entry) -> None:
        """Adds an accepted entry to its record, which `history` gave; durable after the commit."""
        history, aggregate = self._histories[entry.subject]
        history.append(entry)
        self._known[entry.source, entry.id] = entry
        self._pending.append(Envelope(aggregate, entry.sequence, entry))

    def flush(self) -> None:
        """Inserts the rows of the entries added since the last flush."""
        if not self._pending:
            return
        envelopes, self._pending = self._pending, []
        self.insert(envelopes)

    def insert(self, envelopes: Sequence[Envelope]) -> None:
        """Seals accepted entries and inserts their rows at once."""
        self._sealer.prepare({e.originator_id.hex for e in envelopes if e.originator_version == 1})
        rows = [
            (a.hex, version, entry.fact.TYPE, encode(entry, a.hex, self._sealer))
            for a, version, entry in envelopes
        ]
        add_to_indexes(self._c, envelopes, self._tail.add(rows))
        self.added = True

    def finish(self) -> None:
        """Inserts what is left and signs the checkpoint of the log."""
        self.flush()
        self._tail.sign()
