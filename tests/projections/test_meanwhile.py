"""Rebuilding views while others write, read, build as well, or wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date
from typing import Any
from unittest import mock

import pytest

from population import fill
from projections import Engine, all_views
from projections.engine import building
from projections.returns import counted_people
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.store.log import Log


def test_reads_and_writes_go_on_beside_a_build(make: Any, law: Law, people: list[Entry]) -> None:
    """Readers see the old rows throughout; facts recorded meanwhile are in the new views."""
    first, more = people[:120], people[120:]
    store, whole = make(), make()
    for where, entries in ((store, first), (whole, people)):
        with where.opened() as log:
            fill(log, entries)
            Engine(log, law, all_views()).catch_up()
    done, failed = threading.Event(), list[BaseException]()
    read, stood = list[Any](), list[tuple[int, int]]()

    def write(log: Log) -> None:
        for n in range(0, len(more), 6):
            fill(log, more[n : n + 6])
            time.sleep(0.01)

    def look(log: Log) -> None:
        engine = Engine(log, law, all_views(), page=5)
        at, on = first[-1].recorded_at, first[-1].recorded_at.date()
        while not done.is_set():
            written = log.position()
            with engine.reading("counts") as c:
                read.append(counted_people.snapshot(c, None, on, at))
                c.execute("SELECT position FROM view_positions WHERE view='counts'")
                stood.append((c.fetchall()[0][0], written))

    def guarded(work: Callable[[Log], None], log: Log) -> None:
        try:
            work(log)
        except BaseException as error:
            failed.append(error)

    with store.opened() as log, mock.patch("projections.engine.folding.PEOPLE", 1):
        threads = [threading.Thread(target=guarded, args=(work, log)) for work in (write, look)]
        for thread in threads:
            thread.start()
        engine = Engine(log, law, all_views(), page=7)
        for _ in range(4):
            engine.rebuild(beside=True)
        threads[0].join()
        done.set()
        threads[1].join()
        assert failed == []
        engine.catch_up()
    assert len(read) >= 3
    assert all(found == read[0] for found in read)
    assert read[0]["total"]["total"] > 0
    assert all(position >= written for position, written in stood), "less than was written"
    assert stood == sorted(stood), "a view went back"
    assert store.rows == whole.rows


def test_facts_recorded_during_a_build_are_in_it(
    make: Any, law: Law, people: list[Entry], expected: Any
) -> None:
    store = make()
    with store.opened() as log:
        fill(log, people[:100])
        coming = iter([people[100:130], people[130:]])

        def told(position: int) -> None:
            fill(log, next(coming, []))

        with mock.patch("projections.engine.folding.PEOPLE", 6):
            Engine(log, law, all_views(), page=10).rebuild(progress=told)
    assert store.rows == expected


def test_the_new_views_never_have_less_than_the_old(
    make: Any, law: Law, people: list[Entry], expected: Any
) -> None:
    """Others update the old views until the moment of the swap."""
    store, positions = make(), list[int]()
    follow, switch = building.Build._follow, building.Build._switch
    with store.opened() as log:
        fill(log, people[:100])
        engine = Engine(log, law, all_views(), page=9)
        engine.catch_up()

        def overtaken(build: building.Build) -> None:
            follow(build)
            fill(log, people[100:])
            assert Engine(log, law, all_views(), page=50).catch_up() == 240

        def switched(build: building.Build, c: Any) -> None:
            switch(build, c)
            c.execute("SELECT MIN(position) FROM view_positions")
            positions.append(c.fetchall()[0][0])

        with (
            mock.patch.object(building.Build, "_follow", overtaken),
            mock.patch.object(building.Build, "_switch", switched),
        ):
            engine.rebuild(beside=True)
    assert positions == [240]
    assert store.rows == expected


@pytest.mark.parametrize("change", ["status='building', position=0", "version='1:of other law'"])
def test_a_reader_notices_a_build_after_its_own_catch_up(
    filled: Any, law: Law, expected: Any, change: str
) -> None:
    with filled.opened() as log:
        engine, calls = Engine(log, law, all_views()), 0
        catch_up = engine.catch_up

        def caught_up(*args: Any) -> int:
            nonlocal calls
            reached, calls = catch_up(*args), calls + 1
            if calls == 1:
                filled.spoil(f"UPDATE view_positions SET {change}", "DELETE FROM view_standing")
            return reached

        with (
            mock.patch.object(engine, "catch_up", caught_up),
            engine.reading("counts") as c,
        ):
            c.execute("SELECT COUNT(*) FROM view_standing")
            assert c.fetchall()[0][0] == len(expected["view_standing"])
        assert calls == 2


def test_views_far_behind_are_rebuilt_beside_the_old(
    make: Any, law: Law, people: list[Entry], expected: Any
) -> None:
    """By pages in log order, an individual would be read and folded again on many days."""
    store = make()
    with store.opened() as log:
        fill(log, people[:60])
        Engine(log, law, all_views()).catch_up()
        fill(log, people[60:])
        engine = Engine(log, law, all_views())
        with (
            mock.patch("projections.engine.engine.FAR_BEHIND", 100),
            mock.patch(
                "projections.engine.page_updates.Pager", side_effect=AssertionError("by page")
            ),
        ):
            assert engine.catch_up() == 240
    assert store.rows == expected


def test_a_second_builder_waits_for_the_first(filled: Any, law: Law, expected: Any) -> None:
    with filled.opened() as log, filled.opened() as other:
        engine = Engine(log, law, all_views())
        waited = threading.Event()
        with log.database.try_lock("views") as got:
            assert got
            late = threading.Thread(
                target=Engine(other, law, all_views()).rebuild,
                kwargs={"progress": lambda position: waited.set()},
            )
            late.start()
            assert waited.wait(30), "nothing was told while it waited"
            assert engine.positions() == {}
        late.join(60)
    assert filled.rows == expected


def test_a_reader_waits_for_views_that_are_built_for_the_first_time(
    filled: Any, law: Law, people: list[Entry]
) -> None:
    at = people[-1].recorded_at
    with filled.opened() as log, filled.opened() as other:
        engine, began, found = Engine(log, law, all_views()), threading.Event(), list[Any]()
        reader = Engine(other, law, all_views(), page=10)

        def look() -> None:
            began.wait(30)
            with reader.reading("counts") as c:
                found.append(counted_people.snapshot(c, None, date(2022, 6, 1), at))

        def told(position: int) -> None:
            began.set()
            time.sleep(0.05)

        looking = threading.Thread(target=look)
        looking.start()
        with mock.patch("projections.engine.folding.PEOPLE", 2):
            engine.rebuild(progress=told)
        looking.join(60)
        with engine.reading() as c:
            assert found == [counted_people.snapshot(c, None, date(2022, 6, 1), at)]
        assert found[0]["total"]["total"] > 0
