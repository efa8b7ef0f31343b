"""Opens a store: checks its tables, opens its keys, and gives its log.

A new SQLite file is made by what records the first fact; PostgreSQL gets its tables from `tracker
migrate` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from tracker.domain.errors import TrackerError
from tracker.store import log_rows
from tracker.store.address import Options, database_of, refuse_missing
from tracker.store.database import schema
from tracker.store.database.interface import Database
from tracker.store.database.sqlite import Sqlite
from tracker.store.keys.people_keys import KeyStore, open_keys
from tracker.store.log import STORE_ERRORS as STORE_ERRORS
from tracker.store.log import Log
from tracker.store.log_secrets import key_database, log_keys, make_sealer, master_key_source
from tracker.store.migrating import make_file
from tracker.store.migrating import migrate as migrate

Clock = Callable[[], datetime]


def open_log(url: str, clock: Clock, options: Options = Options(), make: bool = True) -> Log:
    """Opens the store of a URL; with `make`, makes it where the URL is that of a new SQLite file.

    Raises TrackerError for a store of another release, without its keys or master key, that cannot
    be reached, or that is not there.
    """
    if not make:
        refuse_missing(url)
    database = database_of(url, options)
    try:
        if make and isinstance(database, Sqlite):
            make_file(database)
        log_id = schema.check(database)
        keys = _keys_of(database, url, log_id, options)
        sealer = make_sealer(database, keys, options)
        log = Log(database, log_keys(log_id, keys), sealer, clock)
        log.reopen = partial(open_to_read, url, options)
        return log
    except OSError as error:
        database.close()
        raise TrackerError(f"cannot open the store {database.where}: {error}") from None
    except BaseException:
        database.close()
        raise


def _keys_of(database: Database, url: str, log_id: str, options: Options) -> KeyStore:
    """Opens the key store of a log; raises TrackerError where they do not belong together."""
    entries = size(database)
    keys = open_keys(key_database(url, log_id, options), master_key_source(options), entries > 0)
    if entries > 0:
        keys.begin()
    elif keys.begun and size(database) == 0:  # another may have recorded the first entry meanwhile
        keys.close()
        raise TrackerError(
            f"the log {database.where} is empty, but entries were recorded under its keys: it "
            "was emptied, or its tables made again; restore a backup of it"
        )
    return keys


def open_to_read(url: str, options: Options = Options()) -> Log:
    """Opens a store for a process that only reads: it has no clock to record with."""
    return open_log(url, _no_clock, options)


def _no_clock() -> datetime:
    raise AssertionError("a process that only reads needs no clock")


def size(database: Database) -> int:
    """The number of entries in a log."""
    with database.reading() as c:
        return log_rows.size(c)
