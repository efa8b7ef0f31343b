"""Reads and writes the tables of the key store, on SQLite and on PostgreSQL. For `people_keys`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from tracker.domain.errors import TrackerError
from tracker.store.atomic_file import replacing
from tracker.store.database.interface import Cursor, Database, Row
from tracker.store.database.retrying import wait_until
from tracker.store.database.sqlite import Sqlite, make_private_file
from tracker.store.keys.seal import Key, MasterKeys, WrongMasterKey

COLUMNS = ("originator_id", "kid", "epoch", "wrapped")
AMONG = (
    "SELECT {WHAT} FROM {EACH} AS ids CROSS JOIN {IN}{TABLE} k WHERE k.originator_id=ids.value->>0"
)
CHANGE_LOCK = 0x7472_6163_6B65_7202  # the lock of who changes the key store: "tracker" and 2


class SqliteKeys(Sqlite):
    """A SQLite file in which deleted data is overwritten."""

    def _connect(self) -> Any:
        connection = super()._connect()
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        return connection


class WrappedKey(NamedTuple):
    """A person's key as it is stored: wrapped by the master key of an epoch under its `name`."""

    originator_id: str
    kid: bytes
    epoch: str
    wrapped: bytes

    @property
    def name(self) -> str:
        return _person(self.originator_id, self.kid)


class PersonKey(NamedTuple):
    """A person's key, and its id `kid`, which every part that it sealed names."""

    kid: bytes
    key: Key


People = Mapping[str, PersonKey]


def _person(originator_id: str, kid: bytes) -> str:
    return f"person|{originator_id}|{kid.hex()}"


def _secret(name: str) -> str:
    return f"secret|{name}"


def unwrap_keys(master: MasterKeys, keys: Iterable[WrappedKey]) -> dict[str, PersonKey]:
    """Unwraps keys; returns them by originator_id. Raises WrongMasterKey."""
    unwrap = master.unwrap
    return {k.originator_id: PersonKey(k.kid, unwrap(k.epoch, k.name, k.wrapped)) for k in keys}


def wrap_keys(master: MasterKeys, epoch: str, keys: People) -> Iterator[WrappedKey]:
    """Wraps keys by originator_id under an epoch; yields them as they are stored."""
    for one, (kid, key) in keys.items():
        yield WrappedKey(one, kid, epoch, master.wrap(epoch, _person(one, kid), key))


class KeyTables:
    """The tables of one key store, read and written with one cursor."""

    def __init__(self, c: Cursor, kind: str) -> None:
        self._c, self._kind = c, kind
        self._in = "tracker_keys." if kind == "postgresql" else ""

    def _query(self, sql: str, *params: Any, **names: str) -> list[Row]:
        for name, value in {"IN": self._in, "EACH": self._c.each, **names}.items():
            sql = sql.replace(f"{{{name}}}", value)
        self._c.execute(sql, params)
        return self._c.fetchall()

    def _execute(self, sql: str, *params: Any) -> None:
        self._c.execute(sql.replace("{IN}", self._in), params)

    def exists(self) -> bool:
        """Whether the key store has its tables."""
        return self._c.exists(f"{self._in}key_store")

    def make(self, store: str) -> None:
        """Makes the tables of a key store with this id."""
        script = resources.files("tracker.store.keys") / f"key_tables.{self._kind}.sql"
        self._c.run_script(script.read_text(encoding="utf-8"))
        self._execute("INSERT INTO {IN}key_store (id, generation, begun) VALUES (?,0,0)", store)

    def identity(self) -> tuple[str, int]:
        """The id of the key store, and how many keys were destroyed in it."""
        ((store, generation),) = self._query("SELECT id, generation FROM {IN}key_store")
        return store, generation

    def begun(self) -> bool:
        """Whether the log has ever had an entry."""
        return bool(self._query("SELECT begun FROM {IN}key_store")[0][0])

    def begin(self) -> None:
        """Records that the log has had an entry."""
        self._execute("UPDATE {IN}key_store SET begun=1")

    def secrets(self) -> dict[str, tuple[str, bytes]]:
        """Epoch and wrapped key of every secret."""
        rows = self._query("SELECT name, epoch, wrapped FROM {IN}secrets")
        return {name: (epoch, bytes(wrapped)) for name, epoch, wrapped in rows}

    def epoch_keys(self) -> dict[str, bytes]:
        """The key of each epoch, wrapped by a command that keeps its own master key."""
        rows = self._query("SELECT epoch, wrapped FROM {IN}epoch_keys")
        return {epoch: bytes(wrapped) for epoch, wrapped in rows}

    def people(self) -> Iterator[WrappedKey]:
        """Yields everybody's key, in order of originator_id."""
        for one, kid, epoch, wrapped in self._query(
            "SELECT originator_id, kid, epoch, wrapped FROM {IN}person_keys ORDER BY originator_id"
        ):
            yield WrappedKey(one, bytes(kid), epoch, bytes(wrapped))

    def keys_of(self, ids: Collection[str]) -> tuple[list[WrappedKey], list[str]]:
        """The keys of these people that exist, and the ids of those whose key was destroyed."""
        array = json.dumps([[one] for one in ids])
        columns = ",".join(f"k.{name}" for name in COLUMNS)
        rows = self._query(AMONG, array, WHAT=columns, TABLE="person_keys")
        destroyed = self._query(AMONG, array, WHAT="k.originator_id", TABLE="destroyed_keys")
        keys = [WrappedKey(one, bytes(kid), epoch, bytes(key)) for one, kid, epoch, key in rows]
        return keys, [one for (one,) in destroyed]

    def destroyed(self) -> set[str]:
        """The originator_ids of the people whose keys were destroyed."""
        return {one for (one,) in self._query("SELECT originator_id FROM {IN}destroyed_keys")}

    def add_epoch_key(self, epoch: str, wrapped: bytes) -> None:
        self._execute("INSERT INTO {IN}epoch_keys (epoch, wrapped) VALUES (?,?)", epoch, wrapped)

    def unwrapped_secrets(self, master: MasterKeys) -> dict[str, Key]:
        """The log's secrets by name; raises WrongMasterKey."""
        # the canary first, so that its error is the one raised
        secrets = sorted(self.secrets().items())
        return {name: master.unwrap(epoch, _secret(name), key) for name, (epoch, key) in secrets}

    def problems(self, master: MasterKeys, names: Iterable[str]) -> Iterator[str]:
        """Yields a sentence for each key that cannot be unwrapped, and each of `names` missing."""
        secrets, locked_out = self.secrets(), Counter[str]()
        rows = [(_secret(name), epoch, key) for name, (epoch, key) in secrets.items()]
        for name, epoch, key in chain(rows, ((k.name, k.epoch, k.wrapped) for k in self.people())):
            if epoch not in master.epochs:
                locked_out[epoch] += 1
                continue
            try:
                master.unwrap(epoch, name, key)
            except WrongMasterKey as error:
                yield str(error)
        for epoch, count in locked_out.items():
            yield f"the master key {master.where} lacks epoch {epoch!r}: {count} keys are shut"
        yield from (f"the key store lacks the secret {n!r}" for n in names if n not in secrets)

    def load_secrets(self, master: MasterKeys, epoch: str, secrets: Mapping[str, Key]) -> None:
        rows = [(name, epoch, master.wrap(epoch, _secret(name), k)) for name, k in secrets.items()]
        self._c.load(f"{self._in}secrets", ("name", "epoch", "wrapped"), rows)

    def load_people(self, rows: Iterable[WrappedKey]) -> None:
        self._c.load(f"{self._in}person_keys", COLUMNS, rows)

    def clear(self) -> None:
        """Deletes every wrapped key, to be stored again; not the list of destroyed keys."""
        for table in ("person_keys", "secrets", "epoch_keys"):
            self._execute(f"DELETE FROM {{IN}}{table}")

    def stand_in_dates(self, originator_id: str) -> str | None:
        """The dates in place of an erased person's dates of birth, as JSON; None if not erased."""
        rows = self._query(
            "SELECT born FROM {IN}destroyed_keys WHERE originator_id=?", originator_id
        )
        return rows[0][0] if rows else None

    def destroy(self, originator_id: str, at: str, born: str) -> None:
        """Deletes a person's key, and records when and with which dates in place of birth."""
        self._execute("DELETE FROM {IN}person_keys WHERE originator_id=?", originator_id)
        self._execute("INSERT INTO {IN}destroyed_keys VALUES (?,?,?)", originator_id, at, born)
        self._execute("UPDATE {IN}key_store SET generation=generation+1")


@contextmanager
def reading(database: Database) -> Iterator[KeyTables]:
    with database.reading() as c:
        yield KeyTables(c, database.kind)


@contextmanager
def changing(database: Database) -> Iterator[KeyTables]:
    """A transaction that changes the key store or its master key: one process at a time."""
    with database.working() as c:
        if database.kind == "postgresql":
            c.execute(f"SELECT pg_advisory_xact_lock({CHANGE_LOCK})")
        yield KeyTables(c, database.kind)


# --- what differs between the databases -----------------------------------------------------------


def database_exists(database: Any) -> bool:
    """Whether the database can be read: connecting to SQLite would make a missing file."""
    return database.kind != "sqlite" or bool(database.path.exists())


def make_private(database: Any) -> None:
    """On SQLite, makes the file so that only its owner may read it, before it has content."""
    if database.kind == "sqlite":
        with suppress(FileExistsError):  # another process came first
            make_private_file(database.path)


def can_be_copied(database: Any) -> None:
    """Raises TrackerError where the key store is in PostgreSQL: pg_dump copies that."""
    if database.kind != "sqlite":
        raise TrackerError("the key store is in PostgreSQL: copy its schema with pg_dump")


def copy_tables(database: Any, to: Path, store: str) -> None:
    """Copies the key store to a new file in one snapshot, with `store` as the copy's id."""
    can_be_copied(database)
    with replacing(to) as temporary, closing(SqliteKeys(temporary)) as copy:
        with database._connection() as ours, copy._connection() as theirs:
            ours.backup(theirs, pages=-1)
        with copy.working() as c:
            c.execute("UPDATE key_store SET id=?", (store,))


def scrub(database: Any) -> None:
    """Removes deleted keys from the disk: from SQLite's write-ahead log or PostgreSQL's pages.

    PostgreSQL's write-ahead log and its archive keep them; only a rotation of the master key makes
    those useless. Raises TrackerError where another process reads for too long.
    """
    if database.kind == "postgresql":
        with database.plain() as c:
            c.execute("VACUUM (FULL) tracker_keys.person_keys")
        return
    with database._connection() as connection:

        def emptied() -> bool:
            return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

        # tried again: SQLite does not always wait for another checkpoint to end
        if not wait_until(emptied, database.lock_timeout):
            raise TrackerError(
                f"{database.where}-wal still contains what was destroyed, as another process "
                "reads it: run the same command again"
            )
