"""Proofs against a signed checkpoint: that an entry is in the log, and that the log only grew.

Made for `tracker prove`; checked by anyone who has the verifier key of the log.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tracker.domain.errors import TrackerError
from tracker.store.database.interface import Cursor
from tracker.store.proof.merkle import (
    Frontier,
    consistency,
    inclusion,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import ConsistencyProof, ProofAnswer

from tracker.store.proof.checkpoints import Checkpoint, from_base64, parse, to_base64, verified

PROOF, GROWTH = "tracker-proof-v1", "tracker-consistency-v1"
LEAVES_READ = 10_000
Known = dict[tuple[int, int], bytes]  # roots over ranges of leaves
HEAD = "SELECT note, size, frontier FROM log_head"
ENTRY = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE notification_id=?"
)
LEAVES = (
    "SELECT leaf FROM stored_events WHERE notification_id>? AND notification_id<=?"
    " ORDER BY notification_id"
)


def prove(c: Cursor, number: int) -> ProofAnswer:
    """A proof that the entry of a number, as it is stored, is in the log as now signed.

    To be kept as JSON. Raises TrackerError where there is no such entry, or the log is damaged.
    """
    head, known = _head(c)
    row = c.execute(ENTRY, (number,)).fetchone()
    if row is None or not 0 < number <= head.size:
        raise TrackerError(f"there is no entry {number}: the log has {head.size}")
    proof: ProofAnswer = {
        "format": PROOF,
        "entry": {
            "notification_id": row[0], "originator_id": row[1], "version": row[2],
            "topic": row[3], "state": to_base64(bytes(row[4])),
        },
        "index": number - 1,
        "path": [to_base64(_subtree_root(c, known, at)) for at in inclusion(number - 1, head.size)],
        "checkpoint": head.note,
    }  # fmt: skip
    _check_inclusion(proof)
    return proof


def prove_consistency(c: Cursor, note: str) -> ConsistencyProof:
    """A proof that the log as now signed begins with the log of an older note, only appended to.

    To be kept as JSON. Raises TrackerError where the note is not of a beginning of this log.
    """
    old, (head, known) = parse(note), _head(c)
    if old.size > head.size:
        raise TrackerError(f"the log has {head.size} entries, and the note is of {old.size}")
    path = [to_base64(_subtree_root(c, known, at)) for at in consistency(old.size, head.size)]
    proof: ConsistencyProof = {"format": GROWTH, "old": note, "path": path, "checkpoint": head.note}
    _check_growth(proof)
    return proof


def check_proof(proof: Mapping[str, Any], verifier: str) -> Checkpoint:
    """Checks a proof of `prove`; returns the signed checkpoint of the log that has the entry.

    Raises TrackerError where the proof or the signature is wrong.
    """
    return verified(_check_inclusion(proof).note, verifier)


def check_consistency(proof: Mapping[str, Any], verifier: str) -> tuple[Checkpoint, Checkpoint]:
    """Checks a proof of `prove_consistency`; returns the older and the newer signed checkpoint.

    Raises TrackerError where the proof or a signature is wrong.
    """
    old, head = _check_growth(proof)
    return verified(old.note, verifier), verified(head.note, verifier)


def _check_inclusion(proof: Mapping[str, Any]) -> Checkpoint:
    with _format_errors(proof, PROOF):
        entry, head = proof["entry"], parse(proof["checkpoint"])
        number, at, state = entry["notification_id"], proof["index"], from_base64(entry["state"])
        leaf = leaf_hash(number, entry["originator_id"], entry["version"], entry["topic"], state)
        path = [from_base64(step) for step in proof["path"]]
        if at == number - 1 and verify_inclusion(leaf, at, head.size, path, head.root):
            return head
    raise TrackerError("the proof does not hold: the entry is not in the log of its checkpoint")


def _check_growth(proof: Mapping[str, Any]) -> tuple[Checkpoint, Checkpoint]:
    with _format_errors(proof, GROWTH):
        old, head = parse(proof["old"]), parse(proof["checkpoint"])
        path = [from_base64(step) for step in proof["path"]]
        if verify_consistency(old.size, head.size, old.root, head.root, path):
            return old, head
    raise TrackerError("the proof does not hold: the log does not begin with that of the old note")


@contextmanager
def _format_errors(proof: Mapping[str, Any], wanted: str) -> Iterator[None]:
    try:
        if proof["format"] != wanted:
            raise TrackerError(f"not a proof of the format {wanted}")
        yield
    except (AttributeError, KeyError, TypeError, ValueError, struct.error):
        raise TrackerError(f"not a proof of the format {wanted}: it is incomplete") from None


def _head(c: Cursor) -> tuple[Checkpoint, Known]:
    try:
        note, size, frontier = c.execute(HEAD).fetchone()
        return parse(note), _known_roots(Frontier.from_bytes(size, bytes(frontier)))
    except (TypeError, ValueError):
        raise TrackerError("the log has no head, or a damaged one: run `tracker verify`") from None


def _known_roots(frontier: Frontier) -> Known:
    """The roots known from a frontier: of each of its subtrees, and from its start to the end."""
    known, start, (size, hashes) = Known(), 0, frontier
    for at, root in enumerate(hashes):
        end = start + (1 << (size - start).bit_length() - 1)
        known[start, size] = Frontier(size, hashes[at:]).root()
        known[start, end] = root
        start = end
    return known


def _subtree_root(c: Cursor, known: Known, subtree: tuple[int, int]) -> bytes:
    """The root over a range of leaves: a known one, or made from the leaf column, page by page."""
    if subtree in known:
        return known[subtree]
    frontier, (start, end) = Frontier(), subtree
    for after in range(start, end, LEAVES_READ):
        rows = c.execute(LEAVES, (after, min(after + LEAVES_READ, end))).fetchall()
        frontier = frontier.extend([bytes(leaf) for (leaf,) in rows])
    return frontier.root()
