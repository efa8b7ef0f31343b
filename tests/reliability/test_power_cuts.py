"""A power cut at any moment: what was acknowledged is there, imports are there whole or not at all,
and the store opens and goes on.

The writer's calls to the disk are recorded once; then power is cut after any of them, with what was
not yet synced lost, kept, kept in part, or torn into sectors and out of order (see `disk`).
"""

from __future__ import annotations

import json
import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from reliability import syscalls
from reliability.disk import KEPT, Disk
from reliability.parcels import FOUNDING, Parcel, parcels
from reliability.stored import Outcome, compare, stored_entries
from reliability.stores import assert_all_sound, assert_sound, command, url_of, views
from reliability.syscalls import Call, traced
from reliability.workers import now, record
from tracker.domain.law.tables import Law
from tracker.store.opening import open_log

pytestmark = pytest.mark.skipif(syscalls.why_not() is not None, reason=str(syscalls.why_not()))

PARCELS, TURN = 40, 14
FEW = 10
LOOKED_AT_CLOSELY = 20  # one cut in so many
SETTINGS: list[dict[str, str]] = [
    {},
    {"wal_autocheckpoint": "20"},
    {"wal_autocheckpoint": "20", "cache_size": "5"},
    {"journal_mode": "PERSIST"},
    {"without": "pysqlite3"},
]
QUICK, LONG = 200, int(os.environ.get("RELIABILITY_R2", 6_000)) // len(SETTINGS)


@dataclass
class Recorded:
    """What a writer asked of the disk, and what it was given to write."""

    folder: Path
    calls: list[Call]
    sent: list[Parcel]

    @property
    def said(self) -> str:
        return str(self.folder / "said" / "said")


def recorded(
    folder: Path, chance: random.Random, number: int, *, fault: str = "",
    without: str = "", **settings: str,
) -> Recorded:  # fmt: skip
    """Has a store written, by a writer that opens and closes it a few times."""
    sent = [FOUNDING, *parcels(chance, 1, number)]
    recording = Recorded(folder, [], sent)
    for name in ("store", "home", "said"):
        (folder / name).mkdir(parents=True)
    arguments = {
        "url": url_of(folder / "store" / "tracker.db"), "said": recording.said, "numbers": sent,
        "turn": TURN, "fault": fault, "settings": settings,
    }  # fmt: skip
    work, env = json.dumps(arguments), homes(folder)
    trace = folder / "trace"
    recording.calls = traced(trace, "deliver_in_turns", work, env, without=without)
    return recording


def homes(folder: Path) -> dict[str, str]:
    """Where keys are looked for: in what is recorded, and in what is replayed."""
    return {"XDG_CONFIG_HOME": str(folder / "home"), "XDG_DATA_HOME": str(folder / "home")}


class Replay:
    """Power cut after power cut, and what is seen in the store after each."""

    def __init__(self, was: Recorded, folder: Path, chance: random.Random, law: Law) -> None:
        self.was, self.folder, self.chance, self.law = was, folder, chance, law
        self.outcome, self.cuts, self.errors = Outcome(), 0, list[str]()

    def go_on(self, times: int) -> Outcome:
        """So many cuts, spread by chance over everything that was written."""
        disk = Disk([self.was.folder / "store", self.was.folder / "home"])
        said: set[int] = set()
        moments = sorted(self.chance.randrange(len(self.was.calls)) for _ in range(times))
        for moment, call in enumerate(self.was.calls):
            while moments and moments[0] == moment:
                moments.pop(0)
                self._cut(disk, said)
            if call.name == "write" and call.files == [self.was.said]:
                said.add(int(call.data))
            disk.take(call)
        return self.outcome

    def _cut(self, disk: Disk, said: set[int]) -> None:
        kept = self.chance.choice(list(KEPT))
        self._lay_out(disk.cut(self.chance, kept))
        self.cuts += 1
        try:
            outcome = self._store_after(said)
        except Exception as error:
            outcome = Outcome(corrupt=1)
            self.errors.append(f"{kept}: {error!r}")
        self.outcome += outcome

    def _lay_out(self, files: dict[str, bytes]) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("store", "home"):
            (self.folder / name).mkdir(parents=True)
        for name, content in files.items():
            path = self.folder / Path(name).relative_to(self.was.folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)

    def _store_after(self, said: set[int]) -> Outcome:
        url = url_of(self.folder / "store" / "tracker.db")
        entries = stored_entries(url)
        if self.cuts % LOOKED_AT_CLOSELY == 0:
            self._views_are_right(url)
            self._goes_on(url, len(entries))
            assert_sound(url)
        assert_all_sound(self.folder)
        return compare(entries, self.was.sent, said)

    def _views_are_right(self, url: str) -> None:
        command(url)("counts").done()
        kept = views(url)
        command(url)("rebuild").done()
        assert views(url) == kept, "the views are not those of a rebuild"

    def _goes_on(self, url: str, number: int) -> None:
        """The next fact is recorded as though nothing had happened."""
        with open_log(url, now) as log:
            record(log, self.law, Parcel(2 * PARCELS + 1).events())
        assert len(stored_entries(url)) == number + 1


@pytest.fixture
def replayed(memory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files of a replay are laid out, those of the configuration as well."""
    for name, home in homes(memory / "replay").items():
        monkeypatch.setenv(name, home)
    return memory / "replay"


@pytest.mark.parametrize(
    ("settings", "times"),
    [(settings, QUICK) for settings in SETTINGS[:2]]
    + [pytest.param(settings, LONG, marks=pytest.mark.slow) for settings in SETTINGS],
    ids=str,
)
def test_a_power_cut_loses_nothing_that_was_acknowledged(
    tmp_path: Path, replayed: Path, chance: random.Random, law: Law, settings: dict[str, str],
    times: int,
) -> None:  # fmt: skip
    was = recorded(tmp_path, chance, PARCELS, **settings)
    replay = Replay(was, replayed, chance, law)
    outcome = replay.go_on(times)
    print(f"{replay.cuts} cuts of {len(was.calls)} calls: {outcome}")
    assert outcome.well, (outcome, replay.errors[:3])
    assert outcome.acknowledged > 10 * times, "hardly anything was acknowledged"


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        ("synchronous=NORMAL", "lost"),
        ("synchronous=OFF", "corrupt"),
        ("journal_mode=DELETE", "lost"),
        ("files not synced", "corrupt"),
        ("acknowledged first", "lost"),
        ("line by line", "torn"),
    ],
)
def test_a_faulty_writer_is_seen(
    tmp_path: Path, replayed: Path, chance: random.Random, law: Law, fault: str, seen: str
) -> None:
    replay = Replay(recorded(tmp_path, chance, FEW, fault=fault), replayed, chance, law)
    outcome = replay.go_on(60)
    while not getattr(outcome, seen) and replay.cuts < 600:
        replay.go_on(60)
    print(f"{fault}: {outcome} in {replay.cuts} cuts; {replay.errors[:1]}")
    assert getattr(outcome, seen), f"{fault}: not seen"


def files_after_cuts(folder: Path, chance: random.Random, fault: str = "") -> list[str]:
    """What is wrong with a file that is written again and again, for power cuts at any call."""
    for name in ("files", "said"):
        (folder / name).mkdir()
    path, said = str(folder / "files" / "report.txt"), str(folder / "said" / "said")
    arguments = json.dumps({"path": path, "said": said, "times": 5, "fault": fault})
    disk, wrong, acknowledged = Disk([folder / "files"]), list[str](), -1
    for call in traced(folder / "trace", "replace_file", arguments, {}):
        for kept in (*KEPT, "torn", "torn"):
            content = disk.cut(chance, kept).get(path)
            if content is None:
                if acknowledged >= 0:
                    wrong.append(f"not there after {acknowledged}")
            elif len(lines := content.splitlines()) != 1_500 or len(set(lines)) > 1:
                wrong.append("half a file")
            elif int(lines[0]) < acknowledged:
                wrong.append(f"{int(lines[0])} after {acknowledged}")
        if call.name == "write" and call.files == [said]:
            acknowledged = int(call.data)
        disk.take(call)
    assert acknowledged == 4
    return wrong


def test_a_file_is_there_whole_or_as_it_was(tmp_path: Path, chance: random.Random) -> None:
    assert files_after_cuts(tmp_path, chance) == []


@pytest.mark.parametrize("fault", ["not synced", "in place"])
def test_a_file_that_is_written_otherwise_is_seen(
    tmp_path: Path, chance: random.Random, fault: str
) -> None:
    assert files_after_cuts(tmp_path, chance, fault)
