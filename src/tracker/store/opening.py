"""Opens a store: its tables, its keys, its log. Makes what is missing where that is right.

A new SQLite file is made on first use; PostgreSQL gets its tables from `tracker migrate` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from tracker.domain.errors import TrackerError
from tracker.store import log_rows
from tracker.store.address import Options, database_of
from tracker.store.database import schema
from tracker.store.database.interface import Database
from tracker.store.database.sqlite import Sqlite
from tracker.store.keys.people_keys import KeyStore, open_keys
from tracker.store.log import STORE_ERRORS as STORE_ERRORS
from tracker.store.log import Log
from tracker.store.log_secrets import key_database, log_keys, master_key_source, sealer_of
from tracker.store.migrating import make_file
from tracker.store.migrating import migrate as migrate

Clock = Callable[[], datetime]


def open_log(url: str, clock: Clock, options: Options = Options()) -> Log:
    """Opens the store of a URL, or makes it where it is a new file; raises TrackerError.

    Refuses a store of another release, and one whose keys or master key are not there.
    """
    database = database_of(url, options)
    try:
        if isinstance(database, Sqlite):
            make_file(database)
        log_id = schema.check(database)
        keys = _keys_of(database, url, log_id, options)
        sealer = sealer_of(database, keys, options)
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
    """The key store of a log; raises TrackerError where one of the two is not the other's."""
    entries = size(database)
    keys = open_keys(key_database(url, log_id, options), master_key_source(options), entries > 0)
    if entries > 0:
        keys.begin()
    elif keys.begun:
        keys.close()
        raise TrackerError(
            f"the log {database.where} is empty, but entries were recorded under its keys: it "
            "was emptied, or its tables made again; restore a backup of it"
        )
    return keys


def open_to_read(url: str, options: Options = Options()) -> Log:
    """Opens a store for a process that reads it and records nothing."""
    return open_log(url, _no_clock, options)


def _no_clock() -> datetime:
    raise AssertionError("a process that reads asks for no time")


def size(database: Database) -> int:
    """The number of entries in a log."""
    with database.reading() as c:
        return log_rows.size(c)
