"""`tracker migrate`: makes the tables of a store, or migrates them to this release.

A new SQLite file is also made on first use (`opening`). An existing store, on either database, is
migrated by this command alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from functools import partial

from tracker.store.address import Options, database_of
from tracker.store.database import schema
from tracker.store.database.interface import Database
from tracker.store.database.retrying import locked
from tracker.store.database.sqlite import Sqlite, make_private_file
from tracker.store.keys.people_keys import open_keys
from tracker.store.log_secrets import (
    grant_keys,
    key_database,
    log_keys,
    make_sealer,
    master_key_source,
)

Clock = Callable[[], datetime]


def migrate(url: str, clock: Clock, options: Options = Options()) -> str:
    """Makes the tables of a store, or migrates them to this release; a sentence says what it did.

    Raises TrackerError for a store of a newer release, and where its keys cannot be opened.
    """
    database = database_of(url, options)
    try:
        if isinstance(database, Sqlite):
            make_private_file(database.path)
        # one process migrates at a time; then there is nothing left to do for the others
        with locked(partial(database.try_lock, "migration"), poll=0.1):
            return _migrate(database, url, options)
    finally:
        database.close()


def _migrate(database: Database, url: str, options: Options) -> str:
    with database.reading() as c:
        version = schema.version_of(c)
    if version >= schema.newest(database.kind):
        schema.check(database)
        return f"{database.where} has the tables of this release: there was nothing to do"
    if version == schema.FIRST_RELEASE:
        entries = _upgrade_first_release(database, url, options)
        return f"{database.where}: {entries} entries brought up to this release, sealed, proved"
    if version != schema.NO_TABLES:
        with database.writing() as c:
            applied = schema.upgrade(c, database.kind)
        return f"{database.where} is brought up to this release: {', '.join(applied)}"
    make_tables(database)
    log_id = schema.check(database)
    open_keys(key_database(url, log_id, options), master_key_source(options), False).close()
    grant_keys(database)
    return f"{database.where} has its tables"


def _upgrade_first_release(database: Database, url: str, options: Options) -> int:
    from tracker.store import first_release  # not at every start: few stores are that old

    log_id = new_log_id()
    keys = open_keys(key_database(url, log_id, options), master_key_source(options), False)
    try:
        with database.writing() as c:
            first_release.set_up_tables(c, log_id)
            sealer = make_sealer(database, keys, options)
            entries = first_release.move_entries(c, log_keys(log_id, keys)(), sealer)
    finally:
        keys.close()
    if isinstance(database, Sqlite):  # release 0.1 had no other database
        database.rewrite()  # else the file would still contain the unsealed rows
    return entries


def make_file(database: Sqlite) -> None:
    """Makes the file and its tables if there are none; processes may call it at the same time."""
    make_private_file(database.path)
    with database.reading() as c:
        if schema.version_of(c) != schema.NO_TABLES:
            return
    make_tables(database)


def make_tables(database: Database) -> None:
    """Makes the tables of an empty store, unless another process made them first."""
    with database.writing() as c:
        if schema.version_of(c) == schema.NO_TABLES:
            schema.create(c, database.kind, new_log_id())


def new_log_id() -> str:
    return secrets.token_hex(8)
