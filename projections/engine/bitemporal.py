"""The tables that views are made of: of all that was ever known, or of what is known now alone.

A row of a `Table` is never changed but for the moment from which it was no longer so; any past
answer as known at any moment is a WHERE. A row is told by its individual, the moment and a number:
the same however the log is paged through, and whether it is read in its own order or individual by
individual. A `Present` holds what the last entry of each individual leaves to come, and no history.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Self

from projections.engine.day_numbers import END
from tracker.domain.facts import CATALOGUE
from tracker.domain.meaning.parts import Part
from tracker.domain.meaning.timeline import Timeline
from tracker.store.database.column_types import with_types
from tracker.store.database.interface import Cursor

Row = tuple[Any, ...]
KEY = ("subject", "known_from", "n")
PREFIX = {
    "subject": "{TEXT} NOT NULL",
    "known_from": "{LONG} NOT NULL",
    "n": "INTEGER NOT NULL",
    "known_until": "{LONG} NOT NULL",
}
NEW, OLD = "_new", "_old"  # what a table is called before and after its time


@dataclass(frozen=True, slots=True)
class Stored(ABC):
    """One table of one view, as the database has it: its columns with their types."""

    name: str
    columns: Mapping[str, str]

    @property
    @abstractmethod
    def indexed(self) -> Sequence[str]:
        """Its indexes: of each, what follows `ON table` in SQL."""

    @abstractmethod
    def unlearn(self, c: Cursor, since: Sequence[tuple[str, int]]) -> None:
        """Leaves what stood of each individual before a moment."""

    @abstractmethod
    def end(self, c: Cursor, rows: Iterable[Row]) -> None:
        """Ends rows that stood, as a history of rows gives them."""

    @property
    def names(self) -> tuple[str, ...]:
        return (*PREFIX, *self.columns)

    def called(self, suffix: str) -> Self:
        return replace(self, name=self.name + suffix)

    def create(self, c: Cursor, kind: str) -> None:
        """Makes the table as far as a load needs it; `complete` makes the rest."""
        columns = [f"{name} {type_}" for name, type_ in {**PREFIX, **self.columns}.items()]
        clustered = ""
        if kind == "sqlite":
            # Kept in the order of the key: a load of whole individuals makes that as it goes.
            columns.append(f"PRIMARY KEY ({', '.join(KEY)})")
            clustered = " WITHOUT ROWID"
        c.execute(with_types(kind, f"CREATE TABLE {self.name} ({', '.join(columns)}){clustered}"))

    def completing(self, kind: str) -> list[Callable[[Cursor], None]]:
        """The steps that make a loaded table complete, each for a transaction of its own."""
        steps: list[Callable[[Cursor], None]] = []
        if kind == "postgresql":
            steps.append(self._key)
        steps += [partial(self._index, *given) for given in enumerate(self.indexed)]
        return steps

    def _key(self, c: Cursor) -> None:
        c.execute(f"ALTER TABLE {self.name} ADD PRIMARY KEY ({', '.join(KEY)})")

    def _index(self, number: int, index: str, c: Cursor) -> None:
        # An index keeps its name when its table gets another: names take turns.
        base = f"{self.name.removesuffix(NEW)}_{number}"
        name = next(f"{base}{turn}" for turn in "abc" if not c.exists(f"{base}{turn}"))
        c.execute(f"CREATE INDEX {name} ON {self.name} {index}")

    def drop(self, c: Cursor) -> None:
        c.execute(f"DROP TABLE IF EXISTS {self.name}")

    def rename(self, c: Cursor, name: str) -> None:
        c.execute(f"ALTER TABLE {self.name} RENAME TO {name}")


@dataclass(frozen=True, slots=True)
class Table(Stored):
    """A table of all that was ever known.

    It has a row for each element of some groups, the same as long as what they rest on is.
    """

    rests_on: Callable[[Timeline], tuple[object, ...]]
    groups: Callable[[Timeline], Collection[Sequence[Any]]]
    row: Callable[[Any], Row]
    indexes: Sequence[str] = ()

    @property
    def indexed(self) -> Sequence[str]:
        return self.indexes

    def unlearn(self, c: Cursor, since: Sequence[tuple[str, int]]) -> None:
        c.executemany(f"DELETE FROM {self.name} WHERE subject=? AND known_from=?", since)
        c.executemany(
            f"UPDATE {self.name} SET known_until={END} WHERE subject=? AND known_until=?", since
        )

    def end(self, c: Cursor, rows: Iterable[Row]) -> None:
        """Each is told by until when it was known, and by its key."""
        c.executemany(
            f"UPDATE {self.name} SET known_until=? WHERE subject=? AND known_from=? AND n=?", rows
        )


@dataclass(frozen=True, slots=True)
class Present(Stored):
    """A table of what is known now: the rows of an individual as the last entry leaves them.

    `rows` makes them of the timeline and of the moment of that entry: once for all that is learnt
    together, because every moment in between would cost a hundred times as much. They take the
    place of those before as a whole, and are the same as long as what they rest on is: told one
    after the other, what is most often another first.
    """

    rests_on: Callable[[Timeline], Iterator[object]]
    rows: Callable[[Timeline, int], list[Row]]
    indexes: Sequence[str] = ()

    @property
    def indexed(self) -> Sequence[str]:
        return self.indexes

    def unlearn(self, c: Cursor, since: Sequence[tuple[str, int]]) -> None:
        """Nothing: what stood before is not kept, and what stands gives way to what is learnt."""

    def end(self, c: Cursor, rows: Iterable[Row]) -> None:
        """Each is told by its individual, all of whose rows go."""
        c.executemany(f"DELETE FROM {self.name} WHERE subject=?", rows)


@dataclass(frozen=True)
class View:
    """A view: its name and version, its tables, and the parts of a timeline they are made of."""

    name: str
    version: int
    tables: Sequence[Stored]
    parts: Sequence[Part[Any]]

    @cached_property
    def skips(self) -> frozenset[str]:
        """The types of fact that cannot bear on it; one that is not known may."""
        return frozenset(CATALOGUE) - Timeline.topics(*self.parts)

    def called(self, suffix: str) -> View:
        return replace(self, tables=[table.called(suffix) for table in self.tables])

    def create(self, c: Cursor, kind: str) -> None:
        for table in self.tables:
            table.create(c, kind)

    def completing(self, kind: str) -> list[Callable[[Cursor], None]]:
        return [step for table in self.tables for step in table.completing(kind)]

    def drop(self, c: Cursor) -> None:
        for table in self.tables:
            table.drop(c)
