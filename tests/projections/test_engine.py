"""The engine: a page and its position commit together, whatever other workers do."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from population import fill
from projections import Engine, View, all_views
from projections.engine.day_numbers import END
from projections.views import counts
from running import Tracker
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.store.log import Log
from wire import Written, level, registered

TABLES = {"spells": "view_spells", "counts": "view_standing",
          "eligibility": "view_eligibility", "annual_return": "view_occurrences"}  # fmt: skip
Failing = Callable[[int, int, BaseException], list[View]]


class PowerCut(BaseException):
    """Stands for a loss of power: code cannot handle it."""


@pytest.mark.parametrize("page", [1, 7, 100, 1000])
def test_views_are_the_same_whatever_the_size_of_a_page(
    filled: Any, law: Law, expected: Any, page: int
) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, all_views(), page)
        begin_page_by_page(engine)
        assert engine.catch_up() == 240
    assert filled.rows == expected


def begin_page_by_page(engine: Engine) -> None:
    """Starts views as for a short log: empty, then updated by pages in log order."""
    with mock.patch.object(engine.log, "position", return_value=0):
        engine.catch_up()


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_views_are_the_same_if_everything_was_recorded_at_one_moment(
    make: Any, law: Law, people: list[Entry], page: int
) -> None:
    at = people[-1].recorded_at
    together = [entry._replace(recorded_at=at) for entry in people]
    found = []
    for size in (page, 10_000):
        store = make()
        with store.opened() as log:
            fill(log, together)
            engine = Engine(log, law, all_views(), size)
            begin_page_by_page(engine)
            engine.catch_up()
        found.append(store.rows)
    assert found[0] == found[1]
    del found[0]["view_positions"]
    assert all(row[3] == END for rows in found[0].values() for row in rows), "known before"


@pytest.mark.parametrize("after", [1, 5, 30])
@pytest.mark.parametrize("which", range(4))
def test_a_crash_within_a_page_leaves_the_page_and_the_position(
    filled: Any, law: Law, expected: Any, failing: Failing, after: int, which: int
) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, failing(which, after, PowerCut()), page=20)
        begin_page_by_page(engine)
        with pytest.raises(PowerCut):
            engine.catch_up()
        positions = {position for _, position in engine.positions().values()}
        assert len(positions) == 1
        assert positions.pop() % 20 == 0
        engine.views = all_views()
        assert engine.catch_up() == 240, "the same engine goes on where it stopped"
    assert filled.rows == expected


def test_views_that_are_up_to_date_are_not_written(filled: Any, law: Law, expected: Any) -> None:
    with filled.opened() as log:
        for _ in range(3):
            Engine(log, law, all_views()).catch_up()
        with mock.patch.object(log.database, "working", side_effect=AssertionError("written")):
            Engine(log, law, all_views()).catch_up()
    assert filled.rows == expected


def test_views_are_rebuilt_if_their_version_changed(filled: Any, law: Law, expected: Any) -> None:
    with filled.opened() as log:
        Engine(log, law, all_views()).catch_up()
        filled.spoil("DELETE FROM view_standing", "DELETE FROM view_spells")
        newer = [replace(v, version=99) if v.name == "counts" else v for v in all_views()]
        Engine(log, law, newer).catch_up()
    found = filled.rows
    assert found["view_standing"] == expected["view_standing"]
    assert found["view_spells"] == [], "this one's version stood"


def test_views_of_a_newer_release_are_not_rebuilt_by_an_older_one(
    filled: Any, law: Law, expected: Any
) -> None:
    with filled.opened() as log:
        newer = [replace(view, version=99) for view in all_views()]
        Engine(log, law, newer).catch_up()
        older = Engine(log, law, all_views())
        with pytest.raises(TrackerError, match=r"newer release.*tracker rebuild"):
            older.catch_up()
        older.rebuild()
    assert filled.rows == expected


def test_views_are_rebuilt_if_another_law_is_adopted(filled: Any) -> None:
    def in_category_4(*command: str, **env: str) -> int:
        tracker = Tracker(Path("nowhere"), {"TRACKER_STORE": filled.url, **env})
        for asked in (command, ("counts",)):
            tracker(*asked).done()
        category = list(counts.STANDING.column_names).index("category")
        return sum(row[category] == 4 for row in filled.rows["view_standing"])

    adopt = ("adopt", "--by", "R Officer")
    first = in_category_4(*adopt)
    other = in_category_4(*adopt, TRACKER_CATEGORY_4="beneath")
    assert first > other
    assert in_category_4(*adopt) == first


def test_views_ahead_of_the_log_are_refused_with_advice(filled: Any, expected: Any) -> None:
    """So it looks if the log was restored from an older backup and the views were not."""
    tracker = filled.tracker
    tracker("counts").done()
    filled.spoil("UPDATE view_positions SET position=999 WHERE view='spells'")
    for command in (["counts"], ["eligible"], ["diary"], ["return", "cheshire", "2022-23"]):
        tracker(*command).refused("spells", "ahead of the log", "tracker rebuild")
    tracker("rebuild").done()
    assert filled.rows == expected


def test_an_engine_catches_up_to_the_position_asked_for(
    filled: Any, law: Law, expected: Any
) -> None:
    """A command that has just written waits for its own facts, not for those of others."""
    with filled.opened() as log:
        engine = Engine(log, law, all_views(), page=50)
        begin_page_by_page(engine)
        assert engine.catch_up(upto=60) == 60
        assert {position for _, position in engine.positions().values()} == {100}
        assert engine.catch_up(upto=999) == 240
    assert filled.rows == expected


class TestSeveralWorkers:
    def test_workers_that_take_turns_give_the_same_as_one(
        self, filled: Any, law: Law, expected: Any
    ) -> None:
        """A worker's cache of an individual is stale once another worker has applied a page."""
        with filled.opened() as log:
            workers = [Engine(log, law, all_views(), page=10) for _ in range(2)]
            begin_page_by_page(workers[0])
            for upto in range(10, 250, 10):
                assert workers[upto // 10 % 2].catch_up(upto=upto) == upto
        assert filled.rows == expected

    def test_threads_of_one_log_give_the_same_as_one(
        self, filled: Any, law: Law, expected: Any
    ) -> None:
        failed: list[BaseException] = []

        def work(log: Log) -> None:
            try:
                engine = Engine(log, law, all_views(), page=5)
                engine.catch_up()
            except BaseException as error:
                failed.append(error)

        with filled.opened() as log:
            begin_page_by_page(Engine(log, law, all_views(), page=5))
            workers = [threading.Thread(target=work, args=(log,)) for _ in range(4)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(timeout=60)
        assert failed == []
        assert filled.rows == expected

    def test_processes_give_the_same_as_one(self, filled: Any, expected: Any) -> None:
        tracker = filled.tracker
        running = [
            tracker.started("rebuild" if n == 0 else "counts", stdout=subprocess.PIPE)
            for n in range(4)
        ]
        for one in running:
            one.communicate(timeout=60)
        assert [one.returncode for one in running] == [0] * 4
        tracker("counts").done()
        assert filled.rows == expected

    def test_a_reader_sees_what_was_recorded_meanwhile(
        self, own: Any, law: Law, file: Written
    ) -> None:
        tracker = own.tracker
        with own.opened() as log:
            engine = Engine(log, law, all_views())
            engine.catch_up()
            facts = [registered("n1", subject="N-1"), level("n2", "2020-02-01", 2, subject="N-1")]
            tracker("import", file(*facts, name="n.jsonl")).done()
            tracker("counts").done()
            more = level("n3", "2020-02-02", 3, subject="N-1")
            tracker("import", file(more, name="m.jsonl")).done()
            assert engine.catch_up() == 243, "another worker was there in between"
        before = own.rows
        tracker("rebuild").done()
        assert own.rows == before
