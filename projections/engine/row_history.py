"""What becomes of an individual's rows in one table as more comes to be known of them.

Used by the engine for every page of the log (`paging`) and for a whole individual (`building`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from operator import is_
from typing import Any

from projections.engine.bitemporal import Present, Row, Stored, Table
from projections.engine.day_numbers import END
from tracker.domain.meaning.timeline import Timeline

Key = tuple[int, int]  # moment, number
Group = tuple[Sequence[Any], list[Row]]  # its elements, their rows
_NOT_KNOWN_YET = (None,)
_NO_GROUP: Group = ((), [])


class RowHistory:
    """The rows of one individual in one table: those that stand, and those that no longer do.

    `stored` are the rows standing in the table, `before` the timeline they were made of where it
    is known: only what differs from it is made again.
    """

    __slots__ = (
        "_all_seen", "_before", "_groups", "_over", "_rests_on", "_standing", "_stored", "_times",
        "ended", "subject", "table",
    )  # fmt: skip

    def __init__(
        self,
        table: Table,
        subject: str,
        stored: Mapping[Row, Key] | None = None,
        before: Timeline | None = None,
    ) -> None:
        self.table, self.subject = table, subject
        self._stored = dict(stored or {})
        self._standing: dict[Row, Key] = dict(self._stored)
        self._times: dict[Row, int] = {}
        self._before = before
        self._rests_on: tuple[object, ...] = table.rests_on(before) if before else _NOT_KNOWN_YET
        self._groups: list[Group] = []
        self._all_seen = before is not None or not self._stored
        self.ended: list[Row] = []  # until when, and the key, of stored rows
        self._over: list[Row] = []

    def learn(self, at: int, timeline: Timeline | None) -> None:
        """Takes in what was known from a moment on."""
        number = 0
        for row, change in self._changes(timeline).items():
            times = self._times.get(row, 0) + change
            self._times[row] = times
            if times and row not in self._standing:
                self._standing[row] = at, number
                number += 1
            elif not times and row in self._standing:
                self._end(row, at)
        if not self._all_seen:
            self._all_seen = True
            for row in [r for r in self._standing if not self._times.get(r)]:
                self._end(row, at)

    def _changes(self, timeline: Timeline | None) -> dict[Row, int]:
        """How many times more, or less, each row stands in the table than before."""
        table = self.table
        rests_on = table.rests_on(timeline) if timeline else ()
        if len(rests_on) == len(self._rests_on) and all(map(is_, rests_on, self._rests_on)):
            return {}
        self._rests_on = rests_on
        if self._before is not None:
            self._count_before(self._before)
        changes: dict[Row, int] = {}
        groups = table.groups(timeline) if timeline else [()] * len(self._groups)
        held = self._groups or [_NO_GROUP] * len(groups)
        self._groups = [self._group(*pair, changes) for pair in zip(held, groups, strict=True)]
        return changes

    def _group(self, old: Group, elements: Sequence[Any], changes: dict[Row, int]) -> Group:
        if old[0] is elements:
            return old
        same = _alike(old[0], elements)
        rows = [*old[1][:same], *map(self.table.row, elements[same:])]
        for row in old[1][same:]:
            changes[row] = changes.get(row, 0) - 1
        for row in rows[same:]:
            changes[row] = changes.get(row, 0) + 1
        return elements, rows

    def _count_before(self, timeline: Timeline) -> None:
        self._before = None
        self._groups = [self._group(_NO_GROUP, g, self._times) for g in self.table.groups(timeline)]

    def _end(self, row: Row, at: int) -> None:
        since, number = self._standing.pop(row)
        if self._stored.pop(row, None) is not None:
            self.ended.append((at, self.subject, since, number))
        else:
            self._over.append((self.subject, since, number, at, *row))

    def rows(self) -> Iterable[Row]:
        """The rows to be added to the table."""
        yield from self._over
        for row, (since, number) in self._standing.items():
            if row not in self._stored:
                yield (self.subject, since, number, END, *row)


class LatestRows:
    """The rows of one individual in a table of the present: as what was learnt last leaves them.

    `stored` and `before` are as for a `RowHistory`. Nothing is worked out before it is asked for.
    """

    __slots__ = ("_at", "_before", "_new", "_stored", "_timeline", "subject", "table")

    def __init__(
        self,
        table: Present,
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
        """Takes in what was known from a moment on."""
        self._at, self._timeline, self._new = at, timeline, None

    @property
    def ended(self) -> list[Row]:
        """The individual, where the rows that stood for it give way."""
        return [(self.subject,)] if self._stored and self._made() != self._standing() else []

    def rows(self) -> Iterable[Row]:
        """The rows to be added to the table."""
        if self._made() != self._standing():
            for number, row in enumerate(self._made()):
                yield (self.subject, 0, number, END, *row)

    def _standing(self) -> list[Row]:
        return sorted(self._stored, key=self._stored.__getitem__)

    def _made(self) -> list[Row]:
        if self._new is None:
            now, before = self._timeline, self._before
            if now and before and self._rest_on_the_same(before, now):
                self._new = self._standing()
            else:
                self._new = self.table.rows(now, self._at) if now else []
        return self._new

    def _rest_on_the_same(self, before: Timeline, now: Timeline) -> bool:
        old, new = self.table.rests_on(before), self.table.rests_on(now)
        return all(a is b for a, b in zip_longest(old, new, fillvalue=_NOT_KNOWN_YET))


def row_history_of(
    table: Stored,
    subject: str,
    stored: Mapping[Row, Key] | None = None,
    before: Timeline | None = None,
) -> RowHistory | LatestRows:
    """What an individual's rows in a table are kept with."""
    if isinstance(table, Present):
        return LatestRows(table, subject, stored, before)
    if isinstance(table, Table):
        return RowHistory(table, subject, stored, before)
    raise TypeError(f"{table.name} is neither a Table nor a Present")


def _alike(old: Sequence[Any], new: Sequence[Any]) -> int:
    """How many elements are the very same from the beginning."""
    n = 0
    for a, b in zip(old, new, strict=False):
        if a is not b:
            break
        n += 1
    return n
