"""Opens the store of the settings for the use cases. Called by the ways in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from scheduler.open_store import App as App
from scheduler.open_store import Clock
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.settings import configuration
from tracker.settings.configuration import Settings
from tracker.store.address import Options, store_url


@dataclass(frozen=True)
class Setup:
    """What a store is opened with. Time, ids and where logs go are chosen by the way in.

    `master_key` is the key itself, where it is neither in a file nor given by a command.
    """

    settings: Settings
    clock: Clock
    new_id: Callable[[], str]
    get_logger: Callable[[], Any]
    master_key: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return store_url(self.settings.store)

    @property
    def options(self) -> Options:
        """How the settings would have a store used."""
        store, keys = self.settings.connections, self.settings.keys
        return Options(
            store.lock_timeout, store.pool_size, store.pool_most, keys.sealing, keys.store,
            keys.kek_file, keys.kek_command, self.master_key,
        )  # fmt: skip

    @contextmanager
    def opened(self, url: str | None = None) -> Iterator[App]:
        """The store of the settings, or of a URL; raises TrackerError for what it refuses."""
        from tracker.store.opening import STORE_ERRORS, open_log

        place = store_url(url) if url else self.url
        log = open_log(place, self.clock, self.options)
        try:
            yield App(
                log, the_law(self.settings), place, self.settings, self.clock, self.new_id,
                self.get_logger,
            )  # fmt: skip
        except STORE_ERRORS as error:
            raise TrackerError(f"the store could not be used: {error}") from error
        finally:
            log.close()


def the_law(settings: Settings | None = None) -> Law:
    """The law of the configured tables, areas and counting setting."""
    category_4 = (settings or configuration.settings()).category_4
    return Law(configuration.law_files(), frozenset(configuration.areas()), category_4)
