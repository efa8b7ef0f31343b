"""Opens the store that the settings name. Called by the command line, and by web and API later."""

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
    """What a store is opened with. The caller supplies the clock, a maker of ids and a logger.

    `master_key` is the text of the master key if it came from the environment; None if a file or a
    command has it.
    """

    settings: Settings
    clock: Clock
    new_id: Callable[[], str]
    get_logger: Callable[[], Any]
    master_key: str | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The address of the store that the settings name."""
        return store_url(self.settings.store)

    @property
    def options(self) -> Options:
        """The options for opening a store: lock timeout, pool sizes, keys."""
        store, keys = self.settings.connections, self.settings.keys
        return Options(
            store.lock_timeout, store.pool_size, store.pool_most, keys.sealing, keys.store,
            keys.kek_file, keys.kek_command, self.master_key,
        )  # fmt: skip

    @contextmanager
    def opened(self, url: str | None = None, make: bool = False) -> Iterator[App]:
        """Opens the store at `url` (default: the one the settings name) and closes it afterwards.

        Only what records makes a store where there is none: `make`. Raises TrackerError if it
        cannot be opened, or if the database fails while it is used.
        """
        from tracker.store.opening import STORE_ERRORS, open_log

        address = store_url(url) if url else self.url
        log = open_log(address, self.clock, self.options, make)
        try:
            yield App(
                log, the_law(self.settings), address, self.settings, self.clock, self.new_id,
                self.get_logger,
            )  # fmt: skip
        except STORE_ERRORS as error:
            raise TrackerError(f"the store could not be used: {error}") from error
        finally:
            log.close()


def the_law(settings: Settings | None = None) -> Law:
    """The law with the configured tables, areas and category 4 setting."""
    category_4 = (settings or configuration.settings()).category_4
    return Law(configuration.law_files(), frozenset(configuration.areas()), category_4)
