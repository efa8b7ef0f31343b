"""Appends rows to the log with their ids and their proof. Called by `log`.

Every append numbers its rows on from the size of the log under the writers' lock, and signs the
head of the log in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tracker.store.database.interface import Conflict, Cursor, Database, Row
from tracker.store.mapper import Envelope
from tracker.store.proof.merkle import Frontier, leaf_hash
from tracker.store.signed_head import Head, SignedHead

COLUMNS = ("notification_id", "originator_id", "originator_version", "topic", "state", "leaf")
Stored = tuple[str, int, str, bytes]  # originator id, version, topic, state
AT_ONCE = 100  # rows at most for an append in one round trip

AppendAtOnce = Callable[..., tuple[Row, Row | None] | None]


class Tail:
    """Adds rows to the end of the log within one transaction, and signs it at last.

    Raises NotAuthentic where the log does not end as it was last signed.
    """

    def __init__(self, c: Cursor, head: SignedHead) -> None:
        self._c, self._head = c, head
        size, frontier, _ = head.read(c)
        self.frontier = Frontier.from_bytes(size, frontier)
        self._signed = size

    @property
    def next_id(self) -> int:
        return self.frontier.size + 1

    def add(self, rows: Sequence[Stored]) -> range:
        """Inserts rows; returns their positions in the log."""
        first = self.next_id
        leaves = [leaf_hash(n, *row) for n, row in enumerate(rows, first)]
        numbered = range(first, first + len(rows))
        parts = zip(numbered, rows, leaves, strict=True)
        self._c.load("stored_events", COLUMNS, [(n, *row, leaf) for n, row, leaf in parts])
        self.frontier = self.frontier.extend(leaves)
        return range(first, self.next_id)

    def sign(self) -> None:
        """Signs the log as it now is, if rows were added: the last step of a transaction."""
        if self.frontier.size == self._signed:
            return
        head, root, mac = self._head.sign(self.frontier)
        self._c.execute("UPDATE log_head SET size=?, frontier=?, note=?", head)
        self._c.execute(
            "INSERT INTO checkpoints (size, root, mac) VALUES (?,?,?)", (head.size, root, mac)
        )
        self._head.trusted = head  # should the commit fail, the next append checks the stored one
        self._signed = head.size


def add_to_indexes(c: Cursor, envelopes: Sequence[Envelope], ids: Sequence[int]) -> None:
    """Inserts the index rows of entries: their sources and ids, and the subjects new to the log.

    `ids` are the positions of the entries. Raises Conflict where one is there already.
    """
    keys = [(e.entry.source, e.entry.id, n) for e, n in zip(envelopes, ids, strict=True)]
    c.load("entry_keys", ("source", "id", "notification_id"), keys)
    new = [(e.entry.subject, e.originator_id.hex) for e in envelopes if e.originator_version == 1]
    if new:
        c.load("individuals", ("subject", "originator_id"), new)


class Recorder:
    """Appends to the log of a database, each call in one transaction."""

    def __init__(self, database: Database, head: SignedHead) -> None:
        self.database, self.head = database, head
        # PostgreSQL appends in one round trip where the head of the log is the trusted one. If
        # another process appended meanwhile, that costs a round trip.
        self._at_once: AppendAtOnce | None = getattr(database, "append_at_once", None)

    def append(self, rows: Sequence[Stored], envelopes: Sequence[Envelope] = ()) -> range:
        """Appends rows and their index rows; returns their positions in the log.

        Raises Conflict where a version, a source and id, or a subject is there already, or the log
        is shorter than this process knew it. Raises NotAuthentic where it does not end as signed.
        """
        if not rows:
            return range(0)
        before = self.head.trusted
        if self._at_once is not None and len(rows) <= AT_ONCE:
            ids = self._append_at_once(self._at_once, rows, envelopes)
            if ids is not None:
                return ids
        with self.database.writing() as c:
            tail = Tail(c, self.head)
            _refuse_shorter(before, tail.frontier.size)
            ids = tail.add(rows)
            if envelopes:
                add_to_indexes(c, envelopes, ids)
            tail.sign()
            return ids

    def _append_at_once(
        self, append: AppendAtOnce, rows: Sequence[Stored], envelopes: Sequence[Envelope]
    ) -> range | None:
        """Appends in one round trip if the trusted head is the stored one; None if twice not."""
        head = self.head.trusted or self._read_head()
        for _ in range(2):
            first = head.size + 1
            leaves = [leaf_hash(n, *row) for n, row in enumerate(rows, first)]
            frontier = Frontier.from_bytes(head.size, head.frontier).extend(leaves)
            new, root, mac = self.head.sign(frontier)
            stored = append(
                head, rows, leaves,
                [(e.entry.source, e.entry.id) for e in envelopes],
                [(e.entry.subject, e.originator_id.hex)
                 for e in envelopes if e.originator_version == 1],
                (new.frontier, new.note, root, mac),
            )  # fmt: skip
            if stored is None:
                trusted = self.head.trusted
                if trusted is None or trusted.size < new.size:  # others may have gone on from there
                    self.head.trusted = new
                return range(first, new.size + 1)
            before, head = head, self.head.check(*stored)
            _refuse_shorter(before, head.size)
        return None

    def _read_head(self) -> Head:
        with self.database.reading() as c:
            return self.head.read(c)


def _refuse_shorter(before: Head | None, size: int) -> None:
    """Raises Conflict where the log lost entries: the rows may follow on what is gone."""
    if before is not None and size < before.size:
        raise Conflict
