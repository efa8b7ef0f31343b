"""Those who follow the log while others write to it: a reader, and workers that keep the views."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from projections import Engine, View, all_views, registry
from projections.paging import Pager
from reliability.workers import Said, now
from tracker.cli.context import the_law
from tracker.domain.law.tables import Law
from tracker.store.log import Log
from tracker.store.opening import open_log

PAUSE = 0.002
BETWEEN = 0.02  # seconds that a faulty engine leaves between what belongs together
WHOLE = 10_000  # the size of a page that holds any log of these tests


class Careless(Engine):
    """An engine with a fault: it takes a page in, and moves the position in a transaction apart.

    "position apart": to where the page ended. "position of the log": to where the log ends then.
    """

    fault = ""

    def _page(self, views: Sequence[View], start: int, size: int, stop: int | None) -> None:
        pager = Pager(views, self.law, self._decode)
        with self.log.database.working() as c:
            reached, latest = pager.take(c, start, size, stop)
        time.sleep(BETWEEN)
        if self.fault == "position of the log":
            reached = self.log.position()
        with self.log.database.working() as c:
            for view in views:
                registry.arrive(c, view.name, reached, latest[view.name])


def engine_of(log: Log, law: Law, page: int, fault: str = "") -> Engine:
    if not fault:
        return Engine(log, law, all_views(), page)
    found = Careless(log, law, all_views(), page)
    found.fault = fault
    return found


def _until(stop: str) -> Iterator[None]:
    """Again and again until a file is there, and once more then; without its name once in all.

    Whoever waits for the first round finds `ready`.
    """
    while stop and not Path(stop).exists():
        yield
        ready(stop, os.getpid()).touch()
        time.sleep(PAUSE)
    yield


def ready(stop: str, pid: int) -> Path:
    """What is there once a process that follows has come level for the first time."""
    return Path(f"{stop}-{pid}")


def read(url: str, said: str, stop: str, page: int, fault: str = "") -> None:
    """Pages through the log as it grows and tells the position and name of every entry seen."""
    tell, after = Said(said), 0
    with open_log(url, now) as log:
        for _ in _until(stop):
            while found := log.page(after, page):
                for position, entry in found:
                    tell(f"{position} {entry.name}")
                after = log.position() if fault == "position read apart" else found[-1][0]


def _work(url: str, page: int, stop: str, fault: str, work: Callable[[Engine], object]) -> None:
    with open_log(url, now) as log:
        engine = engine_of(log, the_law(), page, fault)
        for _ in _until(stop):
            work(engine)


def keep(url: str, page: int, stop: str = "", fault: str = "") -> None:
    """A worker that keeps the views level until it is told to stop; once where it is not."""
    _work(url, page, stop, fault, lambda engine: engine.catch_up())


def rebuild(url: str, page: int, stop: str = "", beside: bool = False, pause: float = 0) -> None:
    """A worker that builds the views anew, now and again until it is told to stop."""

    def work(engine: Engine) -> None:
        engine.rebuild(beside=beside)
        time.sleep(pause)

    _work(url, page, stop, "", work)
