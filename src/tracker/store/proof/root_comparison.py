"""Compares the roots of the log with those kept: old roots, the signed head, a witness's notes.

For `verifying`, which passes in one range of the log after another.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from tracker.domain.errors import TrackerError
from tracker.store.proof.checkpoints import LogKeys, notes, parse, verified
from tracker.store.proof.merkle import Frontier
from tracker.store.proof.range_scan import LEVEL, Finding, RangeScan, entry_range

MAX_FINDINGS = 1_000  # findings shown one by one; the rest are counted
HOLES = ("deleted", "damaged", "cut_off")
Both = tuple[bytes, bytes]  # the root from the rows, and from the leaf hashes
Head = tuple[int, bytes, str]  # size, frontier, note


class Comparison:
    """Compares, in order of size, every root that was kept, signed or witnessed with the log's.

    The log has two roots at each size. If the one computed from the rows is right, the rows are
    right; if the one from the stored leaf hashes is right, the hashes are. If neither is, entries
    were changed together with their hashes, after the last size at which a root was right.
    """

    def __init__(self, keys: LogKeys) -> None:
        self.keys, self.witnessed_sizes = keys, list[int]()
        self.computed = self.stored = Frontier()
        self._witnessed = dict[int, dict[bytes, str]]()
        self.roots = self._at = self._good = self._seen = 0
        self._wrong, self._pending = list[int](), list[Finding]()
        self._missing = self._altered = self._explained = self._unsealed = self._disputed = False

    def read_witness(self, witness: Path | None) -> Iterator[Finding]:
        """Reads a witness's file of checkpoints; yields the notes that cannot be read."""
        if witness is None:
            return
        with witness.open(encoding="utf-8", errors="replace") as file:
            for count, note in enumerate(notes(file), 1):
                try:
                    seen = parse(note)
                except TrackerError as error:
                    yield Finding("witness", f"note {count} of the witness", str(error))
                else:
                    self._witnessed.setdefault(seen.size, {})[seen.root] = note
        self.witnessed_sizes = sorted(self._witnessed)

    def add_range(self, part: RangeScan) -> Iterator[Finding]:
        """Compares the next range of entries; yields its damage and the roots that are wrong."""
        if part.task.after > self._at:
            gone = Finding("deleted", "", "not there", self._at + 1, part.task.after)
            yield from self.damage(gone)
        damage = deque(part.damage)
        for size, kept, mac, computed, stored in part.roots:
            while damage and (damage[0].last or 0) <= size:
                yield from self.damage(damage.popleft())
            both = self._both(computed, stored)
            yield from self._witness(size, both)
            if kept is not None:
                self.roots += 1
                yield from self._root(size, kept, both, self._forged(size, kept, mac))
        for finding in damage:
            yield from self.damage(finding)
        same = self.stored is self.computed and part.stored is part.computed
        self.computed = _append_range(self.computed, part.computed)
        self.stored = self.computed if same else _append_range(self.stored, part.stored)
        self._at = part.task.upto

    def _both(self, computed: bytes, stored: bytes) -> Both:
        root = Frontier(0, (*self.computed.hashes, computed)).root()
        if stored is computed and self.stored is self.computed:
            return root, root
        return root, Frontier(0, (*self.stored.hashes, stored)).root()

    def damage(self, finding: Finding) -> Iterator[Finding]:
        """Adds damage to an entry; the next root shows whether row or leaf hash was altered."""
        if finding.kind in ("altered", "reordered"):
            self._altered = True
            self._pending.append(finding)
            if len(self._pending) > MAX_FINDINGS:
                yield self._pending.pop(0)
            return
        self._missing |= finding.kind in HOLES
        yield finding

    def _root(self, size: int, kept: object, both: Both, forged: bool) -> Iterator[Finding]:
        if self._missing:
            return
        if forged or kept not in both:
            if not self._wrong:
                self._explained, self._unsealed = self._altered, forged
            if len(self._wrong) < MAX_FINDINGS:
                self._wrong.append(size)
            return
        yield from self._decide_pending(intact=kept == both[0])
        for n in self._wrong:
            yield Finding("checkpoint", f"the root kept at {n} entries", "was altered")
        self._wrong, self._good, self._altered = [], size, False

    def _decide_pending(self, intact: bool) -> Iterator[Finding]:
        """Yields the findings that waited for a root; `intact` rows mean altered hashes."""
        for finding in self._pending:
            if intact and finding.kind == "altered":
                detail = "is as it was recorded, but its leaf hash was altered"
                finding = finding._replace(kind="leaf", detail=detail)
            yield finding
        self._pending = []

    def _forged(self, size: int, kept: object, mac: object) -> bool:
        if self.keys.history is None:
            return False
        return not isinstance(kept, bytes) or mac != self.keys.mac(size, kept)

    def _witness(self, size: int, both: Both) -> Iterator[Finding]:
        for root, note in self._witnessed.pop(size, {}).items():
            if self._missing:
                continue
            if root in both:
                self._seen = size
            elif false := self._false_note(note):
                yield false
            elif not self._disputed:
                self._disputed = True
                where = entry_range(self._seen + 1, size)
                yield Finding("witness", where, "not as they were witnessed", self._seen + 1, size)

    def _false_note(self, note: str) -> Finding | None:
        """The finding for a witnessed note that the log did not sign; None where it did."""
        try:
            if self.keys.verifier:
                verified(note, self.keys.verifier)
        except TrackerError as error:
            return Finding("witness", f"the note of {parse(note).size} entries", str(error))
        return None

    def head(self, size: int, head: Head | None) -> Iterator[Finding]:
        """Compares the signed head. Call it after the last range of entries."""
        if head is None:
            yield Finding("head", "the head of the log", "is not there, or cannot be read")
            return
        if head == (0, b"", "") and not self.keys.begun:
            return  # nothing was recorded yet; what is there all the same is beyond it
        if not head[2]:
            yield Finding("signature", "the head of the log", "is not signed")
            return
        try:
            verifier = self.keys.verifier
            signed = verified(head[2], verifier) if verifier else parse(head[2])
        except TrackerError as error:
            yield Finding("signature", "the head of the log", str(error))
            return
        if signed.size != size:
            detail = f"says {size} entries, and its note {signed.size}"
            yield Finding("head", "the head of the log", detail)
            return
        both = self.computed.root(), self.stored.root()
        yield from self._root(size, signed.root, both, forged=False)
        frontiers = self.computed.to_bytes(), self.stored.to_bytes()
        if not self._missing and not self._wrong and head[1] not in frontiers:
            yield Finding("head", "the head of the log", "its frontier is not that of the entries")

    def end(self, size: int) -> Iterator[Finding]:
        """Yields the findings that are left after the head was compared."""
        yield from self._decide_pending(intact=False)
        if self._wrong and not self._explained:
            yield self._unaccounted(self._good + 1, self._wrong[0])
        for seen in (n for n in sorted(self._witnessed, reverse=True) if n > size):
            false = [self._false_note(note) for note in self._witnessed[seen].values()]
            if None in false:
                detail = f"gone: the log has {size}, and {seen} were witnessed"
                yield Finding("witness", entry_range(size + 1, seen), detail, size + 1, seen)
                return
            yield from (finding for finding in false if finding)

    def _unaccounted(self, first: int, last: int) -> Finding:
        """The finding for entries whose kept root is neither of the log's two roots."""
        if first > last:
            return Finding("head", "the head of the log", "its root is not that of the entries")
        where = entry_range(first, last)
        if self._unsealed:
            detail = "rewritten, or the root kept of them: it is not as this log sealed it"
            return Finding("checkpoint", where, detail, first, last)
        detail = "changed, one or more, together with the leaf hash"
        return Finding("altered", where, detail, first, last)


def _append_range(whole: Frontier, part: Frontier) -> Frontier:
    if part.size == 1 << LEVEL:
        return whole.extend(part.hashes, LEVEL)
    return Frontier(whole.size + part.size, whole.hashes + part.hashes)
