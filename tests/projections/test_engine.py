"""The engine of the views: a page and its position commit together, whoever else is at work."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from population import recorded, refilled
from projections import Engine, View, all_views
from projections.bitemporal import BitemporalView
from projections.counts import Counts
from running import Tracker
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store.log import Log, open_log
from wire import Written, level, registered

Rows = dict[str, list[tuple[Any, ...]]]


@contextmanager
def opened(store: Path) -> Iterator[Log]:
    with open_log(f"sqlite:///{store}", lambda: datetime.now(UTC)) as log:
        yield log


def tables(store: Path) -> Rows:
    """Every row of every view, and how far each has come."""
    with closing(sqlite3.connect(store)) as connection:
        found = "SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'view_%'"
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
            for (name,) in connection.execute(found).fetchall()
        }


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, law: Law) -> Path:
    """A store of people made up by chance, some of whose facts came in at one moment."""
    store = tmp_path_factory.mktemp("views") / "tracker.db"
    with refilled(store, recorded(law, random.Random(7), people=12, facts=240)):
        return store


@pytest.fixture(scope="module")
def expected(template: Path, law: Law) -> Rows:
    """The views of that store, built in one go from nothing."""
    store = template.with_name("expected.db")
    shutil.copyfile(template, store)
    with opened(store) as log:
        assert Engine(log, law, all_views(), page=10_000).catch_up() == 240
    found = tables(store)
    assert all(found.values()), "a view without a row proves nothing"
    return found


@pytest.fixture
def store(tmp_path: Path, template: Path) -> Path:
    shutil.copyfile(template, tmp_path / "tracker.db")
    return tmp_path / "tracker.db"


@pytest.fixture
def tracker(store: Path) -> Tracker:
    return Tracker(store)


class Crash(Exception):
    """What a power cut would do."""


class Crashing(BitemporalView):
    """A view that takes in a number of subjects and then crashes."""

    def __init__(self, view: BitemporalView, after: int) -> None:
        self.name, self.version, self.parts = view.name, view.version, view.parts
        self.left = after

    def take(self, c: Any, subject: str, known: Any) -> None:
        super().take(c, subject, known)
        self.left -= 1
        if self.left <= 0:
            raise Crash


@pytest.mark.parametrize("page", [1, 7, 100, 1000])
def test_views_are_the_same_whatever_the_size_of_a_page(
    store: Path, law: Law, expected: Rows, page: int
) -> None:
    with opened(store) as log:
        assert Engine(log, law, all_views(), page).catch_up() == 240
    assert tables(store) == expected


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_views_are_the_same_where_everything_came_at_one_moment(
    tmp_path: Path, law: Law, template: Path, page: int
) -> None:
    found = []
    for size in (page, 10_000):
        fresh = Tracker(tmp_path / f"{size}.db")
        out = tmp_path / "out.jsonl"
        out.write_text(Tracker(template).export(), encoding="utf-8")
        fresh("import", out).done()
        with opened(fresh.store) as log:
            Engine(log, law, all_views(), size).catch_up()
        rows = tables(fresh.store)
        del rows["view_positions"]
        # each store has a moment of its own
        found.append({k: [(*row[:-2], row[-1] is None) for row in v] for k, v in rows.items()})
    assert found[0] == found[1]
    assert all(row[-1] for held in found[0].values() for row in held), "nothing was known before"


@pytest.mark.parametrize("after", [1, 5, 30])
@pytest.mark.parametrize("which", range(4))
def test_a_crash_within_a_page_leaves_the_page_and_the_position(
    store: Path, law: Law, expected: Rows, after: int, which: int
) -> None:
    views: list[View] = all_views()
    whole = views[which]
    assert isinstance(whole, BitemporalView)
    views[which] = Crashing(whole, after)
    with opened(store) as log:
        engine = Engine(log, law, views, page=20)
        with pytest.raises(Crash):
            engine.catch_up()
        positions = {position for _, position in engine.positions().values()}
        assert len(positions) == 1
        assert positions.pop() % 20 == 0
        if after == 1:
            assert not any(rows for name, rows in tables(store).items() if name != "view_positions")
        views[which] = whole
        assert engine.catch_up() == 240, "the same engine goes on where it stopped"
    assert tables(store) == expected


def test_views_that_are_level_are_left_alone(store: Path, law: Law, expected: Rows) -> None:
    with opened(store) as log:
        for _ in range(3):
            Engine(log, law, all_views()).catch_up()
        with mock.patch.object(log.datastore, "writing", side_effect=AssertionError("written")):
            Engine(log, law, all_views()).catch_up()
    assert tables(store) == expected


def test_a_rebuild_from_nothing_gives_the_same(
    store: Path, tracker: Tracker, expected: Rows
) -> None:
    tracker("counts").done()
    assert tables(store) == expected
    assert tracker("rebuild").done().out == "views rebuilt up to position 240\n"
    assert tables(store) == expected


@pytest.mark.parametrize("name", [view.name for view in all_views()])
def test_a_rebuild_of_one_view_mends_that_one(
    store: Path, tracker: Tracker, expected: Rows, name: str
) -> None:
    tracker("counts").done()
    spoiled = {"spells": "view_spells", "counts": "view_standing",
               "eligibility": "view_eligibility", "annual_return": "view_occurrences"}  # fmt: skip
    with closing(sqlite3.connect(store)) as connection, connection:
        for table in spoiled.values():
            connection.execute(f"DELETE FROM {table}")
    tracker("rebuild", name).done()
    found = tables(store)
    for view, table in spoiled.items():
        assert found[table] == (expected[table] if view == name else [])
    tracker("rebuild").done()
    assert tables(store) == expected


def test_a_rebuild_of_an_unknown_view_says_which_there_are(tracker: Tracker) -> None:
    tracker("rebuild", "figures").refused("no view figures", "spells, counts, eligibility")


def test_views_are_built_again_where_their_version_changed(
    store: Path, law: Law, expected: Rows
) -> None:
    with opened(store) as log:
        Engine(log, law, all_views()).catch_up()
        changed = [view for view in all_views() if view.name != "counts"]
        newer = Counts()
        newer.version = 99
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("DELETE FROM view_standing")
            connection.execute("DELETE FROM view_spells")
        Engine(log, law, [*changed, newer]).catch_up()
    found = tables(store)
    assert found["view_standing"] == expected["view_standing"]
    assert found["view_spells"] == [], "this one's version stood"


def test_views_are_built_again_where_the_law_changed(store: Path, tracker: Tracker) -> None:
    def in_category_4(**env: str) -> int:
        Tracker(store, env)("counts").done()
        rows = tables(store)["view_standing"]
        return sum(row[3] == 4 for row in rows)

    first = in_category_4()
    other = in_category_4(TRACKER_CATEGORY_4="beneath")
    assert first > other
    assert in_category_4() == first


def test_views_ahead_of_the_log_are_refused_with_what_to_do(
    store: Path, tracker: Tracker, expected: Rows
) -> None:
    """What a log restored from an older backup beside newer views looks like."""
    tracker("counts").done()
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("UPDATE view_positions SET position=999 WHERE view='spells'")
    for command in (["counts"], ["eligible"], ["diary"], ["return", "cheshire", "2022-23"]):
        tracker(*command).refused("spells", "ahead of the log", "tracker rebuild")
    tracker("rebuild").done()
    assert tables(store) == expected


class TestSeveralWorkers:
    def test_threads_of_one_log_give_the_same_as_one(
        self, store: Path, law: Law, expected: Rows
    ) -> None:
        failed: list[BaseException] = []

        def work(log: Log) -> None:
            try:
                Engine(log, law, all_views(), page=5).catch_up()
            except BaseException as error:
                failed.append(error)

        with opened(store) as log:
            workers = [threading.Thread(target=work, args=(log,)) for _ in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(timeout=60)
        assert failed == []
        assert tables(store) == expected

    def test_processes_give_the_same_as_one(self, tracker: Tracker, expected: Rows) -> None:
        running = [
            tracker.started("rebuild" if n == 0 else "counts", stdout=subprocess.PIPE)
            for n in range(4)
        ]
        for one in running:
            one.communicate(timeout=60)
        assert [one.returncode for one in running] == [0] * 4
        tracker("counts").done()
        assert tables(tracker.store) == expected

    def test_a_reader_takes_in_what_was_recorded_meanwhile(
        self, tracker: Tracker, law: Law, file: Written
    ) -> None:
        with opened(tracker.store) as log:
            engine = Engine(log, law, all_views())
            engine.catch_up()
            facts = [registered("n1", subject="N-1"), level("n2", "2020-02-01", 2, subject="N-1")]
            tracker("import", file(*facts, name="n.jsonl")).done()
            tracker("counts").done()
            more = level("n3", "2020-02-02", 3, subject="N-1")
            tracker("import", file(more, name="m.jsonl")).done()
            assert engine.catch_up() == 243, "another worker was there in between"
        before = tables(tracker.store)
        tracker("rebuild").done()
        assert tables(tracker.store) == before


def test_a_view_that_is_unknown_is_an_error(law: Law, log: Log) -> None:
    with pytest.raises(TrackerError, match="there is no view x; there are spells"):
        Engine(log, law, all_views()).rebuild(["x"])
