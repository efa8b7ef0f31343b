"""The primary is killed, its synchronous standby takes over, the writers move (reliability R5).

Two clusters on one machine: they show that nothing acknowledged is lost and nothing is stored
twice, not what a network does.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from cluster import Cluster, wait_for
from reliability.tiers import tiers
from reliability_postgres import real_store
from reliability_postgres.writing import Writers, all_is_there_once, lost

BACK_WITHIN = 10
SYNCHRONOUS = "FIRST 1 (s1)"
CANCEL = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event='SyncRep'"
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("postgres_programs")]


@dataclass(frozen=True)
class Pair:
    """A primary with a store, and the standby that follows it."""

    primary: Cluster
    standby: Cluster

    @property
    def url(self) -> str:
        """As a program writes it that wants whichever of the two takes writes."""
        places = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        return f"postgresql://postgres@{places}/tracker?target_session_attrs=read-write"

    def wait_until(self, state: str) -> None:
        wait_for(lambda: self.state() == state, f"the standby to be {state}")

    def state(self) -> str | None:
        found = self.primary.ask(
            "SELECT sync_state FROM pg_stat_replication WHERE application_name='s1'"
        )
        return None if found is None else str(found)

    def cut_the_link(self) -> None:
        """Nothing of what the primary commits from now on arrives at the standby."""
        self.standby.ask("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'")
        self.standby.ask("SELECT pg_reload_conf()")
        wait_for(lambda: self.state() is None, "the link to be cut")

    def receiver(self) -> int:
        """The process of the standby that receives what the primary commits."""
        return int(self.standby.ask("SELECT pid FROM pg_stat_wal_receiver"))

    def fail_over(self) -> float:
        """As docs/operations.md says; the moment from which the standby takes writes."""
        self.primary.kill()
        self.standby.promote()
        return time.monotonic()

    def turned(self) -> Pair:
        """The old primary follows the one that took over, as docs/operations.md says."""
        old, new = self.primary, self.standby
        origin = f"host=127.0.0.1 port={new.port} user=postgres dbname=postgres"
        old.run(
            "pg_rewind", "-D", str(old.data), "-R",
            "--source-server", f"{origin} application_name=s1",
        )  # fmt: skip
        old.settings["synchronous_standby_names"] = ""
        old.write_settings()  # what it has now is a copy of the other's
        old.start()
        two = Pair(new, old)
        new.set(synchronous_standby_names=SYNCHRONOUS)
        two.wait_until("sync")
        return two


@contextmanager
def pair(synchronous: bool = True) -> Iterator[Pair]:
    with Cluster() as primary:
        primary.start().ask("CREATE DATABASE tracker")
        real_store.made(primary.url("tracker"))
        with primary.standby() as standby:
            standby.start()
            two = Pair(primary, standby)
            if synchronous:
                primary.set(synchronous_standby_names=SYNCHRONOUS)
            two.wait_until("sync" if synchronous else "async")
            yield two


@tiers("R5", quick=1, long=5)
def test_no_fact_acknowledged_is_lost_when_the_standby_takes_over(
    chance: random.Random, times: int
) -> None:
    for _ in range(times):
        fails_over(chance)


def fails_over(chance: random.Random) -> None:
    with pair() as two, Writers(two.url) as writers:
        writers.until_all_write()
        real_store.views(two.url)
        time.sleep(chance.random())
        began = time.monotonic()
        took_over = two.fail_over()
        back = writers.until_all_write(within=BACK_WITHIN)
        writers.finish()
        print(f"promoted in {took_over - began:.2f} s, writers back after {back - began:.2f} s")
        print(writers.figures())
        assert back - began <= BACK_WITHIN
        all_is_there_once(writers, real_store.stored(two.url))
        real_store.verified(two.url)
        real_store.views_equal_a_rebuild(two.url)


def test_the_old_primary_follows_and_takes_over_again(chance: random.Random) -> None:
    """It had facts that were never acknowledged, perhaps: they go, and nothing else does."""
    with pair() as two, Writers(two.url) as writers:
        for pair_of in (lambda: two, two.turned):
            there = pair_of()
            writers.until_all_write()
            time.sleep(chance.random())
            there.fail_over()
            writers.until_all_write(within=BACK_WITHIN)
        writers.finish()
        print(writers.figures())
        all_is_there_once(writers, real_store.stored(two.url))
        real_store.verified(two.url)


def test_a_standby_that_is_behind_would_be_noticed() -> None:
    """The deliberate fault: nobody waits for the standby, and its link is cut."""
    with pair(synchronous=False) as two, Writers(two.url) as writers:
        writers.until_all_write()
        two.cut_the_link()
        writers.until_all_write()
        two.fail_over()
        writers.until_all_write()
        gone = lost(writers, real_store.stored(two.url))
        print(f"{len(gone)} of {len(writers.acknowledged())} acknowledged facts lost")
    assert gone


def test_no_fact_is_acknowledged_while_the_synchronous_standby_does_not_answer() -> None:
    """Writers wait: to acknowledge a fact that is on one machine alone would be to lose it."""
    with pair() as two, Writers(two.url) as writers:
        writers.until_all_write()
        receiver = two.receiver()
        os.kill(receiver, signal.SIGSTOP)
        time.sleep(0.5)  # what was under way is told
        before = writers.acknowledged()
        time.sleep(2)
        assert writers.acknowledged() == before
        os.kill(receiver, signal.SIGCONT)
        writers.until_all_write()
        writers.finish()
        all_is_there_once(writers, real_store.stored(two.url))


def test_a_wait_for_the_standby_that_is_cancelled_is_not_reported_as_success() -> None:
    """The fact is on the primary then, and perhaps nowhere else: to ask again must not hide it."""
    with pair() as two, Writers(two.url) as writers:
        writers.until_all_write()
        two.cut_the_link()
        for _ in range(10):
            two.primary.ask(CANCEL)
            time.sleep(0.1)
        two.fail_over()
        writers.until_all_write()
        writers.finish()
        all_is_there_once(writers, real_store.stored(two.url))
