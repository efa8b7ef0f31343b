"""The key store: every person's key and the log's secrets, each wrapped by the master key.

A database of its own, never in the backup of the log: destroying a key there erases a person.
Opened by `opening` with the log; `sealing` asks it for keys.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TypeVar

from tracker.domain.errors import TrackerError
from tracker.store.database.interface import Database
from tracker.store.keys import key_tables
from tracker.store.keys.key_tables import KeyTables, changing, reading, unwrapped, wrapped
from tracker.store.keys.key_tables import PersonKey as PersonKey
from tracker.store.keys.master_key import Source
from tracker.store.keys.seal import KID, Key, MasterKeys, WrongMasterKey, forget_keys, new_key
from tracker.store.keys.wrapping import CANARY, Rotation, WrappedKeys

SECRETS = ("signing", "history", "search")  # an Ed25519 seed, and the keys of two HMACs
CACHE_SIZE = 20_000
Ids = Collection[str]
T = TypeVar("T")
_CACHE_LOCK = Lock()  # none may be added while the oldest are looked for


CachedKeys = dict[str, PersonKey | None]


class KeyMissing(TrackerError):
    """The key store is not there, or holds nothing of a person."""


def open_keys(database: Database, source: Source, log_in_use: bool) -> KeyStore:
    """The key store of a log, made where the log holds no entries yet."""
    keys = KeyStore(database, source)
    try:
        if not keys.exists():
            if log_in_use:
                raise KeyMissing(
                    f"the log holds entries, but its key store {database.where} is missing: put "
                    "its newest copy in its place, for without it nothing personal can be read"
                )
            keys.make()
        return keys.open()
    except BaseException:
        database.close()
        raise


class KeyStore:
    """Keys by person and secrets by name; in memory once asked for."""

    id: str
    begun: bool

    def __init__(self, database: Database, source: Source) -> None:
        self._db, self._source = database, source
        self._wrapped = WrappedKeys(database, source)
        self._cache: CachedKeys = {}
        self._secrets: Mapping[str, Key] = {}
        self._generation = 0

    # --- making, opening, closing -----------------------------------------------------------------

    def exists(self) -> bool:
        if not key_tables.there(self._db):
            return False
        with reading(self._db) as tables:
            return tables.exists()

    def make(self) -> None:
        """Makes the tables and the secrets; nothing where another process was first."""
        key_tables.for_its_owner_alone(self._db)
        with changing(self._db) as tables:
            if not tables.exists():
                store = secrets.token_hex(4)
                tables.make(store)
                made = {name: new_key() for name in (CANARY, *SECRETS)}
                self._wrapped.wrap_all(tables, self._source.first(store), made, {})

    def open(self) -> KeyStore:
        """Reads the secrets; raises WrongMasterKey where the master key is not the right one."""
        try:
            self._wrapped.read(self._open)
        except WrongMasterKey as error:
            raise WrongMasterKey(f"cannot open the key store {self._db.where}: {error}") from None
        return self

    def _open(self, tables: KeyTables, master: MasterKeys) -> None:
        self.id, self._generation = tables.identity()
        self.begun = tables.begun()
        self._secrets = tables.unwrapped_secrets(master)
        if lacking := {CANARY, *SECRETS} - self._secrets.keys():
            raise KeyMissing(
                f"the key store {self._db.where} lacks {', '.join(sorted(lacking))}: put its "
                "newest copy in its place"
            )

    def close(self) -> None:
        self._cache.clear()
        self._db.close()

    def begin(self) -> None:
        """Remembers that the log holds entries: an empty one is an emptied one from then on."""
        if not self.begun:
            with changing(self._db) as tables:
                tables.begin()
            self.begun = True

    def can_be_copied(self) -> None:
        """Raises where another program must copy it."""
        key_tables.can_be_copied(self._db)

    def copy(self, to: Path) -> None:
        """Writes a copy, which opens until today's epoch is destroyed."""
        # as another store: rotating it, in a drill, destroys no epoch of this one
        key_tables.copied(self._db, to, secrets.token_hex(4))

    # --- keys -------------------------------------------------------------------------------------

    def secret(self, name: str) -> Key:
        return self._secrets[name]

    def key_of(self, originator_id: str) -> PersonKey | None:
        """A person's key; None where it was destroyed. Raises KeyMissing where it never was."""
        try:
            return self._cache[originator_id]
        except KeyError:
            return self.keys_of((originator_id,))[originator_id]

    def keys_of(self, originator_ids: Ids) -> CachedKeys:
        """The keys of many people at once."""
        keys = self._wrapped.read(lambda c, master: self._look_up(c, master, originator_ids))
        for one in originator_ids:
            if one not in keys:
                raise KeyMissing(
                    f"the key store {self._db.where} has no key of {one}, and none was destroyed: "
                    "put its newest copy in its place"
                )
        return keys

    def born(self, originator_id: str) -> str | None:
        """What was kept of a person whose key is destroyed."""
        with reading(self._db) as tables:
            return tables.born(originator_id)

    def generation(self) -> int:
        """How many keys were destroyed."""
        with reading(self._db) as tables:
            return tables.identity()[1]

    def for_writing(self, originator_id: str) -> PersonKey:
        """A person's key, made where there is none; raises where it was destroyed."""
        key = self._cache.get(originator_id)
        if key is None:
            self.new_keys((originator_id,))
            key = self.key_of(originator_id)
        if key is None:
            raise TrackerError(f"{originator_id} was erased: nothing more can be sealed")
        return key

    def new_keys(self, originator_ids: Ids) -> None:
        """Makes the keys of those who have none: all in one commit, durable when it returns."""
        cache = self._cache  # before they are made: another thread may destroy one once they are
        if all(one in cache for one in originator_ids):
            return
        with changing(self._db) as tables:
            epoch, master = self._wrapped.in_use(tables)
            there = self._look_up(tables, master, originator_ids)
            made = {one: PersonKey(os.urandom(KID), new_key())
                    for one in dict.fromkeys(originator_ids) if one not in there}  # fmt: skip
            tables.load_people(wrapped(master, epoch, made))
        _add_to_cache(cache, made)

    def destroy(self, originator_id: str, at: datetime, born: str = "[]") -> None:
        """Destroys a person's key for good; of one destroyed before, makes sure of it.

        `born` is what stands for dates of birth, as JSON: for a log restored without the erasure.
        """
        with changing(self._db) as tables:
            keys, _ = tables.keys_of((originator_id,))
            if keys:
                tables.destroy(originator_id, at.isoformat(), born)
        self._clear_cache()
        self.keys_of((originator_id,))
        key_tables.scrub(self._db)

    def refresh(self) -> None:
        """Lets go of the keys in memory where another process has destroyed one: before a read."""
        with reading(self._db) as tables:
            _, generation = tables.identity()
        if generation != self._generation:
            self._clear_cache()
            self._generation = generation

    def rotate(self, to: str | None = None) -> Rotation:
        """Wraps every key under a new epoch, or under `to`, and destroys the epochs before it."""
        return self._wrapped.rotate(self.id, to)

    def check(
        self,
        people: Ids = (),
        erased: Ids = (),
        needs_key: Callable[[str], bool] = lambda person: True,
    ) -> list[str]:
        """What is wrong with the keys, and against what the log says of people."""
        with reading(self._db) as tables:
            try:
                problems = list(
                    tables.problems(self._wrapped.read_master(tables), (CANARY, *SECRETS))
                )
            except WrongMasterKey as error:
                return [str(error)]
            keys, gone = {one.originator_id for one in tables.people()}, tables.destroyed()
        lacking = [one for one in people if one not in keys | gone and needs_key(one)]
        problems += [f"{one} has no key, and none was destroyed" for one in lacking]
        again = [one for one in erased if one in keys]
        return problems + [f"{one} was erased, but the key is here: erase again" for one in again]

    def _look_up(self, tables: KeyTables, master: MasterKeys, ids: Ids) -> CachedKeys:
        """The keys there are, None for those destroyed, nothing for those who never had one."""
        cache, (keys, gone) = self._cache, tables.keys_of(ids)
        looked_up: CachedKeys = {**dict.fromkeys(gone), **unwrapped(master, keys)}
        _add_to_cache(cache, looked_up)
        return looked_up

    def _clear_cache(self) -> None:
        # a new dictionary: another thread may still add keys that it read before to the old one
        self._cache = {}
        forget_keys()


def _add_to_cache(cache: CachedKeys, keys: Mapping[str, PersonKey | None]) -> None:
    with _CACHE_LOCK:
        if len(cache) + len(keys) > CACHE_SIZE:
            for one in list(islice(cache, max(len(keys), CACHE_SIZE // 2))):
                cache.pop(one, None)
        cache.update(islice(keys.items(), CACHE_SIZE))
