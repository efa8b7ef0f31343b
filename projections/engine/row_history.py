"""How an individual's rows in one table change as more is recorded about that individual.

Used for every page of the log (`paging`) and for a whole individual (`folding`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from operator import is_
from typing import Any

from projections.engine.bitemporal import CurrentTable, HistoryTable, Row, ViewTable
from projections.engine.day_numbers import END
from tracker.domain.meaning.timeline import Timeline

Key = tuple[int, int]  # moment, number
Group = tuple[Sequence[Any], list[Row]]  # its elements, their rows
_NOT_KNOWN_YET = (None,)
_NO_GROUP: Group = ((), [])


class RowHistory:
    """The rows of one individual in one table: those known now, and those no longer known.

    `stored` are the rows in the table that are still known. `before` is the timeline they were made
    from, None if that is not at hand; with it, only rows that differ are made again.
    """

    __slots__ = (
        "_before",
        "_counts",
        "_current",
        "_groups",
        "_inputs",
        "_past",
        "_stored",
        "_stored_compared",
        "ended",
        "subject",
        "table",
    )  # fmt: skip

    def __init__(
        self,
        table: HistoryTable,
        subject: str,
        stored: Mapping[Row, Key] | None = None,
        before: Timeline | None = None,
    ) -> None:
        self.table, self.subject = table, subject
        self._stored = dict(stored or {})
        self._current: dict[Row, Key] = dict(self._stored)
        self._counts: dict[Row, int] = {}
        self._before = before
        self._inputs: tuple[object, ...] = table.inputs(before) if before else _NOT_KNOWN_YET
        self._groups: list[Group] = []
        self._stored_compared = before is not None or not self._stored
        self.ended: list[Row] = []  # (known_until, *key) of stored rows
        self._past: list[Row] = []

    def learn(self, at: int, timeline: Timeline | None) -> None:
        """Applies the timeline known from a moment on (microseconds since 1970)."""
        number = 0
        for row, change in self._changes(timeline).items():
            count = self._counts.get(row, 0) + change
            self._counts[row] = count
            if count and row not in self._current:
                self._current[row] = at, number
                number += 1
            elif not count and row in self._current:
                self._end(row, at)
        if not self._stored_compared:
            self._stored_compared = True
            for row in [r for r in self._current if not self._counts.get(r)]:
                self._end(row, at)

    def _changes(self, timeline: Timeline | None) -> dict[Row, int]:
        """By row, how many more (or, below 0, fewer) elements make that row than before."""
        table = self.table
        inputs = table.inputs(timeline) if timeline else ()
        if len(inputs) == len(self._inputs) and all(map(is_, inputs, self._inputs)):
            return {}
        self._inputs = inputs
        if self._before is not None:
            self._count_before(self._before)
        changes: dict[Row, int] = {}
        groups = table.groups(timeline) if timeline else [()] * len(self._groups)
        known = self._groups or [_NO_GROUP] * len(groups)
        self._groups = [self._group(*pair, changes) for pair in zip(known, groups, strict=True)]
        return changes

    def _group(self, old: Group, elements: Sequence[Any], changes: dict[Row, int]) -> Group:
        if old[0] is elements:
            return old
        same = _common_prefix(old[0], elements)
        rows = [*old[1][:same], *map(self.table.row, elements[same:])]
        for row in old[1][same:]:
            changes[row] = changes.get(row, 0) - 1
        for row in rows[same:]:
            changes[row] = changes.get(row, 0) + 1
        return elements, rows

    def _count_before(self, timeline: Timeline) -> None:
        self._before = None
        self._groups = [
            self._group(_NO_GROUP, g, self._counts) for g in self.table.groups(timeline)
        ]

    def _end(self, row: Row, at: int) -> None:
        since, number = self._current.pop(row)
        if self._stored.pop(row, None) is not None:
            self.ended.append((at, self.subject, since, number))
        else:
            self._past.append((self.subject, since, number, at, *row))

    def rows(self) -> Iterable[Row]:
        """The rows to be added to the table."""
        yield from self._past
        for row, (since, number) in self._current.items():
            if row not in self._stored:
                yield (self.subject, since, number, END, *row)


class LatestRows:
    """The rows of one individual in a `CurrentTable`, as the latest timeline makes them.

    `stored` and `before` are as for a `RowHistory`. Rows are made only when read.
    """

    __slots__ = ("_at", "_before", "_new", "_stored", "_timeline", "subject", "table")

    def __init__(
        self,
        table: CurrentTable,
        subject: str,
        stored: Mapping[Row, Key] | None = None,
        before: Timeline | None = None,
    ) -> None:
        self.table, self.subject = table, subject
        self._stored = stored or {}
        self._timeline = self._before = before
        self._at = 0
        self._new: list[Row] | None = None

    def learn(self, at: int, timeline: Timeline | None) -> None:
        """Applies the timeline known from a moment on (microseconds since 1970)."""
        self._at, self._timeline, self._new = at, timeline, None

    @property
    def ended(self) -> list[Row]:
        """[(subject,)] if stored rows have to be deleted, else []."""
        return [(self.subject,)] if self._stored and self._latest() != self._current() else []

    def rows(self) -> Iterable[Row]:
        """The rows to be added to the table."""
        if self._latest() != self._current():
            for number, row in enumerate(self._latest()):
                yield (self.subject, 0, number, END, *row)

    def _current(self) -> list[Row]:
        return sorted(self._stored, key=self._stored.__getitem__)

    def _latest(self) -> list[Row]:
        if self._new is None:
            now, before = self._timeline, self._before
            if now and before and self._same_inputs(before, now):
                self._new = self._current()
            else:
                self._new = self.table.rows(now, self._at) if now else []
        return self._new

    def _same_inputs(self, before: Timeline, now: Timeline) -> bool:
        old, new = self.table.inputs(before), self.table.inputs(now)
        return all(a is b for a, b in zip_longest(old, new, fillvalue=_NOT_KNOWN_YET))


def row_history_of(
    table: ViewTable,
    subject: str,
    stored: Mapping[Row, Key] | None = None,
    before: Timeline | None = None,
) -> RowHistory | LatestRows:
    """The history to use for an individual's rows in a table; arguments as for `RowHistory`."""
    if isinstance(table, CurrentTable):
        return LatestRows(table, subject, stored, before)
    if isinstance(table, HistoryTable):
        return RowHistory(table, subject, stored, before)
    raise TypeError(f"{table.name} is neither a HistoryTable nor a CurrentTable")


def _common_prefix(old: Sequence[Any], new: Sequence[Any]) -> int:
    """How many leading elements of the two are the same objects."""
    n = 0
    for a, b in zip(old, new, strict=False):
        if a is not b:
            break
        n += 1
    return n
