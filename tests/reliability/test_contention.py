"""Eight processes that write to the same individuals: every fact accepted is stored once, on a
record that allows it; every refusal was right at the time; a process that reads along misses none.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from reliability.crowd import Crowd
from reliability.following import WHOLE, engine_of
from reliability.nursery import Nursery
from reliability.stored import assert_gapless
from reliability.stores import Stores, assert_sound, views
from reliability.tiers import tiers
from reliability.workers import now
from tracker.domain.law.tables import Law
from tracker.store.opening import open_log

WRITERS, PEOPLE = 8, 50
RETRY = 0.5


@pytest.fixture
def crowd(nursery: Nursery, url: str, tmp_path: Path, law: Law) -> Crowd:
    return Crowd(nursery, url, tmp_path, law, PEOPLE)


@tiers("R9", 600, 6_000)
def test_writers_of_the_same_individuals(
    crowd: Crowd, stores: Stores, chance: random.Random, times: int
) -> None:
    """With somebody who reads along, and somebody who keeps the views, all the while."""
    crowd.read(page=20)
    crowd.follow("keep", page=100)
    number = times // stores.share // WRITERS * WRITERS
    crowd.write(chance, number, WRITERS)
    crowd.end()
    verdict = crowd.verdict()
    assert verdict.well, verdict
    assert crowd.slowest() <= RETRY
    assert verdict.accepted + verdict.refused + verdict.known == number
    assert min(verdict.accepted, verdict.refused) > number / 200, "hardly any contention"
    log = crowd.log()
    assert_gapless(log)
    assert crowd.seen() == [f"{position} {entry.name}" for position, entry in log]
    then_the_views_are_those_of_a_rebuild(crowd)
    assert_sound(crowd.url)


def then_the_views_are_those_of_a_rebuild(crowd: Crowd) -> None:
    kept = views(crowd.url)
    with open_log(crowd.url, now) as log:
        engine_of(log, crowd.law, WHOLE).rebuild()
    assert views(crowd.url) == kept
    assert all(kept.values()), "a view without a row proves nothing"


def test_writers_that_decide_on_what_may_be_stale_are_seen(
    nursery: Nursery, url: str, tmp_path: Path, law: Law, chance: random.Random
) -> None:
    crowd = Crowd(nursery, url, tmp_path, law, people=4)
    crowd.write(chance, 800, WRITERS, fault="decided on what may be stale")
    crowd.end()
    assert crowd.verdict().unlawful


def test_writers_that_pass_over_refusals_are_seen(crowd: Crowd, chance: random.Random) -> None:
    crowd.write(chance, 200, WRITERS, fault="refusals passed over")
    crowd.end()
    assert crowd.verdict().lost


def test_a_reader_that_reads_its_position_apart_is_seen(
    crowd: Crowd, chance: random.Random
) -> None:
    crowd.read(page=20, fault="position read apart")
    crowd.write(chance, 800, WRITERS)
    crowd.end()
    assert len(crowd.seen()) < len(crowd.log())


def test_a_gap_would_be_seen(crowd: Crowd) -> None:
    log = crowd.log()
    assert_gapless(log)
    for damaged in (log[:-2] + log[-1:], log[1:], [*log, log[-1]]):
        with pytest.raises(AssertionError):
            assert_gapless(damaged)
