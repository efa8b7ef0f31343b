"""The key store: every person's key and the log's secrets, each wrapped by the master key.

It is a database of its own, never in a backup of the log: destroying a key in it erases a person.
Opened with the log by `opening`; `sealing` gets keys from it.
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
from tracker.store.keys.key_tables import KeyTables, changing, reading, unwrap_keys, wrap_keys
from tracker.store.keys.key_tables import PersonKey as PersonKey
from tracker.store.keys.master_key import Source
from tracker.store.keys.seal import KID, Key, MasterKeys, WrongMasterKey, forget_keys, new_key
from tracker.store.keys.wrapping import CANARY, Rotation, WrappedKeys

SECRETS = ("signing", "history", "search")  # an Ed25519 seed, and the keys of two HMACs
CACHE_SIZE = 20_000
Ids = Collection[str]
T = TypeVar("T")
_CACHE_LOCK = Lock()  # no key may be added while the oldest are removed


CachedKeys = dict[str, PersonKey | None]


class KeyMissing(TrackerError):
    """The key store is missing, or lacks a person's key that was not destroyed."""


def open_keys(database: Database, source: Source, log_in_use: bool) -> KeyStore:
    """Opens the key store of a log; makes it unless `log_in_use`: the log has entries.

    Raises KeyMissing where it is missing, WrongMasterKey where the master key does not open it.
    """
    keys = KeyStore(database, source)
    try:
        if not keys.exists():
            if log_in_use:
                raise KeyMissing(
                    f"the log has entries, but its key store {database.where} is missing: put "
                    "its newest copy in its place, for without it nothing personal can be read"
                )
            keys.make()
        return keys.open()
    except BaseException:
        database.close()
        raise


class KeyStore:
    """Keys by originator_id and secrets by name, cached in memory. `begun`: the log had entries."""

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
        if not key_tables.database_exists(self._db):
            return False
        with reading(self._db) as tables:
            return tables.exists()

    def make(self) -> None:
        """Makes the tables and the secrets, unless another process made them first."""
        key_tables.make_private(self._db)
        with changing(self._db) as tables:
            if not tables.exists():
                store = secrets.token_hex(4)
                tables.make(store)
                made = {name: new_key() for name in (CANARY, *SECRETS)}
                self._wrapped.wrap_all(tables, self._source.first_epoch(store), made, {})

    def open(self) -> KeyStore:
        """Reads the secrets; raises WrongMasterKey or KeyMissing. Returns itself."""
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

    def has_begun(self) -> bool:
        """Whether the log has had entries by now, whichever process recorded them."""
        if not self.begun:
            with reading(self._db) as tables:
                self.begun = tables.begun()
        return self.begun

    def begin(self) -> None:
        """Records that the log has entries: if it is empty later, it was emptied."""
        if not self.begun:
            with changing(self._db) as tables:
                tables.begin()
            self.begun = True

    def can_be_copied(self) -> None:
        """Raises TrackerError where it cannot be copied to a file, as it is in PostgreSQL."""
        key_tables.can_be_copied(self._db)

    def copy(self, to: Path) -> None:
        """Copies the key store to a new file, which opens until the epoch in use is destroyed."""
        # with another id: rotating the copy, in a drill, destroys no epoch of this store
        key_tables.copy_tables(self._db, to, secrets.token_hex(4))

    # --- keys -------------------------------------------------------------------------------------

    def secret(self, name: str) -> Key:
        """A secret of the log, by its name in SECRETS."""
        return self._secrets[name]

    def key_of(self, originator_id: str) -> PersonKey | None:
        """A person's key; None where it was destroyed. Raises KeyMissing where there was none."""
        try:
            return self._cache[originator_id]
        except KeyError:
            return self.keys_of((originator_id,))[originator_id]

    def keys_of(self, originator_ids: Ids) -> CachedKeys:
        """The keys of many people, by originator_id; otherwise as `key_of`."""
        keys = self._wrapped.read(lambda c, master: self._look_up(c, master, originator_ids))
        for one in originator_ids:
            if one not in keys:
                raise KeyMissing(
                    f"the key store {self._db.where} has no key of {one}, and none was destroyed: "
                    "put its newest copy in its place"
                )
        return keys

    def stand_in_dates(self, originator_id: str) -> str | None:
        """The dates in place of an erased person's dates of birth, as JSON; None if not erased."""
        with reading(self._db) as tables:
            return tables.stand_in_dates(originator_id)

    def generation(self) -> int:
        """How many keys were destroyed: it changes with every erasure."""
        with reading(self._db) as tables:
            return tables.identity()[1]

    def key_for_writing(self, originator_id: str) -> PersonKey:
        """A person's key, made where there is none; raises TrackerError where it was destroyed."""
        key = self._cache.get(originator_id)
        if key is None:
            self.make_keys((originator_id,))
            key = self.key_of(originator_id)
        if key is None:
            raise TrackerError(f"{originator_id} was erased: nothing more can be sealed")
        return key

    def make_keys(self, originator_ids: Ids) -> None:
        """Makes the keys of those who never had one, in one commit, durable when it returns."""
        # the cache of before the commit: another thread may destroy a key after it and replace it
        cache = self._cache
        if all(one in cache for one in originator_ids):
            return
        with changing(self._db) as tables:
            epoch, master = self._wrapped.epoch_in_use(tables)
            there = self._look_up(tables, master, originator_ids)
            made = {one: PersonKey(os.urandom(KID), new_key())
                    for one in dict.fromkeys(originator_ids) if one not in there}  # fmt: skip
            tables.load_people(wrap_keys(master, epoch, made))
        _add_to_cache(cache, made)

    def destroy(self, originator_id: str, at: datetime, born: str = "[]") -> None:
        """Destroys a person's key for good; safe to repeat.

        `born` is the dates in place of dates of birth, as JSON, kept here in case a log without
        the erasure is restored. Raises KeyMissing where the person never had a key.
        """
        with changing(self._db) as tables:
            keys, _ = tables.keys_of((originator_id,))
            if keys:
                tables.destroy(originator_id, at.isoformat(), born)
        self._clear_cache()
        self.keys_of((originator_id,))
        key_tables.scrub(self._db)

    def refresh(self) -> None:
        """Clears the cache if another process has destroyed a key. Call it before reading."""
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
        """What is wrong with the keys, a sentence each.

        `people` and `erased` are the originator_ids in the log, and of those erased; `needs_key`
        says whether a person has anything sealed. A sentence about a person begins with their id.
        """
        with reading(self._db) as tables:
            try:
                problems = list(
                    tables.problems(self._wrapped.read_master(tables), (CANARY, *SECRETS))
                )
            except WrongMasterKey as error:
                return [str(error)]
            keys, destroyed = {one.originator_id for one in tables.people()}, tables.destroyed()
        lacking = [one for one in people if one not in keys | destroyed and needs_key(one)]
        problems += [f"{one} has no key, and none was destroyed" for one in lacking]
        again = [one for one in erased if one in keys]
        return problems + [f"{one} was erased, but the key is here: erase again" for one in again]

    def _look_up(self, tables: KeyTables, master: MasterKeys, ids: Ids) -> CachedKeys:
        """Reads keys by id: None for those destroyed, no item for those who never had one."""
        cache, (keys, destroyed) = self._cache, tables.keys_of(ids)
        looked_up: CachedKeys = {**dict.fromkeys(destroyed), **unwrap_keys(master, keys)}
        _add_to_cache(cache, looked_up)
        return looked_up

    def _clear_cache(self) -> None:
        # a new dictionary: another thread may still add keys it has read already to the old one
        self._cache = {}
        forget_keys()


def _add_to_cache(cache: CachedKeys, keys: Mapping[str, PersonKey | None]) -> None:
    with _CACHE_LOCK:
        if len(cache) + len(keys) > CACHE_SIZE:
            for one in list(islice(cache, max(len(keys), CACHE_SIZE // 2))):
                cache.pop(one, None)
        cache.update(islice(keys.items(), CACHE_SIZE))
