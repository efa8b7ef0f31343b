"""The Merkle tree over the log (RFC 6962, RFC 9162): for `recorder` and for `verifying`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

EMPTY, HASH, _BEGIN = sha256().digest(), 32, b"\x00tracker-leaf-v1\x00\x00\x00\x08"
_number_length, _length_number_length, _length = (Struct(f).pack for f in (">QI", ">IQI", ">I"))


def leaf_hash(number: int, originator_id: str, version: int, topic: str, state: bytes) -> bytes:
    """The hash of an entry as stored. Each field follows its length, so that none can shift."""
    who, kind = originator_id.encode(), topic.encode()
    head = _number_length(number, len(who)), who, _length_number_length(8, version, len(kind)), kind
    return sha256(b"".join((_BEGIN, *head, _length(len(state)), state))).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node from those of its two children."""
    return sha256(b"\x01" + left + right).digest()


class Frontier(NamedTuple):
    """What is needed to append to a tree: the roots of its perfect subtrees, largest first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """The frontier that `to_bytes` wrote; ValueError where `data` does not fit the size."""
        if size < 0 or len(data) != HASH * size.bit_count():
            raise ValueError(f"a tree of {size} leaves has no frontier of {len(data)} bytes")
        return cls(size, tuple(data[i : i + HASH] for i in range(0, len(data), HASH)))

    def to_bytes(self) -> bytes:
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> Frontier:
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes], level: int = 0) -> Frontier:
        """The frontier with more leaves or, at a level, more roots over 2**level leaves each."""
        old, nodes, tail = list(self.hashes), list(leaves), list[bytes]()
        size, grown = self.size >> level, self.size + (len(nodes) << level)
        while nodes:
            nodes = [old.pop(), *nodes] if size & 1 else nodes
            tail += [nodes.pop()] if len(nodes) & 1 else []
            nodes = [*map(node_hash, nodes[::2], nodes[1::2])]
            size >>= 1
        return Frontier(grown, (*old, *reversed(tail)))

    def root(self) -> bytes:
        hashes = reversed(self.hashes or (EMPTY,))
        return reduce(lambda right, left: sha256(b"\x01" + left + right).digest(), hashes)


def inclusion(index: int, size: int) -> list[tuple[int, int]]:
    """The audit path of a leaf, from the leaf up: subtrees [start, end) of the tree."""
    path, start, end = list[tuple[int, int]](), 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        path.append((middle, end) if index < middle else (start, middle))
        start, end = (start, middle) if index < middle else (middle, end)
    return path[::-1]


def consistency(old: int, new: int) -> list[tuple[int, int]]:
    """The subtrees whose roots prove that the tree of size `new` begins with that of size `old`."""
    last = old & -old  # leaves in the last perfect subtree of the old tree
    above = inclusion(old - 1, new)[last.bit_length() - 1 :] if 0 < old < new else []
    return [(old - last, old), *above] if above and last != old else above


def verify_inclusion(leaf: bytes, at: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether a leaf is at index `at` of the tree with this size and root, by its audit path."""
    return 0 <= at < size and _path_roots(at, inclusion(at, size), [leaf, *path])[1:] == (root,)


def verify_consistency(old: int, new: int, past: bytes, root: bytes, path: list[bytes]) -> bool:
    """Whether the tree of size `new` with `root` begins with that of size `old`, root `past`."""
    if not (subtrees := consistency(old, new)):
        return not path and (old, past) in ((new, root), (0, EMPTY)) and old <= new
    own = subtrees[0][1] == old
    return _path_roots(old - 1, subtrees[own:], path if own else [past, *path]) == (past, root)


def _path_roots(at: int, above: list[tuple[int, int]], nodes: list[bytes]) -> tuple[bytes, ...]:
    """Two roots from a path: over the leaves up to `at`, and over all; empty if it does not fit."""
    if len(nodes) != len(above) + 1 or any(len(node) != HASH for node in nodes):
        return ()
    old = new = nodes[0]
    for (start, _), node in zip(above, nodes[1:], strict=True):
        old = old if start > at else node_hash(node, old)
        new = node_hash(new, node) if start > at else node_hash(node, new)
    return old, new
