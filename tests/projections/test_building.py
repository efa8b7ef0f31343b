"""Rebuilding views, individual by individual: the same rows, whatever interrupts the build."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import pytest

from projections import Engine, View, all_views
from projections.engine import building
from projections.views import counts
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store.log import Log

TABLES = {"spells": "view_spells", "counts": "view_standing",
          "eligibility": "view_eligibility", "annual_return": "view_occurrences"}  # fmt: skip
Failing = Callable[[int, int, BaseException], list[View]]


class PowerCut(BaseException):
    """Stands for a loss of power: code cannot handle it."""


def test_a_rebuild_from_nothing_gives_the_same(filled: Any, expected: Any) -> None:
    tracker = filled.tracker
    assert tracker("rebuild").done().out == "views rebuilt up to position 240\n"
    assert filled.rows == expected
    assert tracker("rebuild").done().out == "views rebuilt up to position 240\n"
    assert filled.rows == expected


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("name", TABLES)
def test_a_rebuild_of_one_view_repairs_that_one(
    filled: Any, law: Law, expected: Any, name: str, beside: bool
) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, all_views())
        engine.catch_up()
        filled.spoil(*(f"DELETE FROM {table}" for table in TABLES.values()))
        engine.rebuild([name], beside=beside)
        found = filled.rows
        for view, table in TABLES.items():
            assert found[table] == (expected[table] if view == name else [])
        engine.rebuild(beside=beside)
    assert filled.rows == expected


def test_a_view_that_reads_less_of_the_log_has_the_same_rows(
    filled: Any, law: Law, expected: Any
) -> None:
    """The views of counts and of eligibility read only some types of fact."""
    assert {"counts", "eligibility"} <= {view.name for view in all_views() if view.skips}
    assert "uk.mappa.notification.given" in counts.VIEW.skips
    for view in all_views():
        with filled.opened() as log:
            Engine(log, law, [view]).rebuild()
    assert filled.rows == expected


def test_a_rebuild_of_an_empty_store_is_done_at_once(make: Any, law: Law) -> None:
    with make().opened() as log:
        for beside in (False, True):
            Engine(log, law, all_views()).rebuild(beside=beside)
        assert {at for _, at in Engine(log, law, all_views()).positions().values()} == {0}


def test_a_rebuild_of_an_unknown_view_says_which_there_are(filled: Any) -> None:
    filled.tracker("rebuild", "figures").refused("no view figures", "spells, counts, eligibility")


def test_a_rebuild_reports_its_progress(filled: Any, law: Law) -> None:
    told: list[int] = []
    with filled.opened() as log, mock.patch("projections.engine.folding.PEOPLE", 2):
        Engine(log, law, all_views()).rebuild(progress=told.append)
    assert told == sorted(told)
    assert len(set(told)) >= 5
    assert told[-1] == 240


def test_the_rows_do_not_depend_on_the_number_of_processes(
    filled: Any, law: Law, expected: Any
) -> None:
    with filled.opened() as log, several_processes():
        Engine(log, law, all_views(), processes=2).rebuild()
    assert filled.rows == expected


@contextmanager
def several_processes() -> Iterator[None]:
    """Makes even a short log use several processes, a few people at a time."""
    with (
        mock.patch("projections.engine.view_builds.WORTH_A_PROCESS", 1),
        mock.patch("projections.engine.folding.PEOPLE", 3),
        mock.patch(
            "projections.engine.view_builds.in_this_process",
            side_effect=AssertionError("folded here"),
        ),
    ):
        yield


def test_a_process_that_dies_ends_the_build_and_leaves_what_was_there(
    filled: Any, law: Law, expected: Any
) -> None:
    with filled.opened() as log:
        engine = Engine(log, law, all_views(), processes=2)
        engine.catch_up()
        with several_processes():
            log.reopen = partial(os._exit, 1)
            with pytest.raises(TrackerError, match="process"):
                engine.rebuild(beside=True)
        assert engine.catch_up() == 240
    assert filled.rows == expected


ORPHANS = """
import sys, time
from datetime import UTC, datetime
from projections import Engine, all_views
from projections.engine import folding, view_builds
from tracker.service.app import the_law
from tracker.store.opening import open_log

def told(position):
    print("building", flush=True)
    time.sleep(60)

if __name__ == "__main__":
    view_builds.WORTH_A_PROCESS, folding.PEOPLE = 1, 1
    with open_log(sys.argv[1], lambda: datetime.now(UTC)) as log:
        Engine(log, the_law(), all_views(), processes=2).rebuild(progress=told)
"""


def test_worker_processes_end_if_their_parent_is_killed(filled: Any, tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(ORPHANS)
    ran = subprocess.Popen([sys.executable, script, filled.url], stdout=subprocess.PIPE)
    assert ran.stdout is not None
    assert ran.stdout.readline() == b"building\n"
    family = psutil.Process(ran.pid).children(recursive=True)
    assert len(family) >= 2
    ran.kill()
    ran.wait()
    ran.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []


class TestCrash:
    @pytest.mark.parametrize("after", [1, 40, 200])
    def test_beside_leaves_the_old_views_in_use(
        self, filled: Any, law: Law, expected: Any, failing: Failing, after: int
    ) -> None:
        with filled.opened() as log:
            engine = Engine(log, law, all_views())
            engine.catch_up()
            crashing = Engine(log, law, failing(0, after, PowerCut()))
            with pytest.raises(PowerCut), mock.patch("projections.engine.building.ROWS", 10):
                crashing.rebuild(beside=True)
            assert filled.rows == expected
            engine.rebuild(beside=True)
            assert filled.rows == expected
            assert left_over(log) == []

    def test_the_next_process_removes_what_a_killed_build_left(
        self, filled: Any, law: Law, expected: Any, failing: Failing
    ) -> None:
        with filled.opened() as log:
            Engine(log, law, all_views()).catch_up()
            with pytest.raises(PowerCut):
                Engine(log, law, failing(0, 40, PowerCut())).rebuild(beside=True)
            assert left_over(log) != []
            with log.database.try_lock("views") as got:
                assert got
                Engine(log, law, all_views()).catch_up()
                assert left_over(log) != [], "somebody may be at work on them"
            Engine(log, law, all_views()).catch_up()
            assert left_over(log) == []
        assert filled.rows == expected

    @pytest.mark.parametrize("after", [1, 40, 200])
    def test_the_next_process_starts_a_build_in_place_again(
        self, filled: Any, law: Law, expected: Any, failing: Failing, after: int
    ) -> None:
        with filled.opened() as log:
            crashing = Engine(log, law, failing(0, after, PowerCut()))
            with pytest.raises(PowerCut), mock.patch("projections.engine.building.ROWS", 10):
                crashing.rebuild()
            statuses = {state.status for state in crashing.states().values()}
            assert statuses == {"building"}
            Engine(log, law, all_views(), page=20).catch_up()
            assert left_over(log) == []
        assert filled.rows == expected

    @pytest.mark.parametrize("name", ["_follow", "_switch", "_step"])
    def test_at_any_step_leaves_the_old_views_in_use(
        self, filled: Any, law: Law, expected: Any, name: str
    ) -> None:
        with filled.opened() as log:
            engine = Engine(log, law, all_views())
            engine.catch_up()
            with (
                pytest.raises(PowerCut),
                mock.patch.object(building.Build, name, side_effect=PowerCut),
            ):
                engine.rebuild(beside=True)
            assert filled.rows == expected
            engine.rebuild(beside=True)
            assert left_over(log) == []
        assert filled.rows == expected


def left_over(log: Log) -> list[str]:
    """The tables that a build should have removed."""
    names = [t.name + end for v in all_views() for t in v.tables for end in ("_new", "_old")]
    with log.database.reading() as c:
        return [name for name in names if c.exists(name)]


def test_views_of_the_previous_release_are_rebuilt(make: Any, law: Law, template: Any) -> None:
    """The earlier registry had fewer columns, and its tables had other types."""
    store = make(like=template)
    with store.opened() as log:
        if log.database.kind == "postgresql":
            pytest.skip("that release knew no PostgreSQL")
        with log.database.working() as c:
            c.execute(
                "CREATE TABLE view_positions (view TEXT PRIMARY KEY, version TEXT NOT NULL,"
                " position INTEGER NOT NULL, latest TEXT NOT NULL) WITHOUT ROWID"
            )
            c.execute("INSERT INTO view_positions VALUES ('counts', '1:abc', 240, 'then')")
            c.execute("CREATE TABLE view_standing (subject, area, known_from TEXT)")
        engine = Engine(log, law, all_views())
        assert engine.catch_up() == 240
        assert list(engine.verify()) == []
