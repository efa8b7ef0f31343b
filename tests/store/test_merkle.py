"""The Merkle tree against the vectors of Certificate Transparency, and against its definition."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.store.proof.merkle import (
    EMPTY,
    Frontier,
    consistency,
    inclusion,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657",
          "606162636465666768696a6b6c6d6e6f"]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
STEP = {
    "a": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "b": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "c": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "d": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "e": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "f": ROOTS[4],
    "g": ROOTS[2],
    "h": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
}
INCLUSION = [(0, 1, ""), (0, 8, "abc"), (5, 8, "def"), (2, 3, "g"), (1, 5, "1bd")]
CONSISTENCY = [(1, 1, ""), (1, 8, "abc"), (6, 8, "hef"), (2, 5, "bd")]
STEP["1"] = ROOTS[1]
MOST = 130


def hashes(steps: str) -> list[bytes]:
    return [bytes.fromhex(STEP[step]) for step in steps]


def leaves(count: int) -> list[bytes]:
    return [sha256(n.to_bytes(2)).digest() for n in range(count)]


def defined(hashed: list[bytes]) -> bytes:
    """The root as RFC 6962 defines it."""
    if len(hashed) < 2:
        return hashed[0] if hashed else EMPTY
    left = 1
    while left * 2 < len(hashed):
        left *= 2
    return node_hash(defined(hashed[:left]), defined(hashed[left:]))


class TestVectors:
    hashed = tuple(sha256(b"\0" + bytes.fromhex(leaf)).digest() for leaf in LEAVES)

    @pytest.mark.parametrize("size", range(9))
    def test_a_root_is_that_of_certificate_transparency(self, size: int) -> None:
        assert Frontier().extend(self.hashed[:size]).root().hex() == ROOTS[size]

    @pytest.mark.parametrize(("index", "size", "steps"), INCLUSION)
    def test_an_audit_path_is_too(self, index: int, size: int, steps: str) -> None:
        path = [defined([*self.hashed[start:end]]) for start, end in inclusion(index, size)]
        assert path == hashes(steps)
        root = bytes.fromhex(ROOTS[size])
        assert verify_inclusion(self.hashed[index], index, size, path, root)

    @pytest.mark.parametrize(("old", "new", "steps"), CONSISTENCY)
    def test_a_consistency_proof_is_too(self, old: int, new: int, steps: str) -> None:
        path = [defined([*self.hashed[start:end]]) for start, end in consistency(old, new)]
        assert path == hashes(steps)
        past, root = (bytes.fromhex(ROOTS[size]) for size in (old, new))
        assert verify_consistency(old, new, past, root, path)


class TestLeaf:
    def test_is_the_hash_of_every_field_behind_its_length(self) -> None:
        fields = [(7).to_bytes(8), b"0" * 32, (3).to_bytes(8), b"uk.mappa.x", b"{}"]
        data = b"tracker-leaf-v1" + b"".join(len(f).to_bytes(4) + f for f in fields)
        assert leaf_hash(7, "0" * 32, 3, "uk.mappa.x", b"{}") == sha256(b"\0" + data).digest()

    @given(
        st.lists(
            st.tuples(
                st.integers(0, 2**63 - 1), st.text("ab", max_size=3), st.integers(0, 9),
                st.text("ab", max_size=3), st.binary(max_size=3),
            ),
            min_size=2, max_size=2, unique=True,
        )
    )  # fmt: skip
    def test_two_entries_have_two(self, rows: list[tuple[int, str, int, str, bytes]]) -> None:
        assert len({leaf_hash(*row) for row in rows}) == 2


class TestFrontier:
    def test_leads_to_the_root_whatever_the_size(self) -> None:
        frontier, hashed = Frontier(), leaves(MOST)
        for size, leaf in enumerate(hashed):
            assert frontier.size == size
            assert frontier.root() == defined(hashed[:size])
            frontier = frontier.append(leaf)

    @given(st.lists(st.integers(0, 300), max_size=8), st.integers(0, 40))
    def test_is_the_same_however_the_leaves_are_split(self, ends: list[int], first: int) -> None:
        hashed = leaves(300)
        frontier = Frontier()
        for start, end in pairwise(sorted({0, min(first, 300), *ends, 300})):
            frontier = frontier.extend(hashed[start:end])
        assert frontier == Frontier().extend(hashed)

    @given(st.integers(0, 300), st.integers(0, 5))
    def test_takes_whole_subtrees_at_once(self, size: int, level: int) -> None:
        hashed, wide = leaves(size), 1 << level
        whole = size - size % wide
        roots = [defined(hashed[n : n + wide]) for n in range(0, whole, wide)]
        frontier = Frontier().extend(roots, level).extend(hashed[whole:])
        assert frontier == Frontier().extend(hashed)

    @pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, MOST])
    def test_is_read_back_from_its_bytes(self, size: int) -> None:
        frontier = Frontier().extend(leaves(size))
        assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier

    @pytest.mark.parametrize(
        ("size", "bytes_"), [(0, 32), (1, 0), (3, 32), (4, 64), (5, 63), (-1, 32)]
    )
    def test_of_another_size_is_refused(self, size: int, bytes_: int) -> None:
        with pytest.raises(ValueError, match=f"a tree of {size} leaves has no frontier"):
            Frontier.from_bytes(size, bytes(bytes_))


LEAF_HASHES = leaves(MOST)
TREES = [defined(LEAF_HASHES[:size]) for size in range(MOST + 1)]


@cache
def subtree(start: int, end: int) -> bytes:
    return defined(LEAF_HASHES[start:end])


def proof(subtrees: list[tuple[int, int]]) -> list[bytes]:
    return [subtree(start, end) for start, end in subtrees]


class TestProofs:
    """Every leaf of every tree, and every tree in every later one, up to 130 leaves."""

    @pytest.mark.parametrize("size", range(1, MOST + 1))
    def test_every_leaf_is_proved_and_no_other(self, size: int) -> None:
        root = TREES[size]
        for index in range(size):
            leaf, path = LEAF_HASHES[index], proof(inclusion(index, size))
            assert verify_inclusion(leaf, index, size, path, root)
            assert not verify_inclusion(LEAF_HASHES[(index + 1) % MOST], index, size, path, root)
            assert not verify_inclusion(leaf, index, size, path, TREES[size - 1])
            assert not verify_inclusion(leaf, index, size, [*path, leaf], root)
            for at in range(len(path)):
                wrong = [*path[:at], leaf, *path[at + 1 :]]
                assert not verify_inclusion(leaf, index, size, wrong, root)
                assert not verify_inclusion(leaf, index, size, path[:at] + path[at + 1 :], root)
        assert not verify_inclusion(root, 0, size + 1, [], root)
        assert not verify_inclusion(LEAF_HASHES[0], -1, size, [], root)

    @pytest.mark.parametrize("size", range(2, MOST + 1))
    def test_no_leaf_is_proved_at_another_place(self, size: int) -> None:
        root, index = TREES[size], size // 3
        leaf, path = LEAF_HASHES[index], proof(inclusion(index, size))
        for other in range(size):
            assert verify_inclusion(leaf, other, size, path, root) == (other == index)

    @pytest.mark.parametrize("new", range(MOST + 1))
    def test_the_empty_tree_is_the_begin_of_every_one(self, new: int) -> None:
        assert consistency(0, new) == []
        assert verify_consistency(0, new, EMPTY, TREES[new], [])
        assert not verify_consistency(0, new, LEAF_HASHES[0], TREES[new], [])
        assert not verify_consistency(0, new, EMPTY, TREES[new], [EMPTY])

    @pytest.mark.parametrize("new", range(1, MOST + 1))
    def test_every_tree_is_the_begin_of_every_later_one(self, new: int) -> None:
        root = TREES[new]
        for old in range(1, new + 1):
            past, path = TREES[old], proof(consistency(old, new))
            assert verify_consistency(old, new, past, root, path)
            assert not verify_consistency(old, new, past, LEAF_HASHES[0] + root, path)
            assert not verify_consistency(old, new, past, root, [*path, root])
            assert not verify_consistency(old, new, TREES[old - 1], root, path)
            for at in range(len(path)):
                wrong = [*path[:at], LEAF_HASHES[0][::-1], *path[at + 1 :]]
                assert not verify_consistency(old, new, past, root, wrong)
                assert not verify_consistency(old, new, past, root, path[:at] + path[at + 1 :])

    def test_no_tree_is_the_begin_of_a_smaller_one(self) -> None:
        for old in range(1, MOST):
            roots = TREES[old], TREES[old - 1]
            assert not verify_consistency(old, old - 1, *roots, [])
            assert not verify_consistency(old, old - 1, *roots, [roots[0]])

    def test_a_rewritten_past_is_not_the_begin(self) -> None:
        """The wrong old root with the proof made honestly for the right one, and the reverse."""
        other = [sha256(b"rewritten").digest(), *LEAF_HASHES[1:]]
        for old in range(1, MOST):
            path = proof(consistency(old, MOST))
            past = defined(other[:old])
            assert not verify_consistency(old, MOST, past, TREES[MOST], path)
            theirs = [defined(other[start:end]) for start, end in consistency(old, MOST)]
            assert not verify_consistency(old, MOST, TREES[old], defined(other), theirs)

    @given(
        st.lists(st.binary(max_size=40), max_size=9), st.integers(-2, 2**70), st.integers(-2, 2**70)
    )
    def test_nothing_made_up_is_a_proof(self, path: list[bytes], index: int, size: int) -> None:
        root = TREES[MOST]
        assert not verify_inclusion(LEAF_HASHES[0], index, size, path, root)
        assert not verify_consistency(index, size, LEAF_HASHES[1], root, path)
