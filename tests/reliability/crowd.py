"""A store to which several processes write while others follow. For the tests of both."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from cluster import wait_for
from reliability.contention import Attempt, Verdict, founders, read_attempts, verdict
from reliability.following import ready
from reliability.nursery import Child, Nursery
from reliability.stored import whole_log
from reliability.workers import import_, now
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.store.opening import open_log

IMPORTED = 300


class Crowd:
    """Writers and followers of one store, which has `people` in it to begin with."""

    def __init__(self, nursery: Nursery, url: str, folder: Path, law: Law, people: int) -> None:
        self.nursery, self.url, self.folder, self.law = nursery, url, folder, law
        self.people, self.stop = people, folder / "stop"
        self.at_work: list[Child] = []
        self.following: list[Child] = []
        with open_log(url, now) as log:
            for facts in founders(people):
                import_(log, law, facts, folder)

    def read(self, page: int, fault: str = "") -> None:
        """Somebody who reads along."""
        self.follow("read", page=page, fault=fault, said=str(self.folder / "seen"))

    def follow(self, work: str, **arguments: Any) -> None:
        child = self.nursery.start(
            f"following:{work}", url=self.url, stop=str(self.stop), **arguments
        )
        self.following.append(child)
        wait_for(ready(str(self.stop), child.pid).exists, f"{work} to come level")

    def write(self, chance: random.Random, number: int, writers: int, *, fault: str = "") -> None:
        """So many attempts in all."""
        arguments = {"number": number // writers, "people": self.people, "fault": fault}
        for n in range(writers):
            child = self.nursery.start(
                "contention:contend", url=self.url, said=str(self.folder / f"told-{n}"), writer=n,
                seed=chance.randrange(2**32), **arguments,
            )  # fmt: skip
            self.at_work.append(child)

    def import_(self, files: int) -> None:
        """A slow writer: each of its transactions is as long as that of many facts."""
        arguments = {"folder": str(self.folder), "files": files, "people": IMPORTED}
        self.at_work.append(self.nursery.start("workers:register", url=self.url, **arguments))

    def end(self) -> None:
        """Lets the writers end, then those who follow."""
        for child in self.at_work:
            child.done()
        self.stop.touch()
        for child in self.following:
            child.done()

    def attempts(self) -> list[Attempt]:
        return read_attempts(sorted(self.folder.glob("told-*")))

    def log(self) -> list[tuple[int, Entry]]:
        with open_log(self.url, now) as log:
            return whole_log(log)

    def verdict(self) -> Verdict:
        outcome = verdict(self.law, [entry for _, entry in self.log()], self.attempts())
        print(f"{outcome}, 99 % within {self.slowest() * 1000:.0f} ms")
        return outcome

    def slowest(self) -> float:
        """The seconds within which 99 of 100 attempts were answered, conflicts and all."""
        seconds = sorted(one.seconds for one in self.attempts())
        return seconds[-1 - len(seconds) // 100]

    def seen(self) -> list[str]:
        """What the reader saw, in the order seen."""
        return (self.folder / "seen").read_text().splitlines()
