"""Writers at work while a server dies, and what they were told. For the tests of this folder."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import IO, NamedTuple

from cluster import wait_for

PROGRAM = Path(__file__).with_name("writer.py")
ACKNOWLEDGED = ("stored", "known")
Key = tuple[str, str]


class Said(NamedTuple):
    """What a writer was told of a fact: stored, known, refused, or (as yet) unknown."""

    at: float
    writer: int
    word: str
    key: Key
    more: str


class Writers:
    """So many processes that record facts in one store, and all that they said."""

    def __init__(self, store: str, number: int = 4) -> None:
        self.said: list[Said] = []
        self._processes = [
            subprocess.Popen(
                [sys.executable, str(PROGRAM), store, str(n)],
                stdout=subprocess.PIPE, text=True, env=os.environ,
            )
            for n in range(number)
        ]  # fmt: skip
        self._listeners = [
            Thread(target=self._listen, args=(n, one.stdout), daemon=True)
            for n, one in enumerate(self._processes)
        ]
        for one in self._listeners:
            one.start()

    def _listen(self, writer: int, lines: IO[str]) -> None:
        for line in lines:
            word, source, id_, *more = line.split()
            self.said.append(Said(time.monotonic(), writer, word, (source, id_), " ".join(more)))

    def __enter__(self) -> Writers:
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._processes:
            one.kill()
        self._collect()

    def _collect(self) -> None:
        for one, listener in zip(self._processes, self._listeners, strict=True):
            one.wait(60)
            listener.join(60)
            assert one.stdout is not None
            one.stdout.close()

    def acknowledged(self, until: float = math.inf) -> set[Key]:
        """What writers were told is stored, up to a moment."""
        return {s.key for s in list(self.said) if s.word in ACKNOWLEDGED and s.at <= until}

    def unresolved(self) -> set[Key]:
        """What no writer was ever told about, one way or the other."""
        return {s.key for s in self.said if s.word == "unknown"} - self.acknowledged()

    def refused(self) -> list[Said]:
        return [s for s in self.said if s.word == "refused"]

    def until_all_write(self, within: float = 60) -> float:
        """Waits until each of them is told of another fact; the moment the last one was."""
        since, seen, first = time.monotonic(), len(self.said), dict[int, float]()

        def all_did() -> bool:
            for s in self.said[seen:]:
                if s.word in ACKNOWLEDGED:
                    first.setdefault(s.writer, s.at)
            alive = [one.poll() is None for one in self._processes]
            assert all(alive), f"a writer has ended: {self._processes}"
            return len(first) == len(self._processes)

        wait_for(all_did, "all writers to write", within)
        return max(since, *first.values())

    def finish(self) -> None:
        """Lets each end in good order, which is when it has been told of the fact in hand."""
        for one in self._processes:
            one.terminate()
        self._collect()
        assert [one.returncode for one in self._processes] == [0] * len(self._processes)

    def figures(self) -> str:
        words = Counter(s.word for s in self.said)
        asked_again = {s.key for s in self.said if s.word == "unknown"}
        known = {s.key for s in self.said if s.word == "known"} & asked_again
        return (
            f"{len(self.acknowledged())} facts acknowledged, {len(asked_again)} of unknown outcome "
            f"({len(known)} of them stored all the same), {words['refused']} refused"
        )


def lost(writers: Writers, stored: Sequence[Key]) -> set[Key]:
    """What was acknowledged and is not there."""
    return writers.acknowledged() - set(stored)


def twice(stored: Sequence[Key]) -> set[Key]:
    return {key for key, number in Counter(stored).items() if number > 1}


def all_is_there_once(writers: Writers, stored: Sequence[Key]) -> None:
    """Nothing acknowledged is lost, nothing is there twice, nothing that nobody was told of."""
    assert not (gone := lost(writers, stored)), f"{len(gone)} acknowledged facts lost: {gone}"
    assert not twice(stored)
    assert not writers.unresolved()
    assert not writers.refused()
    assert not set(stored) - writers.acknowledged()
