"""`kill -9` of the writing process at any moment: nothing acknowledged is lost, nothing is there
twice, no import is there in part, and the next writer goes on at once.

A killed process takes nothing with it that the system was given: this holds with a store that never
waits for the disk. Power cuts are the matter of test_power_cuts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path

import pytest

from reliability.nursery import Child, Nursery
from reliability.parcels import FOUNDING, Parcel, parcels
from reliability.stored import Outcome, acknowledged, compare, stored_entries
from reliability.stores import Stores, assert_sound
from reliability.tiers import tiers

ROUNDS_A_STORE = 5
PARCELS_A_ROUND = 12
RESTART = 2.0


class Killing:
    """Writers of one store after another, killed; and what is seen after each."""

    def __init__(
        self, nursery: Nursery, stores: Stores, folder: Path, chance: random.Random,
        *, work: str = "workers:deliver", fault: str = "",
    ) -> None:  # fmt: skip
        self.nursery, self.stores, self.folder, self.chance = nursery, stores, folder, chance
        self.work, self.arguments = work, {"fault": fault} if fault else {}
        self.outcome, self.rounds, self.killed_at_work, self.slowest_restart = Outcome(), 0, 0, 0.0
        self.takes = self._unkilled()

    def _begin(self) -> None:
        """A store that is not there yet."""
        self.url = self.stores()
        self.said = self.folder / f"said-{len(self.stores.made)}"
        self.sent: list[Parcel] = [FOUNDING]

    def _next(self) -> list[Parcel]:
        """What nobody said was stored, then more."""
        said = acknowledged(self.said)
        left = [parcel for parcel in self.sent if parcel.number not in said]
        more = parcels(self.chance, len(self.sent), PARCELS_A_ROUND - len(left))
        self.sent += more
        return left + more

    def _start(self) -> Child:
        return self.nursery.start(
            self.work, url=self.url, said=str(self.said), numbers=self._next(), **self.arguments
        )

    def _unkilled(self) -> float:
        """How long a writer takes from start to end."""
        self._begin()
        start = time.monotonic()
        self._start().done()
        return time.monotonic() - start

    def _look(self) -> None:
        start = time.monotonic()
        entries = stored_entries(self.url)
        self.slowest_restart = max(self.slowest_restart, time.monotonic() - start)
        self.outcome += compare(entries, self.sent, acknowledged(self.said))

    def round(self) -> None:
        """A writer killed at a moment by chance, and what it leaves."""
        self.rounds += 1
        at_work = self._start().killed(self.chance.random() * self.takes)
        self.killed_at_work += at_work
        # a machine is now quicker, now slower: about one in three comes to its end
        self.takes *= 1.05 if at_work else 0.9
        self._look()

    def end(self) -> None:
        """The last writer of a store is left to end: everything sent is there, once."""
        self._start().done()
        self._look()
        assert_sound(self.url)

    def go_on(self, rounds: int, until: Callable[[Outcome], int] = lambda outcome: 0) -> Outcome:
        """So many kills, or until something is seen."""
        while self.rounds < rounds and not until(self.outcome):
            if self.rounds % ROUNDS_A_STORE == 0:
                self._begin()
            self.round()
            if self.rounds % ROUNDS_A_STORE == 0 and not until(self.outcome):
                self.end()
        print(f"{self.rounds} kills, {self.killed_at_work} at work: {self.outcome}")
        print(f"slowest restart {self.slowest_restart:.3f} s")
        return self.outcome


@tiers("R1", 40, 400)
def test_a_writer_killed_loses_nothing_that_it_acknowledged(
    nursery: Nursery, stores_on_disk: Stores, tmp_path: Path, chance: random.Random, times: int
) -> None:
    killing = Killing(nursery, stores_on_disk, tmp_path, chance)
    outcome = killing.go_on(times // stores_on_disk.share)
    assert outcome.well, outcome
    assert outcome.acknowledged > 10 * killing.rounds, "hardly anything was written"
    assert killing.killed_at_work > killing.rounds / 2, "hardly anything was killed"
    assert killing.slowest_restart <= RESTART


@tiers("R1_COMMANDS", 8, 60)
def test_a_command_killed_loses_nothing_that_it_acknowledged(
    nursery: Nursery, stores_on_disk: Stores, tmp_path: Path, chance: random.Random, times: int
) -> None:
    work = "workers:deliver_by_command"
    killing = Killing(nursery, stores_on_disk, tmp_path, chance, work=work)
    outcome = killing.go_on(times // stores_on_disk.share)
    assert outcome.well, outcome
    assert killing.killed_at_work > killing.rounds / 2, "hardly anything was killed"
    assert killing.slowest_restart <= RESTART


@pytest.mark.parametrize(
    ("fault", "seen"),
    [("acknowledged first", "lost"), ("line by line", "torn"), ("a new id", "twice")],
)
def test_a_faulty_writer_is_seen(
    nursery: Nursery, stores: Stores, tmp_path: Path, chance: random.Random, fault: str, seen: str
) -> None:
    killing = Killing(nursery, stores, tmp_path, chance, fault=fault)
    outcome = killing.go_on(100, until=attrgetter(seen))
    assert getattr(outcome, seen), f"{fault}: not seen in {killing.rounds} kills"
