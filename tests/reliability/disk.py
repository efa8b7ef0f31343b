"""A disk that loses power: what it may have kept of what a process asked of it.

What was written before a file was last synced is there. What was written since may be there or not,
in part, and in another order. Names (made, moved, removed) are kept in the order they were given,
and all of them once any file or folder was synced, as journaling file systems do. What is written
through memory is not seen: of SQLite's files that is the index of the write-ahead log, which is
made anew after a crash.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from reliability.syscalls import UNKNOWN, Call

SECTOR = 512


class Change(NamedTuple):
    """Of the content of a file: bytes at an offset, or without any the new length."""

    file: int
    offset: int
    data: bytes | None

    def sectors(self) -> list[Change]:
        """As a disk writes it: each sector whole or not at all."""
        if self.data is None:
            return [self]
        first = SECTOR - self.offset % SECTOR
        starts = [0, *range(first, len(self.data), SECTOR)]
        ends = [*starts[1:], len(self.data)]
        return [
            Change(self.file, self.offset + start, self.data[start:end])
            for start, end in zip(starts, ends, strict=True)
        ]

    def apply(self, content: bytearray) -> None:
        if len(content) < self.offset:
            content.extend(bytes(self.offset - len(content)))
        if self.data is None:
            del content[self.offset :]
        else:
            content[self.offset : self.offset + len(self.data)] = self.data


Names = dict[str, int | None]
Kept = Callable[[random.Random, Sequence[Change]], list[Change]]


def _half(chance: random.Random, changes: Sequence[Change]) -> list[Change]:
    likely = chance.random()
    return [change for change in changes if chance.random() < likely]


def _torn(chance: random.Random, changes: Sequence[Change]) -> list[Change]:
    kept = _half(chance, [sector for change in changes for sector in change.sectors()])
    chance.shuffle(kept)
    return kept


KEPT: dict[str, Kept] = {
    "dropped": lambda chance, changes: [],
    "kept": lambda chance, changes: list(changes),
    "half": _half,
    "torn": _torn,
}


class Disk:
    """The files of some folders, as far as they are safe, and what is not yet."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = tuple(f"{folder}/" for folder in folders)
        self.fresh = count()
        self.seen: Names = {}
        self.sizes: dict[int, int] = {}
        self.names: Names = {}
        self.contents: dict[int, bytearray] = {}
        self.renamed: list[Names] = []
        self.changes: list[Change] = []

    def take(self, call: Call) -> None:
        """A call that ended; one that is of no file here changes nothing."""
        files = [f for f in call.files if f.startswith(self.folders) and not f.endswith("-shm")]
        if call.name in ("fsync", "fdatasync"):
            self._synced(self.seen.get(call.files[0]))
        elif files:
            assert call.name not in UNKNOWN, f"{call.name} of {files[0]} is not replayed"
            self._changed(call, files)

    def _changed(self, call: Call, files: list[str]) -> None:
        if call.name in ("write", "pwrite64", "ftruncate"):
            self._written(self._file(files[0]), call)
        elif call.name.startswith("unlink"):
            self._named({files[0]: None})
        elif call.name.startswith("rename"):
            self._named({files[0]: None, files[1]: self._file(files[0])})
        else:
            self._named({files[1]: self._file(files[0])})

    def _file(self, name: str) -> int:
        found = self.seen.get(name)
        if found is None:
            found = next(self.fresh)
            self._named({name: found})
            self.contents[found], self.sizes[found] = bytearray(), 0
        return found

    def _named(self, names: Names) -> None:
        self.seen |= names
        self.renamed.append(names)

    def _written(self, file: int, call: Call) -> None:
        if call.name == "ftruncate":
            change = Change(file, call.number, None)
            self.sizes[file] = call.number
        else:
            # a plain write goes on where the file ends
            offset = call.number if call.name == "pwrite64" else self.sizes[file]
            change = Change(file, offset, call.data)
            self.sizes[file] = max(self.sizes[file], offset + len(call.data))
        self.changes.append(change)

    def _synced(self, file: int | None) -> None:
        for names in self.renamed:
            self.names |= names
        self.renamed = []
        for change in self.changes:
            if change.file == file:
                change.apply(self.contents[change.file])
        self.changes = [change for change in self.changes if change.file != file]

    def cut(self, chance: random.Random, kept: str) -> dict[str, bytes]:
        """The files after a power cut now, by name."""
        names = self.names | {}
        for more in self.renamed[: self._names_kept(chance, kept)]:
            names |= more
        there = {name: file for name, file in names.items() if file is not None}
        contents = {file: bytearray(self.contents[file]) for file in there.values()}
        for change in KEPT[kept](chance, self.changes):
            if change.file in contents:
                change.apply(contents[change.file])
        return {name: bytes(contents[file]) for name, file in there.items()}

    def _names_kept(self, chance: random.Random, kept: str) -> int:
        most = len(self.renamed)
        return {"dropped": 0, "kept": most}.get(kept, chance.randrange(most + 1))
