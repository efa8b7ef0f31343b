"""Appends rows to the log with their ids and their proof. Called by `log`.

Every append numbers its rows on from the size of the log under the writers' lock, and signs the
head of the log in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from tracker.store.database.interface import Cursor, Database
from tracker.store.mapper import Envelope
from tracker.store.proof.merkle import Frontier, leaf_hash

COLUMNS = ("notification_id", "originator_id", "originator_version", "topic", "state", "leaf")
Stored = tuple[str, int, str, bytes]  # originator id, version, topic, state
HEAD = "SELECT size, frontier FROM log_head"
AT_ONCE = 100  # rows at most for an append in one round trip


class Signer(Protocol):
    """Signs the root of a log of a size: with a note for its head, a MAC for its history."""

    def note(self, size: int, root: bytes) -> str: ...

    def mac(self, size: int, root: bytes) -> bytes: ...


AppendAtOnce = Callable[..., tuple[int, bytes] | None]


class Tail:
    """Adds rows to the end of the log within one transaction, and signs it at last."""

    def __init__(self, c: Cursor, signer: Signer) -> None:
        self._c, self._signer = c, signer
        c.execute(HEAD)
        size, frontier = c.fetchone() or (0, b"")
        self.frontier = Frontier.from_bytes(size, bytes(frontier))
        self._signed = self.frontier.size

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
        size = self.frontier.size
        if size == self._signed:
            return
        root = self.frontier.root()
        self._c.execute(
            "UPDATE log_head SET size=?, frontier=?, note=?",
            (size, self.frontier.to_bytes(), self._signer.note(size, root)),
        )
        self._c.execute(
            "INSERT INTO checkpoints (size, root, mac) VALUES (?,?,?)",
            (size, root, self._signer.mac(size, root)),
        )
        self._signed = size


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

    def __init__(self, database: Database, signer: Signer) -> None:
        self.database, self.signer = database, signer
        # PostgreSQL appends in one round trip where the head of the log is as last read. Threads
        # share that guess: each reads it once and replaces it whole; a wrong one costs a round
        # trip.
        self._at_once: AppendAtOnce | None = getattr(database, "append_at_once", None)
        self._guess = Frontier()

    def append(self, rows: Sequence[Stored], envelopes: Sequence[Envelope] = ()) -> range:
        """Appends rows and their index rows; returns their positions in the log.

        Raises Conflict where a version, a source and id, or a subject is there already.
        """
        if not rows:
            return range(0)
        if self._at_once is not None and len(rows) <= AT_ONCE:
            ids = self._append_at_once(self._at_once, rows, envelopes)
            if ids is not None:
                return ids
        with self.database.writing() as c:
            tail = Tail(c, self.signer)
            ids = tail.add(rows)
            if envelopes:
                add_to_indexes(c, envelopes, ids)
            tail.sign()
            return ids

    def _append_at_once(
        self, append: AppendAtOnce, rows: Sequence[Stored], envelopes: Sequence[Envelope]
    ) -> range | None:
        """Appends in one round trip if the guessed head is right; None after two wrong guesses."""
        for _ in range(2):
            guess = self._guess
            first = guess.size + 1
            leaves = [leaf_hash(n, *row) for n, row in enumerate(rows, first)]
            frontier = guess.extend(leaves)
            size, root = frontier.size, frontier.root()
            head = append(
                first - 1, rows, leaves,
                [(e.entry.source, e.entry.id) for e in envelopes],
                [(e.entry.subject, e.originator_id.hex)
                 for e in envelopes if e.originator_version == 1],
                (frontier.to_bytes(), self.signer.note(size, root), root,
                 self.signer.mac(size, root)),
            )  # fmt: skip
            if head is None:
                if self._guess.size < frontier.size:  # others may have gone on from there
                    self._guess = frontier
                return range(first, size + 1)
            self._guess = Frontier.from_bytes(*head)
        return None
