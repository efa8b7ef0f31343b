"""Applies a page of the log to views, in order. Used by `page_updates` and `building`."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from projections.engine.bitemporal import KEY, Row, View, ViewTable
from projections.engine.day_numbers import END, instant
from projections.engine.folding import Decode, latest, skipped
from projections.engine.row_history import Key, LatestRows, RowHistory, row_history_of
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, advance, timeline
from tracker.domain.record.entry import Entry
from tracker.store import log_rows
from tracker.store.database.interface import Cursor

TOGETHER = 200  # individuals whose records are in memory at once
CACHED_ENTRIES = 20_000  # entries cached from one page to the next


@dataclass(slots=True)
class CachedPerson:
    """An individual's entries and timeline up to the last page applied."""

    entries: list[Entry] = field(default_factory=list)
    timeline: Timeline | None = None


@dataclass(slots=True)
class PersonUpdate:
    """One individual's entries in a page, with what was known before it."""

    cached: CachedPerson
    arrived: list[Entry]

    @property
    def subject(self) -> str:
        return self.arrived[0].subject

    @property
    def split_moment(self) -> int | None:
        """The moment, in microseconds, that the last page ended within; None if it did not."""
        at, known = self.arrived[0].recorded_at, self.cached.entries
        return instant(at) if known and known[-1].recorded_at == at else None


class Pager:
    """Applies the log page by page to some views, all at one position.

    The caller commits each page and then sets `at` to the position reached; if it did not commit,
    it must not set it, and the cache is emptied.
    """

    def __init__(self, views: Sequence[View], law: Law, decode: Decode) -> None:
        self.views, self.law, self.decode = views, law, decode
        self._skips = skipped(views)
        self._cache: OrderedDict[str, CachedPerson] = OrderedDict()
        self._entries = 0
        self.at = -1

    def take(
        self, c: Cursor, start: int, size: int, stop: int | None = None
    ) -> tuple[int, dict[str, int]]:
        """Applies up to `size` facts after `start`, none after `stop`.

        Returns the position reached and, by view, the latest moment in microseconds.
        """
        if start != self.at:
            self._cache.clear()
            self._entries = 0
        self.at = -1
        page = log_rows.page(c, start, size, log_rows.END_OF_LOG if stop is None else stop)
        people: dict[str, list[Entry]] = {}
        for row in page:
            if row.topic not in self._skips:
                people.setdefault(row.originator_id, []).append(self.decode(*row[1:]))
        ids = list(people)
        for first in range(0, len(ids), TOGETHER):
            some = ids[first : first + TOGETHER]
            self._take(c, start, {i: people[i] for i in some})
        entries = [entry for arrived in people.values() for entry in arrived]
        moments = {view.name: latest(view, entries) for view in self.views}
        return (page[-1].position if page else start), moments

    def _take(self, c: Cursor, start: int, people: dict[str, list[Entry]]) -> None:
        self._load(c, start, [i for i in people if i not in self._cache])
        updates = [PersonUpdate(self._cache[i], arrived) for i, arrived in people.items()]
        split = [
            (update.subject, at) for update in updates if (at := update.split_moment) is not None
        ]
        tables = [table for view in self.views for table in view.tables]
        stored = [
            _current_rows(c, table, split, [update.subject for update in updates])
            for table in tables
        ]
        done: list[list[RowHistory | LatestRows]] = [[] for _ in tables]
        for update in updates:
            # A moment that a page ended within is applied again: there is no timeline before it.
            before = None if update.split_moment else update.cached.timeline
            histories = [
                row_history_of(table, update.subject, rows.get(update.subject), before)
                for table, rows in zip(tables, stored, strict=True)
            ]
            self._learn(update, histories)
            for of_table, history in zip(done, histories, strict=True):
                of_table.append(history)
        for table, histories in zip(tables, done, strict=True):
            _write(c, table, histories)
        self._evict(people)

    def _learn(self, update: PersonUpdate, histories: Sequence[RowHistory | LatestRows]) -> None:
        cached = update.cached
        for at, together in groupby(update.arrived, key=lambda entry: entry.recorded_at):
            arrived = list(together)
            cached.entries += arrived
            cached.timeline = advance(
                cached.timeline, update.subject, arrived, cached.entries, self.law
            )
            for history in histories:
                history.learn(instant(at), cached.timeline)
        self._entries += len(update.arrived)

    def _load(self, c: Cursor, start: int, ids: Sequence[str]) -> None:
        """Loads individuals' entries up to a position into the cache."""
        for originator_id in ids:
            self._cache[originator_id] = CachedPerson()
        if not start or not ids:
            return
        for rows in log_rows.rows_of_people(c, ids, start):
            cached = self._cache[rows[0].originator_id]
            cached.entries = [self.decode(*row[1:]) for row in rows if row.topic not in self._skips]
            self._entries += len(cached.entries)
            if cached.entries:
                cached.timeline = timeline(cached.entries[0].subject, cached.entries, self.law)

    def _evict(self, recent: dict[str, list[Entry]]) -> None:
        for originator_id in recent:
            self._cache.move_to_end(originator_id)
        while self._entries > CACHED_ENTRIES and self._cache:
            self._entries -= len(self._cache.popitem(last=False)[1].entries)


def _current_rows(
    c: Cursor, table: ViewTable, split: Sequence[tuple[str, int]], subjects: Sequence[str]
) -> dict[str, dict[Row, Key]]:
    """The rows still known, by subject; first undoes the moments that a page ended within."""
    if split:
        table.undo_moment(c, split)
    c.execute(
        f"SELECT t.{', t.'.join((*KEY, *table.columns))} FROM {c.each} AS wanted"
        f" CROSS JOIN {table.name} t WHERE t.subject=wanted.value->>0 AND t.known_until={END}",
        (json.dumps([(subject,) for subject in subjects]),),
    )
    rows_by_subject: dict[str, dict[Row, Key]] = {}
    for row in c.fetchall():
        rows_by_subject.setdefault(row[0], {})[tuple(row[3:])] = row[1], row[2]
    return rows_by_subject


def _write(c: Cursor, table: ViewTable, histories: Sequence[RowHistory | LatestRows]) -> None:
    ended = [row for history in histories for row in history.ended]
    if ended:
        table.end(c, ended)
    rows = [row for history in histories for row in history.rows()]
    if rows:
        c.load(table.name, table.column_names, rows)
