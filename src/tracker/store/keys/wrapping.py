"""The tables of a key store and the master key that wraps what is in them. For `people_keys`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from tracker.store.database.interface import Database
from tracker.store.database.retrying import retry
from tracker.store.keys import key_tables
from tracker.store.keys.key_tables import KeyTables, People, changing, reading, unwrapped, wrapped
from tracker.store.keys.master_key import Source, made_by
from tracker.store.keys.seal import Key, MasterKeys, WrongMasterKey

CANARY = "canary"
ATTEMPTS = 4  # to read while another process rotates the master key
T = TypeVar("T")


class Rotation(NamedTuple):
    """What a rotation did. Whoever made the epochs in `left` is to destroy them."""

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
    """A key store as it is wrapped: read under the right epoch, and rotated to another."""

    def __init__(self, database: Database, source: Source) -> None:
        self.database, self.source = database, source
        self.master = MasterKeys(source.where, {})

    def read(self, ask: Callable[[KeyTables, MasterKeys], T]) -> T:
        """What `ask` reads; again where another process has rotated since the epochs were read."""
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
        """The epochs of the master key as they are now."""
        self.master = self.source.read(tables.epoch_keys())
        return self.master

    def in_use(self, tables: KeyTables) -> tuple[str, MasterKeys]:
        """The epoch that wraps today, asked under the lock: another process may have rotated."""
        epoch, _ = tables.secrets()[CANARY]
        master = self.master
        return epoch, master if epoch in master.epochs else self.read_master(tables)

    def rotate(self, store: str, to: str | None = None) -> Rotation:
        """Wraps every key under a new epoch in one commit, then destroys the epochs before it.

        `store` is the id of the key store, `to` an epoch that is there already. An epoch that this
        key store did not make for itself may serve others, and is left.
        """
        with changing(self.database) as tables:
            used, master = self.in_use(tables)
            secrets = tables.unwrapped_secrets(master)
            people = unwrapped(master, tables.people())
            tables.clear()
            epoch = to or self.source.following(store, used)
            self.wrap_all(tables, epoch, secrets, people)
        destroyed = self._destroy_old_epochs(store)
        key_tables.scrub(self.database)
        left = () if made_by(store, used) or used == epoch else (used,)
        return Rotation(epoch, len(people), destroyed, left)

    def wrap_all(
        self, tables: KeyTables, epoch: str, secrets: Mapping[str, Key], people: People
    ) -> None:
        """Stores every secret and every key wrapped under an epoch."""
        if (kept := self.source.begin(epoch)) is not None:
            tables.keep_epoch(epoch, kept)
        master = self.read_master(tables)
        tables.load_secrets(master, epoch, secrets)
        tables.load_people(wrapped(master, epoch, people))

    def _destroy_old_epochs(self, store: str) -> tuple[str, ...]:
        """Of those that this key store made for itself; while nobody else can be making one."""
        with changing(self.database) as tables:
            used, master = self.in_use(tables)
            old = tuple(e for e in master.epochs if made_by(store, e) and e != used)
            destroyed = bool(old) and self.source.drop(old)
            self.read_master(tables)
        return old if destroyed else ()
