"""Folds the log again and compares the result with the tables of the views. For `tracker verify`.

It reads 256 individuals at a time, each time in one short transaction: a log of any size can be
checked, and nobody waits for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from projections.engine import registry
from projections.engine.bitemporal import Row, View, ViewTable
from projections.engine.folding import Decode, Range, empty, fold, ranges_of, rows_of, skipped
from tracker.domain.law.tables import Law
from tracker.store import log_rows
from tracker.store.database.interface import Cursor, Database

Progress = Callable[[int], None]
Rows = dict[str, set[Row]]


class Difference(NamedTuple):
    """An individual whose rows in a table differ from a fresh fold."""

    view: str
    table: str
    subject: str


def differences(
    database: Database, views: Sequence[View], law: Law, decode: Decode, progress: Progress
) -> Iterator[Difference]:
    """Every difference between a view and a fold of the log up to that view's position.

    `progress` is called with the percentage done.
    """
    if not registry.states(database):
        return
    ranges = ranges_of(database, 0)
    for number, people in enumerate(ranges, 1):
        with database.reading() as c:
            registry.lock_for_reading(c, database.kind)
            subjects = log_rows.subjects_of_range(c, people.low, people.high)
            for together in _by_position(c, database.kind, views):
                position = together[0][1]
                yield from _differing(
                    c, [view for view, _ in together], people._replace(end=position), subjects,
                    law, decode,
                )  # fmt: skip
        progress(number * 100 // len(ranges))
    yield from _unknown_subjects(database, views)


def _by_position(c: Cursor, kind: str, views: Sequence[View]) -> Iterator[list[tuple[View, int]]]:
    """The views that can be read, with their positions, grouped by position."""
    states = registry.read(c, kind)
    readable = [
        (view, states[view.name].position)
        for view in views
        if view.name in states and states[view.name].status != registry.BUILDING
    ]
    readable.sort(key=lambda one: one[1])
    for _, together in groupby(readable, key=lambda one: one[1]):
        yield list(together)


def _differing(
    c: Cursor,
    views: Sequence[View],
    people: Range,
    subjects: Sequence[str],
    law: Law,
    decode: Decode,
) -> Iterator[Difference]:
    folded = empty(views)
    for one in list(rows_of(c, people, sorted(skipped(views)))):
        fold(views, one, decode, law, folded)
    for view in views:
        for table in view.tables:
            expected, stored = _by_subject(folded.rows[table.name]), _stored(c, table, subjects)
            for subject in sorted(expected.keys() | stored.keys()):
                if expected.get(subject) != stored.get(subject):
                    yield Difference(view.name, table.name, subject)


def _by_subject(rows: Sequence[Row]) -> Rows:
    by_subject: Rows = {}
    for row in rows:
        by_subject.setdefault(row[0], set()).add(tuple(row))
    return by_subject


def _stored(c: Cursor, table: ViewTable, subjects: Sequence[str]) -> Rows:
    c.execute(
        f"SELECT t.{', t.'.join(table.column_names)} FROM {c.each} AS wanted"
        f" CROSS JOIN {table.name} t WHERE t.subject=wanted.value->>0",
        (json.dumps([(subject,) for subject in subjects]),),
    )
    return _by_subject(c.fetchall())


def _unknown_subjects(database: Database, views: Sequence[View]) -> Iterator[Difference]:
    """Rows of individuals that are not in the log."""
    for view in views:
        for table in view.tables:
            with database.reading() as c:
                registry.lock_for_reading(c, database.kind)
                if not c.exists(table.name):
                    continue
                for subject in log_rows.unknown_subjects(c, table.name):
                    yield Difference(view.name, table.name, subject)
