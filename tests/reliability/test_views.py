"""The views, whatever happens to those who keep them: row by row those of a fresh fold of the log.

A fact missed leaves rows out; a page taken in twice leaves rows that a fresh fold does not have.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from population import fill, recorded
from reliability.crowd import Crowd
from reliability.following import WHOLE, engine_of
from reliability.nursery import Child, Nursery
from reliability.stores import Rows, Stores, views
from reliability.tiers import tiers
from reliability.workers import now
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.store.opening import open_log

PAGES = (1, 3, 20, 500)
FACTS = 240
CHUNK = 20
# The key of a view's table stands in the way of a second row of one moment.
SEEN = re.compile("rows missing|Conflict|deadlock")


@pytest.fixture(scope="module")
def entries(law: Law) -> list[Entry]:
    """What is recorded of a few people made up by chance."""
    return recorded(law, random.Random(7), people=12, facts=FACTS)


@pytest.fixture
def filled(url: str, entries: list[Entry]) -> str:
    """A store of these, without a view."""
    with open_log(url, now) as log:
        fill(log, entries)
    return url


def fresh(url: str, law: Law) -> Rows:
    """The views of a store, rebuilt in one go."""
    with open_log(url, now) as log:
        engine_of(log, law, WHOLE).rebuild()
    return views(url)


@pytest.fixture
def expected(filled: str, stores: Stores, entries: list[Entry], law: Law) -> Rows:
    """The views of another store of the same."""
    other = stores()
    with open_log(other, now) as log:
        fill(log, entries)
    found = fresh(other, law)
    assert all(found.values()), "a view without a row proves nothing"
    return found


def assert_same(kept: Rows, expected: Rows) -> None:
    missing, surplus = difference(kept, expected)
    assert (missing, surplus) == (0, 0), f"rows missing {missing}, too many {surplus}"
    assert kept == expected


def difference(kept: Rows, expected: Rows) -> tuple[int, int]:
    """How many rows of a fresh fold are missing, and how many there are that it does not have."""
    there, right = set(each(kept)), set(each(expected))
    return len(right - there), len(there - right)


def each(rows: Rows) -> Iterator[tuple[object, ...]]:
    return ((table, *row) for table, held in rows.items() for row in held)


class Killing:
    """Workers that keep the views of a growing log and are killed at it."""

    def __init__(
        self, nursery: Nursery, url: str, entries: Sequence[Entry], chance: random.Random,
        fault: str = "",
    ) -> None:  # fmt: skip
        self.nursery, self.url, self.chance, self.fault = nursery, url, chance, fault
        self.chunks = [entries[n : n + CHUNK] for n in range(0, len(entries), CHUNK)]
        self.record()
        self.worker().done()  # that is a build; what comes now is taken in page by page
        self.record()
        start = time.monotonic()
        self.worker().done()
        self.takes, self.killed = time.monotonic() - start, 0

    def record(self) -> None:
        with open_log(self.url, now) as log:
            fill(log, self.chunks.pop(0))

    def worker(self) -> Child:
        # one fact of an individual taken in twice leaves nothing: the second replaces the first
        page = 7 if self.fault else self.chance.choice((1, 3, 7))
        return self.nursery.start("following:keep", url=self.url, page=page, fault=self.fault)

    def go_on(self, times: int) -> None:
        """So many kills; facts come in whenever a worker came to its end first."""
        while self.killed < times and self.chunks:
            if self.worker().killed(self.chance.random() * self.takes):
                self.killed, self.takes = self.killed + 1, self.takes * 1.05
            else:  # about one in three, on a machine that is now quicker, now slower
                self.takes *= 0.9
                self.record()
        self.worker().done()
        print(f"{self.killed} kills")


@tiers("R11", 20, 120)
def test_a_worker_killed_leaves_whole_pages(
    nursery: Nursery, stores: Stores, law: Law, chance: random.Random, times: int
) -> None:
    """`kill -9` at any moment while it keeps the views; the next one goes on where it was."""
    times //= stores.share
    entries = recorded(law, chance, people=12, facts=CHUNK * (times // 2 + 8))
    killing = Killing(nursery, stores(), entries, chance)
    killing.go_on(times)
    assert killing.killed > times / 2, "hardly anything was killed"
    assert_same(views(killing.url), fresh(killing.url, law))


def test_an_engine_whose_position_is_apart_is_seen_when_killed(
    nursery: Nursery, url: str, law: Law, chance: random.Random
) -> None:
    entries = recorded(law, chance, people=2, facts=FACTS)
    with pytest.raises(AssertionError, match=SEEN) as seen:
        Killing(nursery, url, entries, chance, fault="position apart").go_on(40)
        assert_same(views(url), fresh(url, law))
    print(str(seen.value).splitlines()[-1])


@tiers("R11_BUILDS", 8, 40)
def test_a_build_killed_is_begun_again(
    nursery: Nursery, filled: str, stores: Stores, chance: random.Random, expected: Rows, times: int
) -> None:
    """In place or beside what was there: the next one that wants the views has all of them."""
    start, killed = time.monotonic(), 0
    nursery.start("following:rebuild", url=filled, page=20).done()
    takes = time.monotonic() - start
    for number in range(times // stores.share):
        page = chance.choice(PAGES)
        child = nursery.start("following:rebuild", url=filled, page=page, beside=bool(number % 2))
        killed += child.killed(chance.random() * takes)
        nursery.start("following:keep", url=filled, page=page).done()
        assert_same(views(filled), expected)
    print(f"{killed} builds killed")
    assert killed


@pytest.mark.parametrize("page", PAGES)
def test_the_size_of_a_page_changes_nothing(
    filled: str, law: Law, expected: Rows, page: int
) -> None:
    with open_log(filled, now) as log:
        engine_of(log, law, page).catch_up()
    assert_same(views(filled), expected)


def test_a_replay_changes_nothing(filled: str, law: Law, expected: Rows) -> None:
    with open_log(filled, now) as log:
        for page in (20, 500, 1):
            for work in (engine_of(log, law, page).catch_up, engine_of(log, law, page).rebuild):
                work()
                assert_same(views(filled), expected)


def test_two_workers_give_the_same_as_one(nursery: Nursery, filled: str, expected: Rows) -> None:
    two = [nursery.start("following:keep", url=filled, page=page) for page in (1, 7)]
    for one in two:
        one.done()
    assert_same(views(filled), expected)


class TestWhileOthersWrite:
    """A slow writer, each of whose transactions holds the log for a while, and fast ones."""

    @pytest.fixture
    def crowd(self, nursery: Nursery, url: str, tmp_path: Path, law: Law) -> Crowd:
        return Crowd(nursery, url, tmp_path, law, people=20)

    def written(self, crowd: Crowd, chance: random.Random, times: int) -> tuple[Rows, Rows]:
        """What the views are when everybody has ended, and what a fresh fold makes of the log."""
        crowd.write(chance, times, writers=2)
        crowd.import_(files=times // 100)
        crowd.end()
        return views(crowd.url), fresh(crowd.url, crowd.law)

    @tiers("R11_WRITERS", 120, 1_500)
    def test_workers_of_small_and_of_large_pages(
        self, crowd: Crowd, stores: Stores, chance: random.Random, times: int
    ) -> None:
        crowd.read(page=7)
        for page in (1, 500):
            crowd.follow("keep", page=page)
        assert_same(*self.written(crowd, chance, times // stores.share))
        assert crowd.seen() == [f"{position} {entry.name}" for position, entry in crowd.log()]

    @pytest.mark.parametrize("beside", [False, True], ids=["in place", "beside"])
    @tiers("R11_WRITERS", 120, 1_500)
    def test_a_rebuild(
        self, crowd: Crowd, stores: Stores, chance: random.Random, beside: bool, times: int
    ) -> None:
        crowd.follow("rebuild", page=50, beside=beside, pause=0.1)
        crowd.follow("keep", page=20)
        assert_same(*self.written(crowd, chance, times // stores.share))


@pytest.mark.parametrize(
    ("fault", "pages"), [("position apart", (40, 60)), ("position of the log", (3,))]
)
def test_a_faulty_engine_is_seen(
    nursery: Nursery, url: str, tmp_path: Path, law: Law, chance: random.Random, fault: str,
    pages: tuple[int, ...],
) -> None:  # fmt: skip
    crowd = Crowd(nursery, url, tmp_path, law, people=4)
    nursery.start("following:keep", url=url, page=20).done()
    crowd.write(chance, 200, writers=2)
    crowd.end()
    workers = [nursery.start("following:keep", url=url, page=n, fault=fault) for n in pages]
    with pytest.raises(AssertionError, match=SEEN) as seen:
        for one in workers:
            one.done()
        assert_same(views(url), fresh(url, law))
    print(f"{fault}: {str(seen.value).splitlines()[-1]}")
