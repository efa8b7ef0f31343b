"""Opens a store: its tables, its keys, its log. Makes what is missing where that is right.

A new SQLite file is made on first use; PostgreSQL gets its tables from `tracker migrate` alone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path

import orjson

from tracker.domain.errors import TrackerError
from tracker.store import log_rows, migrating
from tracker.store.address import POSTGRES, Options, data_folder, database_of, sqlite_path
from tracker.store.database import schema
from tracker.store.database.interface import Database
from tracker.store.database.sqlite import Sqlite, permissions
from tracker.store.keys.key_tables import SqliteKeys
from tracker.store.keys.master_key import Source, source_of
from tracker.store.keys.people_keys import KeyStore, open_keys
from tracker.store.keys.sealing import Sealer
from tracker.store.log import STORE_ERRORS as STORE_ERRORS
from tracker.store.log import Log, time_ordered_ids
from tracker.store.proof.checkpoints import LogKeys

ERASED = "uk.mappa.individual.erased"
# The app owns the tables of keys: only an owner may have PostgreSQL rewrite one without its dead.
KEY_GRANTS = """DO $$
DECLARE
  held text;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'tracker_app')
     AND EXISTS (SELECT FROM pg_namespace WHERE nspname = 'tracker_keys') THEN
    GRANT USAGE, CREATE ON SCHEMA tracker_keys TO tracker_app;
    FOR held IN SELECT tablename FROM pg_tables WHERE schemaname = 'tracker_keys' LOOP
      BEGIN
        EXECUTE format('ALTER TABLE tracker_keys.%I OWNER TO tracker_app', held);
      EXCEPTION WHEN insufficient_privilege THEN
        EXECUTE format('GRANT ALL ON tracker_keys.%I TO tracker_app', held);
      END;
    END LOOP;
  END IF;
END $$"""
Clock = Callable[[], datetime]


def open_log(url: str, clock: Clock, options: Options = Options()) -> Log:
    """Opens the store of a URL, or makes it where it is a new file; raises TrackerError.

    Refuses a store of another release, and one whose keys or master key are not there.
    """
    database = _database(url, options)
    try:
        if isinstance(database, Sqlite):
            _make_file(database)
        log_id = schema.check(database)
        keys = open_keys(key_database(url, log_id, options), _source(options), size(database) > 0)
        if size(database) > 0:
            keys.begin()
        elif keys.begun:
            keys.close()
            raise TrackerError(
                f"the log {database.where} is empty, but entries were recorded under its keys: it "
                "was emptied, or its tables made anew; restore a backup of it"
            )
        sealer = sealer_of(database, keys, options)
        log = Log(database, _log_keys(log_id, keys), sealer, time_ordered_ids(clock))
        log.reopen = partial(open_to_read, url, options)
        return log
    except OSError as error:
        database.close()
        raise TrackerError(f"cannot open the store {database.where}: {error}") from None
    except BaseException:
        database.close()
        raise


def open_to_read(url: str, options: Options = Options()) -> Log:
    """Opens a store for a process that reads it and records nothing."""
    return open_log(url, _no_clock, options)


def _no_clock() -> datetime:
    raise AssertionError("a process that reads asks for no time")


def _database(url: str, options: Options) -> Database:
    try:
        return database_of(url, options)
    except OSError as error:
        raise TrackerError(f"cannot open the store {url.split('@')[-1]}: {error}") from None


def migrate(url: str, clock: Clock, options: Options = Options()) -> str:
    """Makes the tables of a store, or brings those of release 0.1 up to date; says what it did."""
    database = _database(url, options)
    try:
        if isinstance(database, Sqlite):
            permissions(database.path)
        with _taking_turns(database):
            return _migrated(database, url, options)
    finally:
        database.close()


@contextmanager
def _taking_turns(database: Database) -> Iterator[None]:
    """One process migrates at a time; the others find it done."""
    while True:
        with database.alone("migration") as got:
            if got:
                yield
                return
        time.sleep(0.1)


def _migrated(database: Database, url: str, options: Options) -> str:
    with database.reading() as c:
        version = schema.version_of(c)
    if version >= schema.VERSION:
        schema.check(database)
        return f"{database.where} has the tables of this release: there was nothing to do"
    if version == 1:
        entries = _from_first_release(database, url, options)
        return f"{database.where}: {entries} entries brought up to this release, sealed, proved"
    with database.writing() as c:
        if schema.version_of(c) == 0:  # still: others may be migrating too
            schema.create(c, database.kind, new_log_id())
    log_id = schema.check(database)
    open_keys(key_database(url, log_id, options), _source(options), False).close()
    if database.kind == "postgresql":
        _grant_keys(database)
    return f"{database.where} has its tables"


def _from_first_release(database: Database, url: str, options: Options) -> int:
    log_id = new_log_id()
    keys = open_keys(key_database(url, log_id, options), _source(options), False)
    try:
        with database.writing() as c:
            migrating.from_first_release(c, log_id)
            sealer = sealer_of(database, keys, options)
            entries = migrating.moved(c, _log_keys(log_id, keys), sealer)
    finally:
        keys.close()
    assert isinstance(database, Sqlite)
    database.compact()  # or what was not sealed before would still be in the file
    return entries


def restored(
    url: str, log_id: str, keys: Path | None, options: Options, fill: Callable[[Database], int]
) -> int:
    """Fills an empty store; `keys` is a copy of its key store, where it has none of its own."""
    database = _database(url, options)
    try:
        place = key_path(url, log_id, options)
        if keys is not None:
            _keys_can_be_put(keys, place)
        if isinstance(database, Sqlite):
            permissions(database.path)
        entries = fill(database)
        if keys is not None and place is not None:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(keys, place)
            place.chmod(0o600)
        if database.kind == "postgresql":
            _grant_keys(database)
    finally:
        database.close()
    return entries


def _keys_can_be_put(keys: Path, place: Path | None) -> None:
    if place is None:
        raise TrackerError("the keys of a store on PostgreSQL are restored with pg_restore")
    if not keys.is_file():
        raise TrackerError(f"there is no copy of the keys {keys}")
    if place.exists():
        raise TrackerError(f"{place} holds keys already, and nothing is put over them: leave "
                           "--keys out if they are those of this log")  # fmt: skip


def _grant_keys(database: Database) -> None:
    with database.writing() as c:
        c.execute(KEY_GRANTS)


def _make_file(database: Sqlite) -> None:
    """Makes a new file with its tables; whoever comes at the same time finds it made."""
    permissions(database.path)
    with database.reading() as c:
        if schema.version_of(c) != 0:
            return
    with database.writing() as c:
        if schema.version_of(c) == 0:
            schema.create(c, database.kind, new_log_id())


def new_log_id() -> str:
    return secrets.token_hex(8)


def size(database: Database) -> int:
    """The number of entries in a log."""
    with database.reading() as c:
        return log_rows.size(c)


def key_path(url: str, log_id: str, options: Options) -> Path | None:
    """The file of the key store; None where it is in PostgreSQL.

    By default apart from the log, under the log's own id: whoever copies the one has not the other.
    """
    place = options.key_store
    if place is None and not url.startswith(POSTGRES):
        return data_folder() / "keys" / f"{log_id}.keys"
    if place is None or place.startswith(POSTGRES):
        return None
    return sqlite_path(place) if "://" in place else Path(place).expanduser()


def key_database(url: str, log_id: str, options: Options) -> Database:
    """The database of the key store."""
    path = key_path(url, log_id, options)
    if path is None:
        return database_of(options.key_store or url, options)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SqliteKeys(path, options.lock_timeout)


def _source(options: Options) -> Source:
    environment = dict(os.environ)
    for name, value in (
        ("TRACKER_KEK_FILE", options.kek_file), ("TRACKER_KEK_COMMAND", options.kek_command),
    ):  # fmt: skip
        if value is not None:
            environment[name] = value
    return source_of(environment)


def _log_keys(log_id: str, keys: KeyStore) -> LogKeys:
    return LogKeys.of(log_id, keys.secret("signing"), keys.secret("history"), keys.begun)


def sealer_of(database: Database, keys: KeyStore, options: Options) -> Sealer:
    return Sealer(keys, lambda person: stand_ins(database, keys, person), options.sealing)


def stand_ins(database: Database, keys: KeyStore, originator_id: str) -> Mapping[str, date]:
    """What stands for the dates of birth of a person who was erased, by the entry that gave it."""
    with database.reading() as c:
        c.execute(
            "SELECT state FROM stored_events WHERE originator_id=? AND topic=?"
            " ORDER BY originator_version DESC LIMIT 1",
            (originator_id, ERASED),
        )
        row = c.fetchone()
    if row is None:  # the log is older than the key store, which keeps the same
        born = orjson.loads(keys.born(originator_id) or "[]")
    else:
        born = orjson.loads(bytes(row[0]))["data"]["born"]
    return {one["entry"]: date.fromisoformat(one["stand_in"]) for one in born}


def check_keys(url: str, options: Options) -> list[str]:
    """What is wrong with the keys of a store, a sentence each."""
    database = database_of(url, options)
    try:
        log_id = schema.check(database)
        with database.reading() as c:
            c.execute("SELECT subject, originator_id FROM individuals ORDER BY originator_id")
            people = {row[1]: row[0] for row in c.fetchall()}
            c.execute("SELECT DISTINCT originator_id FROM stored_events WHERE topic=?", (ERASED,))
            erased = {row[0] for row in c.fetchall()}

        def named(problem: str) -> str:
            first, _, rest = problem.partition(" ")
            return f"{people[first]} {rest}" if first in people else problem

        def needs_key(person: str) -> bool:
            """Whether anything is sealed: not where all was recorded with sealing off."""
            with database.reading() as c:
                c.execute("SELECT state FROM stored_events WHERE originator_id=?", (person,))
                return any("sealed" in orjson.loads(bytes(row[0])) for row in c.fetchall())

        try:
            where = key_database(url, log_id, options)
            keys = open_keys(where, _source(options), bool(people))
        except TrackerError as error:
            return [str(error)]
        try:
            return [named(one) for one in keys.check(people, erased, needs_key)]
        finally:
            keys.close()
    finally:
        database.close()
