"""Views that follow the log: on every signalled append, and by polling now and then."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from population import fill
from projections import Engine, all_views
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.store.database.interface import Unavailable
from tracker.store.log import Log


@contextmanager
def following(log: Log, law: Law, **given: Any) -> Iterator[Engine]:
    """An engine that follows a log in its own thread."""
    engine, done = Engine(log, law, all_views()), threading.Event()
    thread = threading.Thread(target=engine.follow, args=(done.is_set,), kwargs=given)
    thread.start()
    yield engine
    done.set()
    thread.join(30)
    assert not thread.is_alive()


def level(engine: Engine, position: int, within: float) -> bool:
    """Whether every view reaches a position within so many seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        found = engine.positions()
        if len(found) == len(all_views()) and all(at == position for _, at in found.values()):
            return True
        time.sleep(0.005)
    return False


def test_the_views_soon_have_what_is_recorded(
    make: Any, law: Law, people: list[Entry], expected: Any
) -> None:
    store = make()
    with store.opened() as log, store.opened() as other, following(other, law) as engine:
        for n in range(0, 240, 60):
            fill(log, people[n : n + 60])
            assert level(engine, n + 60, 20)
    assert store.rows == expected


def test_an_append_without_a_signal_is_noticed_too(
    make: Any, law: Law, people: list[Entry]
) -> None:
    """A signal may be lost, so the log is polled now and then."""
    store = make()
    with store.opened() as log, store.opened() as other:

        def deaf(seconds: float) -> bool:
            time.sleep(seconds)
            return False

        with (
            mock.patch.object(other.database, "wait_for_append", deaf),
            following(other, law, seconds=0.05) as engine,
        ):
            fill(log, people[:50])
            assert level(engine, 50, 20)


def test_a_follower_waits_for_a_database_that_is_unavailable(
    make: Any, law: Law, people: list[Entry]
) -> None:
    store, troubles = make(), list[Exception]()
    with store.opened() as log, store.opened() as other:
        work, gone = other.database.reading, threading.Event()
        gone.set()

        def reading() -> Any:
            if gone.is_set():
                raise Unavailable("gone")
            return work()

        with (
            mock.patch.object(other.database, "reading", reading),
            following(other, law, on_error=troubles.append) as engine,
        ):
            fill(log, people[:50])
            while len(troubles) < 2:
                time.sleep(0.01)
            gone.clear()
            assert level(engine, 50, 20)


@pytest.mark.parametrize("page", [7, 1000])
def test_a_writer_reads_what_it_has_just_written(
    make: Any, law: Law, people: list[Entry], page: int
) -> None:
    with make().opened() as log:
        engine = Engine(log, law, all_views(), page)
        for n in range(0, 60, 3):
            fill(log, people[n : n + 3])
            written = log.position()
            assert engine.catch_up(upto=written) == written
            assert {at for _, at in engine.positions().values()} == {written}
