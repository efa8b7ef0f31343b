"""An open store with everything needed to work on it: law, settings, clock, logger, views.

`tracker.service.app` opens it from the settings and passes it to every use case and every job. It
is in this room, and not in the service above, because the jobs need it too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

from tracker.domain.law.tables import Law
from tracker.settings import configuration
from tracker.settings.configuration import Area, Population, Settings
from tracker.store import agreements
from tracker.store.agreement_check import Disagreement, disagreement
from tracker.store.database.interface import Cursor, Database
from tracker.store.log import Log

if TYPE_CHECKING:
    from projections import Engine

Clock = Callable[[], datetime]
Populations = Callable[[str, str], Population | None]


def warn_on_standard_error(text: str) -> None:
    """Prints a warning to standard error, so that standard output has the answer alone."""
    print(f"tracker: warning: {text}", file=sys.stderr)


@dataclass
class App:
    """An open store; one per process, shared by its threads. The engine is made at first use.

    `url` is the store's address. `get_logger` is called at the first log event, because most
    commands log nothing. `areas` (by id) and `populations` (by area and year) come from the
    configuration.
    """

    log: Log
    law: Law
    url: str
    settings: Settings
    clock: Clock
    new_id: Callable[[], str]
    get_logger: Callable[[], Any]
    areas: Mapping[str, Area] = field(default_factory=configuration.areas)
    populations: Populations = configuration.population
    warn: Callable[[str], None] = warn_on_standard_error
    _making: RLock = field(default_factory=RLock, repr=False, compare=False)
    _engine: Engine | None = None

    @property
    def database(self) -> Database:
        return self.log.database

    @cached_property
    def logger(self) -> Any:
        return self.get_logger()

    @property
    def engine(self) -> Engine:
        """The engine of the views, shared by all threads; it lets one at a time update them."""
        with self._making:
            if self._engine is None:
                self._engine = self._make_engine()
            return self._engine

    def _make_engine(self) -> Engine:
        import projections

        views = self.settings.views
        return projections.Engine(
            self.log, self.law, projections.all_views(), views.page, views.processes, self.warn
        )

    def disagreement(self) -> Disagreement | None:
        """How this process's law or counting setting differs from the store's; None if equal."""
        with self.database.reading() as c:
            return disagreement(agreements.current(c), self.law)

    def warn_if_it_differs(self) -> None:
        """Warns if this process's law differs, before it answers from a record with its own law."""
        if (differs := self.disagreement()) is not None:
            consequence = "the answer is worked out with this process's own"
            self.warn(str(differs.with_consequence(consequence)))

    @contextmanager
    def reading(self, known_at: datetime | None, *views: str) -> Iterator[tuple[Cursor, datetime]]:
        """A cursor on these views, up to date with the log, and `known_at` (None means now)."""
        with self.engine.reading(*views) as cursor:
            yield cursor, known_at or self.as_of_now(self.engine.latest(cursor))

    def as_of_now(self, latest: datetime | None) -> datetime:
        """Now, or the moment of the `latest` entry if that is later (imported trusted times)."""
        now = self.clock()
        return now if latest is None else max(now, latest)
