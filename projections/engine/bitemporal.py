"""The tables of views: a `HistoryTable` has all ever known, a `CurrentTable` what is known.

A row of a `HistoryTable` changes at most once: when it stops being known, `known_until` is set. So
a WHERE gives the answer as known at any moment. The key of a row is its individual, the moment from
which it was known and a number; it is the same whether the log is read in pages of any size or
individual by individual. A `CurrentTable` has the rows that follow from each individual's last
entry, and no history.
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
NEW, OLD = "_new", "_old"  # suffixes of a table that is being built, and of one replaced


@dataclass(frozen=True, slots=True)
class ViewTable(ABC):
    """One table of one view, as the database has it: its columns with their types."""

    name: str
    columns: Mapping[str, str]

    @property
    @abstractmethod
    def indexed(self) -> Sequence[str]:
        """Its indexes, each as the SQL that follows `CREATE INDEX … ON table`."""

    @abstractmethod
    def undo_moment(self, c: Cursor, since: Sequence[tuple[str, int]]) -> None:
        """Undoes what became known at a moment, for each (subject, moment in microseconds)."""

    @abstractmethod
    def end(self, c: Cursor, rows: Iterable[Row]) -> None:
        """Ends stored rows: `rows` are those of `RowHistory.ended` or `LatestRows.ended`."""

    @property
    def column_names(self) -> tuple[str, ...]:
        return (*PREFIX, *self.columns)

    def with_suffix(self, suffix: str) -> Self:
        return replace(self, name=self.name + suffix)

    def create(self, c: Cursor, kind: str) -> None:
        """Creates the table as far as a load needs it; `completion_steps` adds the rest."""
        columns = [f"{name} {type_}" for name, type_ in {**PREFIX, **self.columns}.items()]
        clustered = ""
        if kind == "sqlite":
            # Stored in key order, which is the order in which whole individuals are loaded.
            columns.append(f"PRIMARY KEY ({', '.join(KEY)})")
            clustered = " WITHOUT ROWID"
        c.execute(with_types(kind, f"CREATE TABLE {self.name} ({', '.join(columns)}){clustered}"))

    def completion_steps(self, kind: str) -> list[Callable[[Cursor], None]]:
        """The steps that add key and indexes to a loaded table, one transaction each."""
        steps: list[Callable[[Cursor], None]] = []
        if kind == "postgresql":
            steps.append(self._key)
        steps += [partial(self._index, *numbered) for numbered in enumerate(self.indexed)]
        return steps

    def _key(self, c: Cursor) -> None:
        c.execute(f"ALTER TABLE {self.name} ADD PRIMARY KEY ({', '.join(KEY)})")

    def _index(self, number: int, index: str, c: Cursor) -> None:
        # An index keeps its name when its table is renamed, so the names take turns.
        base = f"{self.name.removesuffix(NEW)}_{number}"
        name = next(f"{base}{turn}" for turn in "abc" if not c.exists(f"{base}{turn}"))
        c.execute(f"CREATE INDEX {name} ON {self.name} {index}")

    def drop(self, c: Cursor) -> None:
        c.execute(f"DROP TABLE IF EXISTS {self.name}")

    def rename(self, c: Cursor, name: str) -> None:
        c.execute(f"ALTER TABLE {self.name} RENAME TO {name}")


@dataclass(frozen=True, slots=True)
class HistoryTable(ViewTable):
    """A table of all that was ever known: one row for each element of each group.

    `groups` takes the elements from a timeline, `row` makes an element's columns. They are made
    again only if one of `inputs`, the parts of the timeline they depend on, is another object.
    """

    inputs: Callable[[Timeline], tuple[object, ...]]
    groups: Callable[[Timeline], Collection[Sequence[Any]]]
    row: Callable[[Any], Row]
    indexes: Sequence[str] = ()

    @property
    def indexed(self) -> Sequence[str]:
        return self.indexes

    def undo_moment(self, c: Cursor, since: Sequence[tuple[str, int]]) -> None:
        c.executemany(f"DELETE FROM {self.name} WHERE subject=? AND known_from=?", since)
        c.executemany(
            f"UPDATE {self.name} SET known_until={END} WHERE subject=? AND known_until=?", since
        )

    def end(self, c: Cursor, rows: Iterable[Row]) -> None:
        """Each row is (known_until, subject, known_from, n)."""
        c.executemany(
            f"UPDATE {self.name} SET known_until=? WHERE subject=? AND known_from=? AND n=?", rows
        )


@dataclass(frozen=True, slots=True)
class CurrentTable(ViewTable):
    """A table of what is known now: an individual's rows after the last entry.

    `rows` makes them from the timeline and the moment at which that entry was recorded. It is
    called once for all entries that arrive together: once a moment would cost a hundred times as
    much. New rows replace all those before. They are made again only if one of `inputs`, the parts
    of the timeline they depend on, is another object; those that change most often come first.
    """

    inputs: Callable[[Timeline], Iterator[object]]
    rows: Callable[[Timeline, int], list[Row]]
    indexes: Sequence[str] = ()

    @property
    def indexed(self) -> Sequence[str]:
        return self.indexes

    def undo_moment(self, c: Cursor, since: Sequence[tuple[str, int]]) -> None:
        """Does nothing: earlier rows are not kept, and new rows replace all those stored."""

    def end(self, c: Cursor, rows: Iterable[Row]) -> None:
        """Each row is (subject,): all rows of that individual are deleted."""
        c.executemany(f"DELETE FROM {self.name} WHERE subject=?", rows)


@dataclass(frozen=True)
class View:
    """A view: its name and version, its tables, and the parts of a timeline they are made of."""

    name: str
    version: int
    tables: Sequence[ViewTable]
    parts: Sequence[Part[Any]]

    @cached_property
    def skips(self) -> frozenset[str]:
        """The types of fact that cannot affect the view; an unknown type might."""
        return frozenset(CATALOGUE) - Timeline.topics(*self.parts)

    def with_suffix(self, suffix: str) -> View:
        return replace(self, tables=[table.with_suffix(suffix) for table in self.tables])

    def create(self, c: Cursor, kind: str) -> None:
        for table in self.tables:
            table.create(c, kind)

    def completion_steps(self, kind: str) -> list[Callable[[Cursor], None]]:
        return [step for table in self.tables for step in table.completion_steps(kind)]

    def drop(self, c: Cursor) -> None:
        for table in self.tables:
            table.drop(c)
