"""A scheduler in a process of its own whose clock is a file: for simulated years, to be killed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from projections.engine.day_numbers import moment_of
from projections.views import eligibility
from scheduler.ledger import Ledger
from scheduler_world import opened
from tracker.service.app import the_law
from tracker.store.database.postgres import Postgres
from tracker.store.database.sqlite import Sqlite

LOOK = 0.002


class FileClock:
    """The moment that is written in a file, in microseconds since 1970."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)

    def __call__(self) -> datetime:
        return moment_of(int(self.file.read_text()))

    def set(self, at: datetime) -> None:
        new = self.file.with_suffix(".new")
        new.write_text(
            str(int((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)))
        )
        new.replace(self.file)

    def forward(self, by: timedelta) -> None:
        self.set(self() + by)


def schedule(url: str, clock: str, stop: str, holder: str, fault: str = "") -> None:
    """Runs what is due, again and again, until there is a file that says stop."""
    ends, law = Path(stop), the_law()
    with faulty(fault), opened(url, law, FileClock(clock)) as place:  # type: ignore[arg-type]
        runner, job = place.runner(holder), place.job("flag")
        while not ends.exists():
            runner.run_due(job)
            time.sleep(LOOK)


@contextmanager
def faulty(fault: str) -> Iterator[None]:
    """What a scheduler must not do, for the tests that have to notice."""
    with ExitStack() as stack:
        if fault == "today alone":
            stack.enter_context(mock.patch.object(Ledger, "_next_due", _today))
        if fault == "a day late":
            due = eligibility.to_flag
            late = mock.Mock(side_effect=lambda c, on: due(c, on - timedelta(days=1)))
            stack.enter_context(mock.patch.object(eligibility, "to_flag", late))
        if fault == "no lock":
            for database in (Sqlite, Postgres):
                stack.enter_context(mock.patch.object(database, "try_lock", _everybody))
        yield


def _today(
    self: Ledger, job: str, trigger: Any, late: timedelta, last: datetime | None, now: datetime
) -> datetime | None:
    latest = trigger.last(now)
    return latest if last is None or latest > last else None


@contextmanager
def _everybody(self: Any, what: str) -> Iterator[bool]:
    """Lets everybody in at once."""
    yield True
