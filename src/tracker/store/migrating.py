"""`tracker migrate`: makes the tables of a store, or brings those it has up to this release.

On SQLite a file that is not there yet is also made on first use (`opening`); a store that is there
is changed by this command alone, on either database.
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
from tracker.store.database.sqlite import Sqlite, permissions
from tracker.store.keys.people_keys import open_keys
from tracker.store.log_secrets import (
    grant_keys,
    key_database,
    log_keys,
    master_key_source,
    sealer_of,
)

Clock = Callable[[], datetime]


def migrate(url: str, clock: Clock, options: Options = Options()) -> str:
    """Makes the tables of a store, or brings those of release 0.1 up to date; says what it did."""
    database = database_of(url, options)
    try:
        if isinstance(database, Sqlite):
            permissions(database.path)
        # one process migrates at a time; the others find it done
        with locked(partial(database.try_lock, "migration"), poll=0.1):
            return _migrated(database, url, options)
    finally:
        database.close()


def _migrated(database: Database, url: str, options: Options) -> str:
    with database.reading() as c:
        version = schema.version_of(c)
    if version >= schema.newest(database.kind):
        schema.check(database)
        return f"{database.where} has the tables of this release: there was nothing to do"
    if version == schema.FIRST_RELEASE:
        entries = _from_first_release(database, url, options)
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


def _from_first_release(database: Database, url: str, options: Options) -> int:
    from tracker.store import first_release  # not at every start: few stores are that old

    log_id = new_log_id()
    keys = open_keys(key_database(url, log_id, options), master_key_source(options), False)
    try:
        with database.writing() as c:
            first_release.from_first_release(c, log_id)
            sealer = sealer_of(database, keys, options)
            entries = first_release.moved(c, log_keys(log_id, keys), sealer)
    finally:
        keys.close()
    if isinstance(database, Sqlite):  # there was no other then
        database.rewrite()  # or what was not sealed before would still be in the file
    return entries


def make_file(database: Sqlite) -> None:
    """Makes a new file with its tables; whoever comes at the same time finds it made."""
    permissions(database.path)
    with database.reading() as c:
        if schema.version_of(c) != schema.NO_TABLES:
            return
    make_tables(database)


def make_tables(database: Database) -> None:
    """Makes the tables of an empty store, unless another process was first."""
    with database.writing() as c:
        if schema.version_of(c) == schema.NO_TABLES:
            schema.create(c, database.kind, new_log_id())


def new_log_id() -> str:
    return secrets.token_hex(8)
