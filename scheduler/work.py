"""What a job is given to do its work with, and how it says what came of it.

Made by the runner, once for each run. A job goes by the day it was meant for, never by a clock of
its own, and asks between one person and the next whether it should stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from projections import Engine
from tracker.domain.dates import civil
from tracker.domain.law.tables import Law
from tracker.settings.configuration import Settings
from tracker.store.database.interface import Database
from tracker.store.log import Log

Counts = dict[str, int]
Clock = Callable[[], datetime]


class Abandoned(Exception):
    """A job that was asked to stop, and did so where it can be taken up again."""


@dataclass(frozen=True)
class Tools:
    """What every run of a process works with."""

    log: Log
    url: str
    law: Law
    engine: Engine
    settings: Settings
    clock: Clock
    stop: Callable[[], bool]
    logger: Any

    @property
    def database(self) -> Database:
        return self.log.database


@dataclass(frozen=True)
class Work:
    """One run: for when it was meant, under which name, and its tools."""

    tools: Tools
    intended: datetime
    run: str

    @property
    def day(self) -> date:
        """The civil day in Europe/London for which the job was meant to run."""
        return civil(self.intended)

    @property
    def database(self) -> Database:
        return self.tools.database

    @property
    def engine(self) -> Engine:
        return self.tools.engine

    def now(self) -> datetime:
        return self.tools.clock()

    def go_on(self) -> None:
        """Raises Abandoned where the process is to end."""
        if self.tools.stop():
            raise Abandoned
