"""Individuals folded whole, each through every moment at which something came to be known.

Called by `building` for ranges of individuals, in this process or in others, and by `verifying`.
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
PEOPLE = 256  # individuals a range
# What is wrong with the database or the machine is not wrong with a fact.
INFRASTRUCTURE = (Unavailable, Conflict, OSError, MemoryError)


class Range(NamedTuple):
    """The individuals from one id to before another, as far as a position of the log."""

    low: str
    high: str
    end: int


@dataclass(slots=True)
class Folded:
    """What became of a range: rows by table, the latest moment by view, failures by view."""

    rows: dict[str, list[Row]]
    latest: dict[str, int]
    failed: dict[str, int] = field(default_factory=dict)

    def fail(self, view: str, position: int) -> None:
        self.failed[view] = min(position, self.failed.get(view, position))


def skipped(views: Sequence[View]) -> frozenset[str]:
    """The types of fact that none of these views needs."""
    return frozenset.intersection(*(view.skips for view in views))


def ranges_of(database: Database, end: int) -> list[Range]:
    """Everybody in the store by id, some hundreds a range."""
    starts = log_rows.range_starts(database, PEOPLE)
    ends = [*starts[1:], log_rows.AFTER_EVERYBODY] if starts else []
    return [Range(low, high, end) for low, high in zip(starts, ends, strict=True)]


def rows_of(c: Cursor, people: Range, skips: Sequence[str]) -> Iterator[list[LogRow]]:
    """The entries of each individual of a range, in the order recorded."""
    return log_rows.rows_of_range(c, people.low, people.high, people.end, skips)


def moments(
    entries: Sequence[Entry], law: Law, histories: Sequence[RowHistory | LatestRows]
) -> Iterator[int]:
    """Takes the entries of an individual into histories; yields how many were, moment by moment."""
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
    views: Sequence[View], of: Sequence[LogRow], decode: Decode, law: Law, into: Folded
) -> None:
    """Folds one individual; where that fails, view by view, and says before which event."""
    try:
        _fold(views, of, decode, law, into)
    except INFRASTRUCTURE:
        raise
    except Exception:
        if len(views) > 1:
            for view in views:
                fold([view], [e for e in of if e.topic not in view.skips], decode, law, into)
        else:
            into.fail(views[0].name, _failing(views[0], of, decode, law))


def _fold(
    views: Sequence[View], of: Sequence[LogRow], decode: Decode, law: Law, into: Folded
) -> None:
    entries = [decode(*event[1:]) for event in of]
    if not entries:
        return
    histories = [row_history_of(t, entries[0].subject) for view in views for t in view.tables]
    for _ in moments(entries, law, histories):
        pass
    made = [(history.table.name, [*history.rows()]) for history in histories]  # or none at all
    for table, rows in made:
        into.rows[table] += rows
    for view in views:
        into.latest[view.name] = max(latest(view, entries), into.latest[view.name])


def _failing(view: View, of: Sequence[LogRow], decode: Decode, law: Law) -> int:
    """The position of the first event that cannot be taken in."""
    entries: list[Entry] = []
    done = 0
    try:
        for event in of:
            entries.append(decode(*event[1:]))
        histories = [row_history_of(t, entries[0].subject) for t in view.tables]
        for taken in moments(entries, law, histories):
            for history in histories:
                deque(history.rows(), 0)  # some are made no sooner than they are asked for
            done = taken
    except INFRASTRUCTURE:
        raise
    except Exception:
        return of[min(done if len(entries) == len(of) else len(entries), len(of) - 1)].position
    return of[0].position


def latest(view: View, entries: Sequence[Entry]) -> int:
    """The latest moment at which something that a view takes in was recorded."""
    moments = (e.recorded_at for e in entries if e.fact.TYPE not in view.skips)
    most = max(moments, default=None)
    return instant(most) if most is not None else 0


def empty(views: Sequence[View]) -> Folded:
    return Folded(
        {table.name: [] for view in views for table in view.tables},
        {view.name: 0 for view in views},
    )


def fold_range(
    database: Database, views: Sequence[View], of: Range, decode: Decode, law: Law
) -> Folded:
    """Folds everybody in a range."""
    found, skips = empty(views), sorted(skipped(views))
    with database.reading() as c:
        for one in rows_of(c, of, skips):
            fold(views, one, decode, law, found)
    return found
