"""Reads a key store with its master key, and rotates the master key. For `people_keys`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from tracker.store.database.interface import Database
from tracker.store.database.retrying import retry
from tracker.store.keys import key_tables
from tracker.store.keys.key_tables import (
    KeyTables,
    People,
    changing,
    reading,
    unwrap_keys,
    wrap_keys,
)
from tracker.store.keys.master_key import Source, is_made_by
from tracker.store.keys.seal import Key, MasterKeys, WrongMasterKey

CANARY = "canary"
ATTEMPTS = 4  # to read while another process rotates the master key
T = TypeVar("T")


class Rotation(NamedTuple):
    """The result of a rotation: the new epoch, the number of people's keys, what became of others.

    `destroyed`: the epochs destroyed. `left`: the epochs no longer in use that this key store did
    not make, to be destroyed by who made them.
    """

    epoch: str
    keys: int
    destroyed: tuple[str, ...]
    left: tuple[str, ...]

    def __str__(self) -> str:
        gone = f"; destroyed: {', '.join(self.destroyed)}" if self.destroyed else ""
        left = f"; destroy yourself, if nothing else needs it: {', '.join(self.left)}"
        done = f"{self.keys} keys are wrapped under epoch {self.epoch}{gone}"
        return done + left if self.left else done


class WrappedKeys:
    """A key store and the source of its master key: reads wrapped keys, and rotates."""

    def __init__(self, database: Database, source: Source) -> None:
        self.database, self.source = database, source
        self.master = MasterKeys(source.where, {})

    def read(self, ask: Callable[[KeyTables, MasterKeys], T]) -> T:
        """What `ask` returns, called with the tables in one snapshot and the master key.

        It is called again, with the epochs read again, after WrongMasterKey: another process may
        have rotated the master key. The last WrongMasterKey is raised.
        """
        master = self.master

        def attempt() -> T:
            with reading(self.database) as tables:
                return ask(tables, master)

        def read_again(_failures: int) -> None:
            nonlocal master
            with reading(self.database) as tables:
                master = self.read_master(tables)

        return retry(attempt, on=(WrongMasterKey,), attempts=ATTEMPTS, between=read_again)

    def read_master(self, tables: KeyTables) -> MasterKeys:
        """Reads the epochs of the master key from its source."""
        self.master = self.source.read(tables.epoch_keys())
        return self.master

    def epoch_in_use(self, tables: KeyTables) -> tuple[str, MasterKeys]:
        """The epoch under which keys are wrapped, and the master key. Call it within `changing`.

        Only then can no other process rotate before the keys are stored.
        """
        epoch, _ = tables.secrets()[CANARY]
        master = self.master
        return epoch, master if epoch in master.epochs else self.read_master(tables)

    def rotate(self, store: str, to: str | None = None) -> Rotation:
        """Wraps every key under a new epoch in one commit, then destroys the epochs before it.

        `store` is the id of the key store, `to` an existing epoch to use instead of a new one. An
        epoch that this key store did not make is left: other key stores may need it.
        """
        with changing(self.database) as tables:
            used, master = self.epoch_in_use(tables)
            secrets = tables.unwrapped_secrets(master)
            people = unwrap_keys(master, tables.people())
            tables.clear()
            epoch = to or self.source.next_epoch(store, used)
            self.wrap_all(tables, epoch, secrets, people)
        destroyed = self._destroy_old_epochs(store)
        key_tables.scrub(self.database)
        left = () if is_made_by(store, used) or used == epoch else (used,)
        return Rotation(epoch, len(people), destroyed, left)

    def wrap_all(
        self, tables: KeyTables, epoch: str, secrets: Mapping[str, Key], people: People
    ) -> None:
        """Stores secrets and people's keys, wrapped under an epoch, in tables without any."""
        if (kept := self.source.wrap_new_key(epoch)) is not None:
            tables.add_epoch_key(epoch, kept)
        master = self.read_master(tables)
        tables.load_secrets(master, epoch, secrets)
        tables.load_people(wrap_keys(master, epoch, people))

    def _destroy_old_epochs(self, store: str) -> tuple[str, ...]:
        """Destroys the epochs that this key store made and no longer uses; returns them."""
        with changing(self.database) as tables:
            used, master = self.epoch_in_use(tables)
            old = tuple(e for e in master.epochs if is_made_by(store, e) and e != used)
            destroyed = bool(old) and self.source.destroy_epochs(old)
            self.read_master(tables)
        return old if destroyed else ()
