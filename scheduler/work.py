"""One run of a job: the store it works on, the day it was meant for, and when to stop.

Made by the runner. A job goes by the day it was meant for, never by a clock of its own, and asks
between one person and the next whether it should stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from projections import Engine
from scheduler.open_store import App
from tracker.domain.dates import civil
from tracker.store.database.interface import Database

Counts = dict[str, int]


class Abandoned(Exception):
    """A job that was asked to stop, and did so where it can be taken up again."""


def never() -> bool:
    """A run that nobody stops."""
    return False


@dataclass(frozen=True)
class Work:
    """One run: for when it was meant, and under which name."""

    app: App
    intended: datetime
    run: str
    stop: Callable[[], bool] = never

    @property
    def day(self) -> date:
        """The civil day in Europe/London for which the job was meant to run."""
        return civil(self.intended)

    @property
    def database(self) -> Database:
        return self.app.database

    @property
    def engine(self) -> Engine:
        """The views; raises Disagreement where this process may not act on them.

        What a job records, sends or keeps is to follow from the law agreed for the store.
        """
        self.app.engine.agree()
        return self.app.engine

    def now(self) -> datetime:
        return self.app.clock()

    def go_on(self) -> None:
        """Raises Abandoned where the process is to end."""
        if self.stop():
            raise Abandoned
