"""A fact that a view cannot apply stops that view before it; the others go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import mock

import pytest

from projections import Engine, View, all_views
from projections.engine.registry import ViewStopped
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store.database.interface import Unavailable

WHO = "Mr Secret Name"
NEWER = b'{"subject":"Z-1","source":"/x","id":"n1","at":"2022-01-01T00:00:00Z","data":{}}'
BROKEN = (
    b'{"subject":"Z-1","source":"/x","id":"b1","time":"2022-01-01T00:00:00Z","by":"p",'
    b'"at":"2022-01-01T00:00:00Z","data":{"on":"2022-01-01","kind":"Mr Secret Name"}}'
)


def positions(engine: Engine) -> dict[str, tuple[str, int]]:
    return {state.view: (state.status, state.position) for state in engine.states().values()}


def begin(engine: Engine) -> None:
    """Starts views as for a short log: empty, then updated by pages in log order."""
    with mock.patch.object(engine.log, "position", return_value=0):
        engine.catch_up()


@pytest.mark.parametrize("page", [1, 7, 1000])
def test_all_views_stop_before_a_fact_of_a_newer_release(own: Any, law: Law, page: int) -> None:
    """This release cannot know which views it affects."""
    at = own.append_raw("uk.mappa.future.fact", NEWER)
    own.append_raw("uk.mappa.future.fact", NEWER)
    with own.opened() as log:
        engine = Engine(log, law, all_views(), page)
        begin(engine)
        assert engine.catch_up() == at + 1
        assert positions(engine) == {v.name: ("stopped", at - 1) for v in all_views()}
        for name in ("spells", "counts"):
            with pytest.raises(ViewStopped) as raised, engine.reading(name):
                pass
            for said in (name, "/x n1", "uk.mappa.future.fact", "newer release", f"rebuild {name}"):
                assert said in str(raised.value)


def test_a_view_skips_a_broken_fact_that_it_does_not_need(own: Any, law: Law) -> None:
    with own.opened() as log:
        at = own.append_raw("uk.mappa.notification.given", BROKEN)
        engine = Engine(log, law, all_views())
        begin(engine)
        engine.catch_up()
        found = positions(engine)
        assert found["counts"] == ("ready", at)
        assert found["spells"] == ("stopped", at - 1)
        with engine.reading("counts") as c:
            c.execute("SELECT COUNT(*) FROM view_standing")
            assert c.fetchall()[0][0] > 0
        with pytest.raises(ViewStopped) as raised, engine.reading():
            pass
        assert "/x b1" in str(raised.value)
        assert WHO not in str(raised.value)
        assert WHO not in str(engine.states())


@pytest.mark.parametrize("which", range(4))
def test_only_the_view_with_a_mistake_stops_and_its_error_has_no_personal_data(
    filled: Any, law: Law, expected: Any, which: int
) -> None:
    views = broken_by(which, expected)
    with filled.opened() as log:
        engine = Engine(log, law, views, page=100)
        begin(engine)
        engine.catch_up()
        stopped = engine.states()[views[which].name]
        assert stopped.status == "stopped"
        assert 0 < stopped.position < 240
        assert "ValueError" in stopped.error
        assert WHO not in stopped.error
        assert {s.position for s in engine.states().values() if s.status == "ready"} == {240}
        found = filled.rows
        for view in all_views():
            if view.name != views[which].name:
                assert found[view.tables[0].name] == expected[view.tables[0].name]
        assert list(engine.verify()) == [], "what it had taken in stands"
        before = filled.rows
        engine.catch_up()
        assert filled.rows == before, "never past it"
        Engine(log, law, all_views(), page=100).catch_up()
    assert filled.rows == expected, "put right, it goes on from where it stood"


def test_each_engine_retries_a_stopped_view_once(filled: Any, law: Law, expected: Any) -> None:
    views = broken_by(0, expected)
    with filled.opened() as log:
        engine = Engine(log, law, views)
        begin(engine)
        engine.catch_up()
        with mock.patch.object(log.database, "working", side_effect=AssertionError("tried")):
            engine.catch_up()
            with pytest.raises(AssertionError, match="tried"):
                Engine(log, law, views).catch_up()


class TestRebuild:
    @pytest.mark.parametrize("which", range(4))
    def test_in_place_builds_up_to_the_fact_that_fails_and_names_it(
        self, filled: Any, law: Law, expected: Any, which: int
    ) -> None:
        views = broken_by(which, expected)
        with filled.opened() as log:
            engine = Engine(log, law, views)
            begin(engine)
            engine.catch_up()
            before, stood = filled.rows, positions(engine)
            assert stood[views[which].name][0] == "stopped"
            with pytest.raises(ViewStopped, match=views[which].name):
                engine.rebuild()
            assert positions(engine) == stood
        assert filled.rows == before, "as far as the order of the log would have come"

    def test_beside_leaves_the_old_views_in_use(self, filled: Any, law: Law, expected: Any) -> None:
        with filled.opened() as log:
            Engine(log, law, all_views()).catch_up()
            with pytest.raises(TrackerError, match=r"counts cannot be built.*stays in use"):
                Engine(log, law, broken_by(1, expected)).rebuild(["counts"], beside=True)
        assert filled.rows == expected

    def test_names_a_fact_of_a_newer_release(self, own: Any, law: Law) -> None:
        own.append_raw("uk.mappa.future.fact", NEWER)
        with own.opened() as log:
            engine = Engine(log, law, all_views())
            with pytest.raises(ViewStopped, match=r"/x n1.*newer release"):
                engine.rebuild()
            assert set(positions(engine).values()) == {("stopped", 240)}
            assert list(engine.verify()) == []


def broken_by(which: int, expected: Any) -> list[View]:
    """All views, one of which always fails on one of its rows."""
    views = all_views()
    table = views[which].tables[0]
    wrong = sorted(expected[table.name], key=lambda row: row[1])[len(expected[table.name]) // 2][4:]

    def row(element: Any) -> Any:
        found = table.row(element)
        if found == wrong:
            raise ValueError(f"what is {WHO}")
        return found

    tables = [replace(table, row=row), *views[which].tables[1:]]
    views[which] = replace(views[which], tables=tables)
    return views


class TestTheDatabase:
    def test_a_failure_that_passes_is_retried_and_stops_no_view(
        self, filled: Any, law: Law, expected: Any
    ) -> None:
        with filled.opened() as log:
            engine = Engine(log, law, all_views(), page=60)
            begin(engine)
            work, tried = log.database.working, 0

            def working() -> Any:
                nonlocal tried
                tried += 1
                if tried % 3:
                    raise Unavailable("locked")
                return work()

            with (
                mock.patch.object(log.database, "working", working),
                mock.patch("tracker.store.database.retrying.time.sleep"),
            ):
                engine.catch_up()
            assert tried > 6
        assert filled.rows == expected

    def test_a_failure_that_stays_is_raised_in_the_end(self, filled: Any, law: Law) -> None:
        with filled.opened() as log:
            engine, pauses = Engine(log, law, all_views()), list[float]()
            begin(engine)
            with (
                mock.patch.object(log.database, "working", side_effect=Unavailable("gone")),
                mock.patch("tracker.store.database.retrying.time.sleep", pauses.append),
                pytest.raises(Unavailable, match="gone"),
            ):
                engine.catch_up()
            assert len(pauses) >= 3
            assert pauses[-1] > pauses[0]
            assert {status for status, _ in positions(engine).values()} == {"ready"}

    def test_a_failure_in_the_middle_of_a_page_stops_no_view(self, filled: Any, law: Law) -> None:
        with filled.opened() as log:
            engine = Engine(log, law, all_views())
            begin(engine)
            with (
                mock.patch(
                    "projections.engine.page_updates.Pager.take", side_effect=Unavailable("full")
                ),
                mock.patch("tracker.store.database.retrying.time.sleep"),
                pytest.raises(Unavailable, match="full"),
            ):
                engine.catch_up()
            assert set(positions(engine).values()) == {("ready", 0)}
