"""A disk that is full: refused in plain words, nothing acknowledged is lost, nothing is stored in
part, and with room again everything goes on.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from reliability.parcels import FOUNDING, Parcel
from reliability.stored import Outcome, acknowledged, compare, stored_entries
from reliability.stores import assert_all_sound, assert_sound, url_of, views
from reliability.tiers import tiers
from reliability.workers import deliver
from running import Ran, Tracker
from tracker.store.atomic_file import write_atomically
from wire import registered, written

MIB = 1 << 20
SIZE = 15 * MIB
LINES = 30_000


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file system of a few MiB, on which the keys are kept as well."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("a small file system has to be mounted, which takes root")
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    tried = subprocess.run(mount, capture_output=True, check=False, text=True)
    if tried.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {tried.stderr.strip()}")
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "store"))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Disk:
    """A store on a small disk, and the ballast that takes the rest of it."""

    def __init__(self, folder: Path, said: Path) -> None:
        self.folder, self.said, self.ballast = folder / "store", said, folder / "ballast"
        self.tracker = Tracker(self.folder / "tracker.db")
        self.url = url_of(self.tracker.store)
        self.start_again()

    def start_again(self) -> None:
        """A store of its founders alone."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.said.unlink(missing_ok=True)
        self.folder.mkdir()
        self.sent: list[Parcel] = []
        self.deliver(1)

    @property
    def free(self) -> int:
        system = os.statvfs(self.folder)
        return system.f_bavail * system.f_frsize

    def leave(self, room: int) -> None:
        """Takes room until so much is left."""
        with self.ballast.open("ab") as file:
            file.write(bytes(max(0, self.free - room)))

    def make_room(self) -> None:
        self.ballast.unlink()

    def deliver(self, number: int, fault: str = "") -> None:
        """Single facts, one after another, after those that register the people."""
        first = len(self.sent)
        parcels = [Parcel(n) if n else FOUNDING for n in range(first, first + number)]
        self.sent += parcels
        deliver(self.url, str(self.said), parcels, fault)

    def outcome(self) -> Outcome:
        return compare(stored_entries(self.url), self.sent, acknowledged(self.said))

    def all_is_well(self) -> Outcome:
        outcome = self.outcome()
        assert outcome.well, outcome
        assert_all_sound(self.folder)
        assert_sound(self.url)
        return outcome


@pytest.fixture
def disk(small: Path, tmp_path: Path) -> Disk:
    return Disk(small, tmp_path / "said")


def rooms(chance: random.Random, times: int) -> Iterator[int]:
    """How much is left: next to nothing, a little, enough for the write-ahead log to turn."""
    for _, least in zip(range(times), cycle((MIB // 8, MIB, 5 * MIB)), strict=False):
        yield least + chance.randrange(MIB)


def refused(ran: Ran) -> None:
    """In plain words, that say it is the store or the disk."""
    message = ran.refused().err
    assert "store" in message or "full" in message or "space" in message, message


def fill_up(disk: Disk) -> list[str]:
    """Records by command until there is no room for another; the ids of those that went in."""
    disk.leave(0)
    stored: list[str] = []
    while True:
        id = f"last-{len(disk.sent)}-{len(stored)}"
        ran = disk.tracker("record", "level.set", "level=2", "--subject", "P-0", "--id", id)
        if ran.status:
            refused(ran)
            return stored
        stored.append(id)
        assert len(stored) < 1_000, "the disk does not fill"


@tiers("R8", 3, 20)
def test_facts_that_fill_the_disk(disk: Disk, chance: random.Random, times: int) -> None:
    for room in rooms(chance, times):
        disk.leave(room)
        with pytest.raises(Exception, match="full"):
            disk.deliver(100_000)
        stored = fill_up(disk)
        disk.make_room()
        print(disk.all_is_well(), f"and {len(stored)} by command")
        ids = [entry.id for entry in stored_entries(disk.url) if entry.id.startswith("last-")]
        assert ids == stored
        disk.deliver(10)
        disk.all_is_well()
        disk.start_again()


@tiers("R8", 3, 20)
def test_an_import_that_fills_the_disk(
    disk: Disk, tmp_path: Path, chance: random.Random, times: int
) -> None:
    many = (registered(f"r{n}", subject=f"R-{n}", name="Robin " * 40) for n in range(LINES))
    file = written(tmp_path / "large.jsonl", many)
    for room in rooms(chance, times):
        disk.leave(room)
        refused(disk.tracker("import", file))
        disk.make_room()
        assert disk.all_is_well().acknowledged == FOUNDING.size
        assert len(stored_entries(disk.url)) == FOUNDING.size, "a part of the import is there"
        disk.deliver(10)
        disk.all_is_well()
        disk.start_again()


@tiers("R8_VIEWS", 1, 8)
def test_views_that_fill_the_disk(disk: Disk, chance: random.Random, times: int) -> None:
    disk.deliver(300)
    disk.tracker("counts").done()
    expected = views(disk.url)
    for _ in range(times):
        disk.leave(chance.randrange(MIB // 8))
        refused(disk.tracker("rebuild"))
        disk.make_room()
        disk.all_is_well()
        disk.tracker("counts").done()
        assert views(disk.url) == expected


def test_a_writer_that_passes_over_errors_is_seen(disk: Disk) -> None:
    disk.leave(MIB)
    disk.deliver(300, fault="errors passed over")
    disk.make_room()
    outcome = disk.outcome()
    print(outcome)
    assert outcome.lost


def test_a_file_for_which_there_is_no_room_stays_as_it_was(small: Path) -> None:
    file = small / "report.txt"
    write_atomically(file, b"of last year")
    with pytest.raises(OSError, match="No space left"):
        write_atomically(file, bytes(SIZE))
    assert file.read_bytes() == b"of last year"
    assert [path.name for path in small.iterdir()] == ["report.txt"], "something is left"
    write_atomically(file, b"of this year")
    assert file.read_bytes() == b"of this year"
