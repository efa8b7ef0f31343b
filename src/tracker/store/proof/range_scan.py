"""Reads the log and its indexes for `verifying`: what they come to, and what is wrong in them.

A page at a time, in as many processes as are asked for, each on a connection of its own.
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

PAGE, LEVEL = 1_000, 16  # rows read at once; 2**LEVEL entries a task
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
    """One thing that is wrong: what, where, how it shows, and the entries it is about.

    `kind` is stable: altered, leaf, reordered, deleted, cut_off, inserted, damaged, unreadable,
    topic, versions, index, checkpoint, head, signature, witness, more.
    """

    kind: str
    where: str
    detail: str
    first: int | None = None
    last: int | None = None


class IndexSums(NamedTuple):
    """Sums of hashes (`sum_of_hashes`) over the indexes, or over what the rows say must be in them.

    `keys` of sources and ids, `people` of subjects; `records` is the number of individuals.
    """

    keys: int = 0
    people: int = 0
    records: int = 0
    faults: tuple[Finding, ...] = ()

    def plus(self, other: IndexSums) -> IndexSums:
        return IndexSums(
            self.keys + other.keys,
            self.people + other.people,
            self.records + other.records,
            self.faults + other.faults,
        )


class ScanRange(NamedTuple):
    """Entries to read: those after `after`, a multiple of 2**LEVEL, up to and with `upto`.

    `witnessed`: the sizes of the log, within them, that a witness saw.
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
        # size, the root and MAC kept of it, and the two roots over this part up to there
        self.roots = list[tuple[int, Any, Any, bytes, bytes]]()
        self.damage = list[Finding]()

    def grow(self, computed: Leaves, stored: Leaves) -> None:
        """Adds leaves as computed from the rows, and as the leaf column has them."""
        same = self.stored is self.computed and stored == computed
        self.computed = self.computed.extend(computed)
        self.stored = self.computed if same else self.stored.extend(stored)

    def note_root(self, size: int, kept: object, mac: object) -> None:
        """Notes the roots up to a size beside the root and MAC that were kept of it."""
        root = self.computed.root()
        other = root if self.stored is self.computed else self.stored.root()
        self.roots.append((size, kept, mac, root, other))

    def add_sums(self, rows: Sequence[Row]) -> None:
        """Adds what the indexes must hold of these rows."""
        salt, read = self.task.salt, [(row, orjson.loads(row[4])) for row in rows]
        keys = sum_of_hashes(
            salt, [key_row(state["source"], state["id"], row[0]) for row, state in read]
        )
        people = sum_of_hashes(salt, [person_row(state["subject"], row[1]) for row, state in read])
        self.sums = self.sums.plus(IndexSums(keys, people))

    def report(self, number: int, kind: str, detail: str, where: str = "") -> tuple[bytes, bytes]:
        """Notes damage to an entry; stands for its two leaf hashes."""
        self.damage.append(Finding(kind, where or f"entry {number}", detail, number, number))
        return NO_LEAF, NO_LEAF


def sum_of_hashes(salt: bytes, rows: Sequence[str]) -> int:
    """A sum of hashes of rows: where two agree, so do the rows, in whatever order they stand.

    Nobody knows the salt before it is used: no row can be made to take the place of another.
    """
    hashes = b"".join([sha256(salt + row.encode()).digest()[:8] for row in rows])
    return sum(unpack(f"{len(rows)}Q", hashes))


def key_row(source: str, entry_id: str, number: int) -> str:
    return f"{len(source)} {source}{entry_id} {number}"


def person_row(subject: str, who: str) -> str:
    return f"{len(subject)} {subject}{who}"


def cannot_read(error: Exception) -> str:
    # not what it says: that may be what is personal
    return f"cannot be read ({type(error).__name__})"


def entry_range(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"entries {first} to {last}"


def entry_name(row: Row) -> str:
    """An entry by number and, where it can be read, by source, id and subject."""
    with suppress(Exception):
        state = orjson.loads(row[4])
        return f"entry {row[0]} ({state['source']} {state['id']}, {state['subject']})"
    return f"entry {row[0]}"


def scan(task: ScanRange, c: Cursor) -> RangeScan:
    """Reads a range of entries, a page at a time."""
    part = RangeScan(task)
    for after in range(task.after, task.upto, PAGE):
        upto, at = min(after + PAGE, task.upto), 0
        computed, stored = _page(part, c, after, upto)
        for size, kept, mac in _kept(part, c, after, upto):
            part.grow(computed[at : size - after], stored[at : size - after])
            part.note_root(size, kept, mac)
            at = size - after
        part.grow(computed[at:], stored[at:])
    return part


def _kept(part: RangeScan, c: Cursor, after: int, upto: int) -> list[Row]:
    roots: dict[int, Row] = {n: (n, None, None) for n in part.task.witnessed if after < n <= upto}
    try:
        rows = c.execute(ROOTS, (after, upto)).fetchall()
        roots |= {row[0]: row for row in rows if after < row[0] <= upto}
    except Exception as error:
        where = f"the roots kept at {after + 1} to {upto} entries"
        part.damage.append(Finding("checkpoint", where, cannot_read(error)))
    return [roots[size] for size in sorted(roots)]


def _page(part: RangeScan, c: Cursor, after: int, upto: int) -> tuple[Leaves, Leaves]:
    """The leaves by the rows and as stored; one by one unless all is as it should be."""
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
    """The leaf of an entry by its row and as stored; says what is wrong with it."""
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
        was = _was(c, row)
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
            part.report(number, "unreadable", "holds nothing that can be read", entry_name(row))
    return leaf, row[5] if isinstance(row[5], bytes) and len(row[5]) == HASH else leaf


def _was(c: Cursor, row: Row) -> int | None:
    """The number under which an entry was recorded that now stands elsewhere."""
    with suppress(Exception):
        state = orjson.loads(row[4])
        (was,) = c.execute(NUMBER, (str(state["source"]), str(state["id"]))).fetchone()
        there = c.execute(LEAF, (was,)).fetchone() or ()
        if was != row[0] and leaf_hash(was, *row[1:5]) in (row[5], *there):
            return int(was)
    return None
