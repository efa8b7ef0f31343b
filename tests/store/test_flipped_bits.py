"""Bits flipped in the file of a store, which no SQL could do, are noticed."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from store.images import Image, Store, log, opened, own_keys, stored


@pytest.fixture
def store(tmp_path: Path, chance: random.Random) -> Store:
    path, keys = tmp_path / "tracker.db", own_keys(chance)
    image = log(chance, keys, [chance.randint(1, 10) for _ in range(10)])
    stored(path, image)
    return Store(path, image, keys)


def flipped(store: Store, chance: random.Random, times: int) -> int:
    """How many flips were noticed, each in a fresh copy; the others did no harm."""
    whole, found = store.path.read_bytes(), 0
    path = store.path.with_name("tampered.db")
    for _ in range(times):
        at = chance.randrange(len(whole))
        byte = bytes([whole[at] ^ 1 << chance.randrange(8)])
        path.write_bytes(whole[:at] + byte + whole[at + 1 :])
        if noticed(store):
            found += 1
        else:
            assert unharmed(path, store.image), f"missed at {at}"
    return found


def unharmed(path: Path, image: Image) -> bool:
    """All of a log is there; an old root may be lost, and what it would have located with it.

    Where a table cannot be read at all, SQLite raises an error by itself.
    """
    try:
        with opened(path) as sql:
            held = Image.of(sql)
    except sqlite3.DatabaseError:
        return True
    lost = {size: kept for size, kept in image.checkpoints.items() if size not in held.checkpoints}
    return replace(held, checkpoints={**lost, **held.checkpoints}) == image


def noticed(store: Store) -> bool:
    try:
        return bool(store.verified(store.keys))
    except sqlite3.Error:
        return True


def test_wherever_anything_reads_differently(store: Store, chance: random.Random) -> None:
    assert flipped(store, chance, 300) > 100


@pytest.mark.slow
def test_by_the_thousand(store: Store, chance: random.Random) -> None:
    assert flipped(store, chance, 10_000) > 3_000
