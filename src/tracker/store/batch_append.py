"""One transaction that writes many entries: an import (contract, section 1). Made by `log`.

Records and known entries are looked up for many lines at once, rows are inserted in batches.
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
from tracker.store.recorder import Signer, Tail, index

BATCH = 1_000
KEPT_HISTORIES = 4_096
Key = tuple[str, str]


class BatchAppend:
    """Reads records under the writers' lock, inserts entries in batches, signs one checkpoint."""

    def __init__(
        self, cursor: Cursor, signer: Signer, sealer: Sealer, new_id: Callable[[], UUID]
    ) -> None:
        self._c, self._sealer, self._new_id = cursor, sealer, new_id
        self._tail = Tail(cursor, signer)
        self._histories: OrderedDict[str, tuple[History, UUID]] = OrderedDict()
        self._known: dict[Key, Entry] = {}
        self._pending: list[Envelope] = []
        self.added = False

    def look_up(self, coming: Sequence[tuple[str, str, str]]) -> None:
        """Reads at once what is known of these (source, id, subject): entries and records."""
        self.flush()
        self._known = {}
        names = [(source, entry_id) for source, entry_id, _ in coming]
        for name, row in log_rows.rows_named(self._c, names):
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
        """The record of a subject, with what this transaction added to it."""
        kept = self._histories.get(subject)
        if kept is None:
            self.flush()
            self._read([subject])
            kept = self._histories[subject]
        return kept[0]

    def known(self, source: str, entry_id: str) -> Entry | None:
        """The entry that has this source and id already, of those looked up."""
        return self._known.get((source, entry_id))

    def add(self, entry: Entry) -> None:
        """Adds an accepted entry; it is durable once the transaction commits."""
        history, aggregate = self._histories[entry.subject]
        history.append(entry)
        self._known[entry.source, entry.id] = entry
        self._pending.append(Envelope(aggregate, entry.sequence, entry))

    def flush(self) -> None:
        """Inserts the entries added since the last time."""
        if not self._pending:
            return
        envelopes, self._pending = self._pending, []
        self.insert(envelopes)

    def insert(self, envelopes: Sequence[Envelope]) -> None:
        """Seals and inserts entries that have been accepted."""
        self._sealer.prepare({e.originator_id.hex for e in envelopes if e.originator_version == 1})
        rows = [
            (a.hex, version, entry.fact.TYPE, encode(entry, a.hex, self._sealer))
            for a, version, entry in envelopes
        ]
        index(self._c, envelopes, self._tail.add(rows))
        self.added = True

    def finish(self) -> None:
        """Inserts the rest and signs the log as it then is."""
        self.flush()
        self._tail.sign()
