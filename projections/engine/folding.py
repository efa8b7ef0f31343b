"""Folds whole individuals: every row they ever had, moment by moment as entries were recorded.

Called by `building` for ranges of individuals, in this or other processes, and by `view_checks`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from projections.engine.bitemporal import Row, View
from projections.engine.day_numbers import instant
from projections.engine.row_history import LatestRows, RowHistory, row_history_of
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, advance
from tracker.domain.record.entry import Entry
from tracker.store import log_rows
from tracker.store.database.interface import Conflict, Cursor, Database, Unavailable
from tracker.store.log_rows import LogRow

Decode = Callable[[str, int, str, bytes], Entry]
PEOPLE = 256  # individuals in a range
# Errors of the database or the machine: they say nothing about a fact.
INFRASTRUCTURE = (Unavailable, Conflict, OSError, MemoryError)


class Range(NamedTuple):
    """The individuals with ids from `low` to before `high`, up to position `end` of the log."""

    low: str
    high: str
    end: int


@dataclass(slots=True)
class Folded:
    """The result of a fold: rows by table; by view the latest moment and the first failure.

    Moments are in microseconds since 1970; a failure is the position of the fact.
    """

    rows: dict[str, list[Row]]
    latest: dict[str, int]
    failed: dict[str, int] = field(default_factory=dict)

    def fail(self, view: str, position: int) -> None:
        self.failed[view] = min(position, self.failed.get(view, position))


def skipped(views: Sequence[View]) -> frozenset[str]:
    """The types of fact that none of these views needs."""
    return frozenset.intersection(*(view.skips for view in views))


def ranges_of(database: Database, end: int) -> list[Range]:
    """Everybody in the store by id, 256 to a range, each up to position `end`."""
    starts = log_rows.range_starts(database, PEOPLE)
    ends = [*starts[1:], log_rows.AFTER_EVERYBODY] if starts else []
    return [Range(low, high, end) for low, high in zip(starts, ends, strict=True)]


def rows_of(c: Cursor, people: Range, skips: Sequence[str]) -> Iterator[list[LogRow]]:
    """The entries of each individual of a range, in the order recorded."""
    return log_rows.rows_of_range(c, people.low, people.high, people.end, skips)


def moments(
    entries: Sequence[Entry], law: Law, histories: Sequence[RowHistory | LatestRows]
) -> Iterator[int]:
    """Feeds an individual's entries to histories, moment by moment; yields how many so far."""
    known: list[Entry] = []
    timeline: Timeline | None = None
    for at, together in groupby(entries, key=lambda entry: entry.recorded_at):
        arrived = list(together)
        known += arrived
        timeline = advance(timeline, arrived[0].subject, arrived, known, law)
        moment = instant(at)
        for history in histories:
            history.learn(moment, timeline)
        yield len(known)


def fold(
    views: Sequence[View], rows: Sequence[LogRow], decode: Decode, law: Law, into: Folded
) -> None:
    """Adds the rows of one individual to `into`.

    If that fails, each view is tried alone, and `into.failed` has those that fail.
    """
    try:
        _fold(views, rows, decode, law, into)
    except INFRASTRUCTURE:
        raise
    except Exception:
        if len(views) > 1:
            for view in views:
                fold([view], [e for e in rows if e.topic not in view.skips], decode, law, into)
        else:
            into.fail(views[0].name, _failing(views[0], rows, decode, law))


def _fold(
    views: Sequence[View], rows: Sequence[LogRow], decode: Decode, law: Law, into: Folded
) -> None:
    entries = [decode(*row[1:]) for row in rows]
    if not entries:
        return
    histories = [row_history_of(t, entries[0].subject) for view in views for t in view.tables]
    for _ in moments(entries, law, histories):
        pass
    # All rows are made before any is added: a failure adds none.
    made = [(history.table.name, [*history.rows()]) for history in histories]
    for table, table_rows in made:
        into.rows[table] += table_rows
    for view in views:
        into.latest[view.name] = max(latest(view, entries), into.latest[view.name])


def _failing(view: View, rows: Sequence[LogRow], decode: Decode, law: Law) -> int:
    """The position of the first row of the log that the view cannot apply."""
    entries: list[Entry] = []
    done = 0
    try:
        for row in rows:
            entries.append(decode(*row[1:]))
        histories = [row_history_of(t, entries[0].subject) for t in view.tables]
        for taken in moments(entries, law, histories):
            for history in histories:
                deque(history.rows(), 0)  # some are made only when iterated
            done = taken
    except INFRASTRUCTURE:
        raise
    except Exception:
        return rows[
            min(done if len(entries) == len(rows) else len(entries), len(rows) - 1)
        ].position
    return rows[0].position


def latest(view: View, entries: Sequence[Entry]) -> int:
    """When the latest entry that a view uses was recorded, in microseconds; 0 if none."""
    moments = (e.recorded_at for e in entries if e.fact.TYPE not in view.skips)
    most = max(moments, default=None)
    return instant(most) if most is not None else 0


def empty(views: Sequence[View]) -> Folded:
    """A result without rows, to add to."""
    return Folded(
        {table.name: [] for view in views for table in view.tables},
        {view.name: 0 for view in views},
    )


def fold_range(
    database: Database, views: Sequence[View], people: Range, decode: Decode, law: Law
) -> Folded:
    """Folds everybody in a range."""
    folded, skips = empty(views), sorted(skipped(views))
    with database.reading() as c:
        for one in rows_of(c, people, skips):
            fold(views, one, decode, law, folded)
    return folded
