"""Backup while four processes record facts, and restore into an empty place (reliability R13)."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from cluster import wait_for
from postgres import drop_database, fresh_database
from reliability.tiers import tiers
from reliability_postgres import real_store
from reliability_postgres.writing import Key, Writers, all_is_there_once
from tracker.domain.errors import TrackerError
from tracker.domain.record.entry import Entry
from wire import Written, convicted, registered


class Places(NamedTuple):
    """The store in use, and the empty place to restore into."""

    store: str
    empty: str


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")
    return str(request.param)


@contextmanager
def two_places(kind: str, folder: Path) -> Iterator[Places]:
    if kind == "sqlite":
        yield Places(f"sqlite:///{folder}/a/tracker.db", f"sqlite:///{folder}/b/tracker.db")
        return
    found = Places(fresh_database(), fresh_database())
    real_store.made(found.store)
    yield found
    for url in found:
        drop_database(url)


@pytest.fixture
def places(kind: str, tmp_path: Path) -> Iterator[Places]:
    with two_places(kind, tmp_path) as found:
        yield found


def backed_up_while_writing(store: str, to: Path, chance: random.Random) -> set[Key]:
    """What was acknowledged when the backup began; writing goes on until after its end."""
    with Writers(store) as writers:
        writers.until_all_write()
        time.sleep(chance.random())
        began = time.monotonic()
        real_store.backed_up(store, to)
        writers.until_all_write()
        writers.finish()
        all_is_there_once(writers, real_store.stored(store))
        return writers.acknowledged(until=began)


def moment_known_to_both(whole: list[Entry], copy: list[Entry]) -> datetime:
    """The last moment of which the copy holds everything: writers stamp before they commit."""
    first_left_out = min(entry.recorded_at for entry in whole[len(copy) :])
    return first_left_out - timedelta(microseconds=1)


def holds_what_was_acknowledged(places: Places, acknowledged: set[Key]) -> None:
    whole, copy = real_store.entries(places.store), real_store.entries(places.empty)
    assert copy == whole[: len(copy)], "not the same entries at the same places"
    assert acknowledged <= set(real_store.keys_of(copy))
    assert len(copy) < len(whole), "nothing was written after the backup: it proves nothing"
    at = moment_known_to_both(whole, copy)
    expected = real_store.figures(places.store, at)
    assert json.loads(expected[0])["snapshot"]["total"]["total"] > 0
    assert real_store.figures(places.empty, at) == expected


@tiers("R13", quick=1, long=4)
def test_a_backup_made_while_writing_holds_all_that_was_acknowledged_before(
    kind: str, tmp_path: Path, chance: random.Random, times: int
) -> None:
    for n in range(times):
        folder = tmp_path / str(n)
        with two_places(kind, folder) as places:
            acknowledged = backed_up_while_writing(places.store, folder, chance)
            began = time.monotonic()
            real_store.restored(places.empty, folder)
            took = time.monotonic() - began
            print(f"{len(acknowledged)} acknowledged before the backup; restored in {took:.2f} s")
            real_store.verified(places.empty)
            holds_what_was_acknowledged(places, acknowledged)


def test_recording_goes_on_in_what_was_restored(
    places: Places, tmp_path: Path, chance: random.Random
) -> None:
    """The same sources and ids are known; what the backup did not hold is recorded anew."""
    backed_up_while_writing(places.store, tmp_path / "backup", chance)
    real_store.restored(places.empty, tmp_path / "backup")
    before = real_store.entries(places.empty)
    with Writers(places.empty) as writers:
        known = set(real_store.keys_of(before))
        wait_for(lambda: known <= writers.acknowledged(), "all that was restored to be known")
        wait_for(lambda: len(writers.acknowledged()) > len(known), "more to be recorded")
        writers.finish()
    assert real_store.entries(places.empty)[: len(before)] == before
    all_is_there_once(writers, real_store.stored(places.empty))
    real_store.verified(places.empty)


def test_what_is_not_empty_is_not_restored_into(
    places: Places, tmp_path: Path, file: Written
) -> None:
    store, folder = real_store.command(places.store), tmp_path / "backup"
    store("import", file(registered())).done()
    real_store.backed_up(places.store, folder)
    store("import", file(registered(), convicted())).done()
    store("restore", folder / "log.backup").refused("not empty")
    assert [entry.id for entry in real_store.entries(places.store)] == ["e1", "e2"]


def test_a_plain_copy_of_the_file_would_be_noticed(tmp_path: Path, chance: random.Random) -> None:
    """The deliberate fault: `cp` of the database file while writing, wherever it is just then."""
    store = tmp_path / "tracker.db"
    with Writers(f"sqlite:///{store}") as writers:
        writers.until_all_write()
        copies = [plain_copy(store, tmp_path / str(n), writers, chance) for n in range(5)]
        writers.until_all_write()
        writers.finish()
    found = [whether_noticed(f"sqlite:///{store}", *copy) for copy in copies]
    print(f"{sum(found)} of {len(found)} plain copies lack what was acknowledged, or are malformed")
    assert any(found)


def plain_copy(
    store: Path, to: Path, writers: Writers, chance: random.Random
) -> tuple[str, set[Key]]:
    time.sleep(chance.random() / 2)
    acknowledged = writers.acknowledged()
    to.mkdir()
    for file in (store, *store.parent.glob("tracker.db.keys*")):
        shutil.copyfile(file, to / file.name)
    return f"sqlite:///{to / store.name}", acknowledged


def whether_noticed(store: str, copy: str, acknowledged: set[Key]) -> bool:
    try:
        holds_what_was_acknowledged(Places(store, copy), acknowledged)
    except (AssertionError, TrackerError):
        return True
    return False
