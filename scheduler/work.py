"""What a job is passed when it runs: the store, the intended time, and whether to stop.

Made by the runner. A job works for its intended day, never for the clock's, and checks between one
person and the next whether it should stop.
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
    """Raised by a job that was asked to stop; it can be run again from there."""


def never() -> bool:
    """The `stop` of a run that nothing stops: always False."""
    return False


@dataclass(frozen=True)
class Work:
    """One run: its intended time, and its name `run` in the ledger and the log."""

    app: App
    intended: datetime
    run: str
    stop: Callable[[], bool] = never

    @property
    def day(self) -> date:
        """The calendar day in London of the intended time."""
        return civil(self.intended)

    @property
    def database(self) -> Database:
        return self.app.database

    @property
    def engine(self) -> Engine:
        """The engine of the views; raises Disagreement if this process's law differs.

        What a job records, sends or stores must follow from the law agreed for the store.
        """
        self.app.engine.agree()
        return self.app.engine

    def now(self) -> datetime:
        return self.app.clock()

    def check_stop(self) -> None:
        """Raises Abandoned if the process has been asked to stop."""
        if self.stop():
            raise Abandoned
