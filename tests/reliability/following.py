"""Those who follow the log while others write to it: a reader, and workers that keep the views."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from projections import Engine, all_views
from reliability.faults import move_positions
from reliability.workers import Said, now
from tracker.domain.law.tables import Law
from tracker.service.app import the_law
from tracker.store.log import Log
from tracker.store.opening import open_log

PAUSE = 0.002
WHOLE = 10_000  # the size of a page that holds any log of these tests


def engine_of(log: Log, law: Law, page: int, fault: str = "") -> Engine:
    """The engine of every view; with `fault`, on a database with that fault."""
    if fault:
        move_positions(log.database, fault)
    return Engine(log, law, all_views(), page)


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
    """The file that exists once a process that follows is up to date for the first time."""
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
    """A worker that updates the views until the file `stop` exists; once, where `stop` is empty."""
    _work(url, page, stop, fault, lambda engine: engine.catch_up())


def rebuild(url: str, page: int, stop: str = "", beside: bool = False, pause: float = 0) -> None:
    """A worker that rebuilds the views again and again until the file `stop` exists."""

    def work(engine: Engine) -> None:
        engine.rebuild(beside=beside)
        time.sleep(pause)

    _work(url, page, stop, "", work)
