"""Reads ranges of the log for `verifying`: computes their Merkle tree, and finds what is wrong.

It reads a page at a time; each range may be read by another process on its own connection.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from struct import unpack
from typing import Any, NamedTuple

import orjson

from tracker.store.database.interface import Cursor, Row
from tracker.store.proof.merkle import HASH, Frontier, leaf_hash

PAGE, LEVEL = 1_000, 16  # rows in a page; 2**LEVEL entries in a range
NO_LEAF = bytes(HASH)
ROW = (
    "SELECT notification_id, originator_id, originator_version, topic, state, leaf"
    " FROM stored_events WHERE"
)
ENTRIES = f"{ROW} notification_id>? AND notification_id<=? ORDER BY notification_id"
ROOTS = "SELECT size, root, mac FROM checkpoints WHERE size>? AND size<=? ORDER BY size"
NUMBER = "SELECT notification_id FROM entry_keys WHERE source=? AND id=?"
LEAF = "SELECT leaf FROM stored_events WHERE notification_id=?"
Leaves = list[bytes]


class Finding(NamedTuple):
    """Something wrong with the log: its kind, where it is, a detail, and its first and last entry.

    `kind` is stable: altered, leaf, reordered, deleted, cut_off, inserted, damaged, unreadable,
    topic, versions, index, checkpoint, head, signature, witness, more.
    """

    kind: str
    where: str
    detail: str
    first: int | None = None
    last: int | None = None


class IndexSums(NamedTuple):
    """Sums of hashes over the indexes, or over what the rows say must be in them.

    `keys` is the sum over sources and ids, `people` over subjects (see `sum_of_hashes`); `records`
    is the number of individuals.
    """

    keys: int = 0
    people: int = 0
    records: int = 0
    faults: tuple[Finding, ...] = ()

    def plus(self, other: IndexSums) -> IndexSums:
        """The sums of both, with the faults of both."""
        return IndexSums(
            self.keys + other.keys,
            self.people + other.people,
            self.records + other.records,
            self.faults + other.faults,
        )


class ScanRange(NamedTuple):
    """Entries to read: after position `after`, a multiple of 2**LEVEL, up to and including `upto`.

    `witnessed` are the sizes of the log in this range of which a witness has a checkpoint; `topics`
    are the types of fact that this release knows.
    """

    after: int
    upto: int
    witnessed: tuple[int, ...]
    salt: bytes
    topics: frozenset[str]


class RangeScan:
    """The Merkle tree over a range of entries, `computed` from rows and `stored` as leaf hashes."""

    def __init__(self, task: ScanRange) -> None:
        self.task, self.sums = task, IndexSums()
        self.computed = self.stored = Frontier()
        # size, its kept root and MAC, and the computed and the stored root of this range up to it
        self.roots = list[tuple[int, Any, Any, bytes, bytes]]()
        self.damage = list[Finding]()

    def grow(self, computed: Leaves, stored: Leaves) -> None:
        """Adds leaves as computed from the rows, and as the leaf column has them."""
        same = self.stored is self.computed and stored == computed
        self.computed = self.computed.extend(computed)
        self.stored = self.computed if same else self.stored.extend(stored)

    def note_root(self, size: int, kept: object, mac: object) -> None:
        """Adds the roots over this range up to a size, with the root and MAC kept of that size."""
        root = self.computed.root()
        other = root if self.stored is self.computed else self.stored.root()
        self.roots.append((size, kept, mac, root, other))

    def add_sums(self, rows: Sequence[Row]) -> None:
        """Adds to the sums what must be in the indexes for these rows."""
        salt, read = self.task.salt, [(row, orjson.loads(row[4])) for row in rows]
        keys = sum_of_hashes(
            salt, [key_row(state["source"], state["id"], row[0]) for row, state in read]
        )
        people = sum_of_hashes(salt, [person_row(state["subject"], row[1]) for row, state in read])
        self.sums = self.sums.plus(IndexSums(keys, people))

    def report(self, number: int, kind: str, detail: str, where: str = "") -> tuple[bytes, bytes]:
        """Adds damage to an entry; returns zeros in place of its two leaf hashes."""
        self.damage.append(Finding(kind, where or f"entry {number}", detail, number, number))
        return NO_LEAF, NO_LEAF


def sum_of_hashes(salt: bytes, rows: Sequence[str]) -> int:
    """The sum of the salted hashes of rows: equal sums mean equal rows, in any order.

    The salt is random for each check, so that nobody can make a row that passes as another.
    """
    hashes = b"".join([sha256(salt + row.encode()).digest()[:8] for row in rows])
    return sum(unpack(f"{len(rows)}Q", hashes))


def key_row(source: str, entry_id: str, number: int) -> str:
    """A row of the index of sources and ids as text, for `sum_of_hashes`."""
    return f"{len(source)} {source}{entry_id} {number}"


def person_row(subject: str, who: str) -> str:
    """A row of the index of individuals as text, for `sum_of_hashes`."""
    return f"{len(subject)} {subject}{who}"


def cannot_read(error: Exception) -> str:
    """The detail of a finding where reading failed: the type of the error."""
    # without its message, which may show personal data
    return f"cannot be read ({type(error).__name__})"


def entry_range(first: int, last: int) -> str:
    """One entry or several, by position."""
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def entry_name(row: Row) -> str:
    """An entry by number and, where it can be read, by source, id and subject."""
    with suppress(Exception):
        state = orjson.loads(row[4])
        return f"entry {row[0]} ({state['source']} {state['id']}, {state['subject']})"
    return f"entry {row[0]}"


def scan(task: ScanRange, c: Cursor) -> RangeScan:
    """Reads a range of entries, a page at a time; returns its trees, roots, sums and damage."""
    part = RangeScan(task)
    for after in range(task.after, task.upto, PAGE):
        upto, at = min(after + PAGE, task.upto), 0
        computed, stored = _page(part, c, after, upto)
        for size, kept, mac in _kept_roots(part, c, after, upto):
            part.grow(computed[at : size - after], stored[at : size - after])
            part.note_root(size, kept, mac)
            at = size - after
        part.grow(computed[at:], stored[at:])
    return part


def _kept_roots(part: RangeScan, c: Cursor, after: int, upto: int) -> list[Row]:
    roots: dict[int, Row] = {n: (n, None, None) for n in part.task.witnessed if after < n <= upto}
    try:
        rows = c.execute(ROOTS, (after, upto)).fetchall()
        roots |= {row[0]: row for row in rows if after < row[0] <= upto}
    except Exception as error:
        where = f"the roots kept at {after + 1} to {upto} entries"
        part.damage.append(Finding("checkpoint", where, cannot_read(error)))
    return [roots[size] for size in sorted(roots)]


def _page(part: RangeScan, c: Cursor, after: int, upto: int) -> tuple[Leaves, Leaves]:
    """The leaf hashes of a page, computed and stored; reads row by row where anything is wrong."""
    with suppress(Exception):
        rows = c.execute(ENTRIES, (after, upto)).fetchall()
        leaves = [leaf_hash(*row[:5]) for row in rows]
        if (
            [row[0] for row in rows] == list(range(after + 1, upto + 1))
            and leaves == [row[5] for row in rows]
            and part.task.topics.issuperset([row[3] for row in rows])
        ):
            part.add_sums(rows)
            return leaves, leaves
    before = len(part.damage)
    pairs = [_entry(part, c, number) for number in range(after + 1, upto + 1)]
    if len(part.damage) == before:
        where = entry_range(after + 1, upto)
        part.damage.append(Finding("damaged", where, "cannot be read in order", after + 1, upto))
    return [computed for computed, _ in pairs], [stored for _, stored in pairs]


def _entry(part: RangeScan, c: Cursor, number: int) -> tuple[bytes, bytes]:
    """The leaf hash of an entry, computed and stored; reports what is wrong with it."""
    try:
        row = c.execute(ENTRIES, (number - 1, number)).fetchone()
    except Exception as error:
        return part.report(number, "damaged", cannot_read(error))
    if row is None or row[0] != number:
        return part.report(number, "deleted", "not there")
    leaf = NO_LEAF
    with suppress(Exception):
        leaf = leaf_hash(*row[:5])
    if leaf != row[5]:
        was = _recorded_position(c, row)
        detail = f"was recorded as entry {was}" if was else "does not match its leaf hash"
        part.report(number, "reordered" if was else "altered", detail, entry_name(row))
    elif row[3] not in part.task.topics:
        part.report(
            number, "topic", "is of a type that this release does not know", entry_name(row)
        )
    try:
        part.add_sums([row])
    except Exception:
        if leaf == row[5]:
            part.report(number, "unreadable", "has no content that can be read", entry_name(row))
    return leaf, row[5] if isinstance(row[5], bytes) and len(row[5]) == HASH else leaf


def _recorded_position(c: Cursor, row: Row) -> int | None:
    """The position at which an entry was recorded, if it was moved since."""
    with suppress(Exception):
        state = orjson.loads(row[4])
        (was,) = c.execute(NUMBER, (str(state["source"]), str(state["id"]))).fetchone()
        there = c.execute(LEAF, (was,)).fetchone() or ()
        if was != row[0] and leaf_hash(was, *row[1:5]) in (row[5], *there):
            return int(was)
    return None
