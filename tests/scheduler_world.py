"""A store with a clock that tests set; used by the tests of the scheduler."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from postgres import drop_database, fresh_database
from scheduler.jobs import Job, job_named, job_table
from scheduler.open_store import App
from scheduler.runner import Runner
from scheduler.work import Counts, never
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.settings import configuration
from tracker.settings.configuration import Settings, ViewSettings
from tracker.store.database.interface import Database
from tracker.store.log import Log
from tracker.store.opening import migrate, open_log
from wire import Event

KINDS = ("sqlite", "postgresql")


class Clock:
    """A clock that moves only when a test sets it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at

    def forward(self, by: timedelta) -> None:
        self.at += by


@dataclass
class Place:
    """An open, empty store with everything that its scheduler needs."""

    url: str
    log: Log
    law: Law
    clock: Clock
    settings: Settings = field(default_factory=configuration.settings)

    @property
    def database(self) -> Database:
        return self.log.database

    def app(self) -> App:
        settings = self.settings.model_copy(update={"views": ViewSettings(processes=1)})
        return App(self.log, self.law, self.url, settings, self.clock, new_id, quiet)

    def runner(self, holder: str = "here:1", stop: Callable[[], bool] = never) -> Runner:
        return Runner(self.app(), holder, stop)

    def run(self, job: str) -> Counts:
        """Runs a job once, now; returns its counts."""
        return self.runner().run_once(self.job(job), self.clock())

    def job(self, name: str) -> Job:
        return job_named(job_table(self.settings.scheduler.jobs), name)

    def record(self, *events: Event) -> None:
        """Records facts of one individual together, now."""
        record_together(self.log, self.law, [parse_event(e) for e in events], self.clock())

    def rows(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self.database.reading() as c:
            c.execute(sql, params)
            return c.fetchall()


def new_id() -> str:
    return str(uuid.uuid4())


def quiet() -> Any:
    """A logger that writes nothing."""
    return structlog.wrap_logger(structlog.PrintLogger(), processors=[_drop])


def _drop(logger: object, name: str, event: object) -> Any:
    raise structlog.DropEvent


@contextmanager
def opened(url: str, law: Law, clock: Clock) -> Iterator[Place]:
    """Opens the store at a URL, which may be open elsewhere as well."""
    with open_log(url, clock) as log:
        yield Place(url, log, law, clock)


@contextmanager
def empty(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty store; `kind` is one of KINDS."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'tracker.db'}"
        return
    url = fresh_database()
    try:
        migrate(url, lambda: datetime.now(UTC))
        yield url
    finally:
        drop_database(url)
