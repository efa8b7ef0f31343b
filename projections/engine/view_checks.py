"""Everything folded afresh and compared with the tables of the views. Called by `tracker verify`.

Some hundreds of individuals at a time, each time in one short look at the store: any size of log,
and nobody is held up.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from projections.engine import registry
from projections.engine.bitemporal import Row, Stored, View
from projections.engine.folding import Decode, Range, empty, fold, ranges_of, rows_of, skipped
from tracker.domain.law.tables import Law
from tracker.store import log_rows
from tracker.store.database.interface import Cursor, Database

Progress = Callable[[int], None]
Rows = dict[str, set[Row]]


class Difference(NamedTuple):
    """An individual whose rows in a table are not those of a fold."""

    view: str
    table: str
    subject: str


def differences(
    database: Database, views: Sequence[View], law: Law, decode: Decode, progress: Progress
) -> Iterator[Difference]:
    """Every difference between the views and a fold of the log as far as each has come."""
    if not registry.states(database):
        return
    ranges = ranges_of(database, 0)
    for number, of in enumerate(ranges, 1):
        with database.reading() as c:
            registry.keep_tables(c, database.kind)
            subjects = log_rows.subjects_of_range(c, of.low, of.high)
            for together in _level(c, database.kind, views):
                position = together[0][1]
                yield from _differing(
                    c, [view for view, _ in together], of._replace(end=position), subjects,
                    law, decode,
                )  # fmt: skip
        progress(number * 100 // len(ranges))
    yield from _strangers(database, views)


def _level(c: Cursor, kind: str, views: Sequence[View]) -> Iterator[list[tuple[View, int]]]:
    """The views that can be read, those that stand at one position together."""
    held = registry.read(c, kind)
    standing = [
        (view, held[view.name].position)
        for view in views
        if view.name in held and held[view.name].status != registry.BUILDING
    ]
    standing.sort(key=lambda one: one[1])
    for _, together in groupby(standing, key=lambda one: one[1]):
        yield list(together)


def _differing(
    c: Cursor, views: Sequence[View], of: Range, subjects: Sequence[str], law: Law, decode: Decode
) -> Iterator[Difference]:
    folded = empty(views)
    for one in list(rows_of(c, of, sorted(skipped(views)))):
        fold(views, one, decode, law, folded)
    for view in views:
        for table in view.tables:
            should, stored = _by_subject(folded.rows[table.name]), _stored(c, table, subjects)
            for subject in sorted(should.keys() | stored.keys()):
                if should.get(subject) != stored.get(subject):
                    yield Difference(view.name, table.name, subject)


def _by_subject(rows: Sequence[Row]) -> Rows:
    found: Rows = {}
    for row in rows:
        found.setdefault(row[0], set()).add(tuple(row))
    return found


def _stored(c: Cursor, table: Stored, subjects: Sequence[str]) -> Rows:
    c.execute(
        f"SELECT t.{', t.'.join(table.names)} FROM {c.each} AS given"
        f" CROSS JOIN {table.name} t WHERE t.subject=given.value->>0",
        (json.dumps([(subject,) for subject in subjects]),),
    )
    return _by_subject(c.fetchall())


def _strangers(database: Database, views: Sequence[View]) -> Iterator[Difference]:
    """Rows of individuals of whom the log knows nothing."""
    for view in views:
        for table in view.tables:
            with database.reading() as c:
                registry.keep_tables(c, database.kind)
                if not c.exists(table.name):
                    continue
                for subject in log_rows.unknown_subjects(c, table.name):
                    yield Difference(view.name, table.name, subject)
