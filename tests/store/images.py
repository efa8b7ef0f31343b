"""A log in memory: made up, read from a store, changed, and written back.

All that it needs of a store is `sql(statement, params)`: any database with the tables will do.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from tracker.domain.facts import CATALOGUE
from tracker.store.database.interface import Cursor
from tracker.store.proof.checkpoints import LogKeys
from tracker.store.proof.merkle import Frontier, leaf_hash
from tracker.store.proof.verifying import Finding, verify

TOPICS = sorted(CATALOGUE)
TABLES = (
    "CREATE TABLE stored_events (notification_id INTEGER PRIMARY KEY, originator_id TEXT NOT NULL,"
    " originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,"
    " leaf BLOB NOT NULL, UNIQUE (originator_id, originator_version))",
    "CREATE TABLE individuals (subject TEXT PRIMARY KEY, originator_id TEXT NOT NULL UNIQUE)"
    " WITHOUT ROWID",
    "CREATE TABLE entry_keys (source TEXT NOT NULL, id TEXT NOT NULL,"
    " notification_id INTEGER NOT NULL, PRIMARY KEY (source, id)) WITHOUT ROWID",
    "CREATE TABLE log_head (id INTEGER PRIMARY KEY, size INTEGER NOT NULL,"
    " frontier BLOB NOT NULL, note TEXT NOT NULL)",
    "CREATE TABLE checkpoints (size INTEGER PRIMARY KEY, root BLOB NOT NULL, mac BLOB NOT NULL)",
)
COLUMNS = {
    "stored_events": ("notification_id", "originator_id", "originator_version", "topic", "state",
                      "leaf"),
    "individuals": ("subject", "originator_id"),
    "entry_keys": ("source", "id", "notification_id"),
    "log_head": ("id", "size", "frontier", "note"),
    "checkpoints": ("size", "root", "mac"),
}  # fmt: skip
KEY = {"entry_keys": 2}  # columns of the primary key, where they are not one
Sql = Callable[[str, Sequence[object]], Iterable[Sequence[Any]]]
Table = dict[tuple[Any, ...], tuple[Any, ...]]


class Event(NamedTuple):
    """A row of the log."""

    number: int
    who: str
    version: int
    topic: str
    state: bytes
    leaf: bytes

    def sealed(self) -> Event:
        """The row with its right leaf hash."""
        return self._replace(leaf=leaf_hash(*self[:5]))

    @property
    def state_json(self) -> dict[str, Any]:
        return cast(dict[str, Any], json.loads(self.state))


@dataclass
class Image:
    """All of a store's log, in memory."""

    events: list[Event]
    individuals: dict[str, str]
    entry_keys: dict[tuple[str, str], int]
    head: tuple[int, bytes, str]
    checkpoints: dict[int, tuple[bytes, bytes]]

    @classmethod
    def of(cls, sql: Sql) -> Image:
        def rows(table: str) -> list[tuple[Any, ...]]:
            selected = sql(f"SELECT {', '.join(COLUMNS[table])} FROM {table} ORDER BY 1", ())
            return [
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in r) for r in selected
            ]

        [(_, *head)] = rows("log_head")
        return cls(
            [Event(*row) for row in rows("stored_events")],
            dict(cast(Any, rows("individuals"))),
            {(source, key): number for source, key, number in rows("entry_keys")},
            cast(Any, tuple(head)),
            {size: (root, mac) for size, root, mac in rows("checkpoints")},
        )

    def copy(self) -> Image:
        return Image([*self.events], {**self.individuals}, {**self.entry_keys}, self.head,
                     {**self.checkpoints})  # fmt: skip

    def tables(self) -> dict[str, Table]:
        rows: dict[str, Iterable[tuple[Any, ...]]] = {
            "stored_events": self.events,
            "individuals": self.individuals.items(),
            "entry_keys": ((*key, number) for key, number in self.entry_keys.items()),
            "log_head": [(1, *self.head)],
            "checkpoints": ((size, *kept) for size, kept in self.checkpoints.items()),
        }
        return {t: {tuple(row[: KEY.get(t, 1)]): tuple(row) for row in rows[t]} for t in rows}

    def write(self, sql: Sql, before: Image) -> None:
        """Changes a store with the log `before` into one with this log."""
        old, new = before.tables(), self.tables()
        for table, columns in COLUMNS.items():
            where = " AND ".join(f"{column}=?" for column in columns[: KEY.get(table, 1)])
            for key, row in old[table].items():
                if new[table].get(key) != row:
                    sql(f"DELETE FROM {table} WHERE {where}", key)
            marks = ",".join("?" * len(columns))
            for key, row in new[table].items():
                if old[table].get(key) != row:
                    sql(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", row)

    def commit_of(self, number: int) -> tuple[int, int]:
        """The first and the last entry of the commit in which an entry was recorded."""
        ends = sorted(self.checkpoints)
        last = next(size for size in ends if size >= number)
        return max((size for size in ends if size < number), default=0) + 1, last


def invented(chance: random.Random, number: int, subject: str) -> bytes:
    state = {
        "subject": subject, "source": chance.choice(["/cheshire/ppu", "/merseyside/ppu"]),
        "id": f"e{number}-{chance.randrange(10**6)}", "time": "2022-06-14T10:30:00Z",
        "by": "ppu.officer7", "at": "2022-06-14T10:30:00.000000Z",
        "data": {"on": "2022-06-13", "note": "x" * chance.randrange(200), "n": chance.randrange(9)},
    }  # fmt: skip
    return json.dumps(state, separators=(",", ":")).encode()


def log(chance: random.Random, keys: LogKeys, commits: Sequence[int]) -> Image:
    """A log of commits of so many entries each, about a few people."""
    image = Image([], {}, {}, (0, b"", keys.note(0, Frontier().root())), {})
    versions: dict[str, int] = {}
    for entries in commits:
        for number in range(len(image.events) + 1, len(image.events) + entries + 1):
            subject = f"CHE-{chance.randrange(max(2, sum(commits) // 6))}"
            who = image.individuals.setdefault(subject, f"{chance.getrandbits(128):032x}")
            versions[who] = versions.get(who, 0) + 1
            state = invented(chance, number, subject)
            event = Event(number, who, versions[who], chance.choice(TOPICS), state, b"").sealed()
            image.events.append(event)
            image.entry_keys[event.state_json["source"], event.state_json["id"]] = number
        frontier = Frontier().extend([event.leaf for event in image.events])
        size, root = frontier.size, frontier.root()
        image.head = size, frontier.to_bytes(), keys.note(size, root)
        image.checkpoints[size] = root, keys.mac(size, root)
    return image


def own_keys(chance: random.Random, name: str = "test") -> LogKeys:
    return LogKeys.from_secrets(name, chance.randbytes(32), chance.randbytes(32))


@contextmanager
def opened(path: Path) -> Iterator[Sql]:
    """A SQLite store, without the triggers that guard its tables."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=MEMORY")
        connection.execute("BEGIN")
        triggers = "SELECT name FROM sqlite_master WHERE type='trigger'"
        for (name,) in connection.execute(triggers).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        yield lambda statement, params: connection.execute(statement, params).fetchall()
        connection.execute("COMMIT")


def stored(path: Path, image: Image) -> None:
    """Makes a SQLite file with the tables of a store and a log in them."""
    with opened(path) as sql:
        for statement in TABLES:
            sql(statement, ())
        for table, rows in image.tables().items():
            marks = ",".join("?" * len(COLUMNS[table]))
            for row in rows.values():
                sql(f"INSERT INTO {table} VALUES ({marks})", row)


@contextmanager
def reading(path: Path) -> Iterator[Cursor]:
    with closing(sqlite3.connect(path)) as connection:
        yield cast(Cursor, connection.cursor())


class Store(NamedTuple):
    """A log on disk, and what was in it."""

    path: Path
    image: Image
    keys: LogKeys

    def holds(self, image: Image) -> None:
        """Replaces the log, as somebody with access to the file could."""
        path = self.path.with_name("tampered.db")
        shutil.copyfile(self.path, path)
        with opened(path) as sql:
            image.write(sql, self.image)

    def verified(self, keys: LogKeys | None = None, witness: Path | None = None) -> list[Finding]:
        with reading(self.path.with_name("tampered.db")) as cursor:
            return list(verify(cursor, keys, witness))
