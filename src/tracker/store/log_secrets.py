"""Finds the key store of a log, and makes its signing keys and its sealer.

Called by what opens, makes, migrates, restores or checks a store.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from tracker.domain.facts import IndividualErased
from tracker.store.address import POSTGRES, Options, data_folder, database_of, sqlite_path
from tracker.store.database.interface import Database
from tracker.store.keys.key_tables import SqliteKeys
from tracker.store.keys.master_key import Source, source_of
from tracker.store.keys.people_keys import KeyStore
from tracker.store.keys.sealing import Sealer

if TYPE_CHECKING:
    from tracker.store.proof.checkpoints import LogKeys

ERASED = IndividualErased.TYPE


def key_path(url: str, log_id: str, options: Options) -> Path | None:
    """The file of the key store; None where it is in PostgreSQL.

    By default it is named by the log's id and lies apart from the log, so that a copy of the log
    has no keys in it.
    """
    place = options.key_store
    if place is None and not url.startswith(POSTGRES):
        return data_folder() / "keys" / f"{log_id}.keys"
    if place is None or place.startswith(POSTGRES):
        return None
    return sqlite_path(place) if "://" in place else Path(place).expanduser()


def key_database(url: str, log_id: str, options: Options) -> Database:
    """The database of the key store; makes the folder of its file."""
    path = key_path(url, log_id, options)
    if path is None:
        return database_of(options.key_store or url, options)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return SqliteKeys(path, options.lock_timeout)


def master_key_source(options: Options) -> Source:
    """Where the master key comes from: what the options say or, if nothing, the environment."""
    sources = {
        "TRACKER_KEK_FILE": options.kek_file,
        "TRACKER_KEK_COMMAND": options.kek_command,
        "TRACKER_KEK": options.kek,
    }
    stated = {name: value for name, value in sources.items() if value is not None}
    return source_of(stated or os.environ)


def log_keys(log_id: str, keys: KeyStore) -> Callable[[], LogKeys]:
    """A function that makes the keys with which a log is signed, from its key store.

    Most commands never call it, and are spared loading what signs.
    """
    signing, history, begun = keys.secret("signing"), keys.secret("history"), keys.begun

    def make() -> LogKeys:
        from tracker.store.proof.checkpoints import LogKeys

        return LogKeys.from_secrets(log_id, signing, history, begun)

    return make


def make_sealer(database: Database, keys: KeyStore, options: Options) -> Sealer:
    """What seals and opens the facts of a log."""
    return Sealer(keys, lambda person: stand_ins(database, keys, person), options.sealing)


def stand_ins(database: Database, keys: KeyStore, originator_id: str) -> Mapping[str, date]:
    """The dates in place of an erased person's dates of birth, by "source id" of the entry."""
    with database.reading() as c:
        c.execute(
            "SELECT state FROM stored_events WHERE originator_id=? AND topic=?"
            " ORDER BY originator_version DESC LIMIT 1",
            (originator_id, ERASED),
        )
        row = c.fetchone()
    if row is None:  # the log is older than the key store, which has the same dates
        born = orjson.loads(keys.stand_in_dates(originator_id) or "[]")
    else:
        born = orjson.loads(bytes(row[0]))["data"]["born"]
    return {one["entry"]: date.fromisoformat(one["stand_in"]) for one in born}


def grant_keys(database: Database) -> None:
    """On PostgreSQL, gives the tables of keys to the role of those who record, if it exists."""
    if database.kind == "postgresql":
        script = resources.files("tracker.store.keys") / "key_roles.postgresql.sql"
        with database.writing() as c:
            c.run_script(script.read_text(encoding="utf-8"))
