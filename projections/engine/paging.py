"""A page of the log taken into views, in the order recorded. Called by the engine and by builds."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from projections.engine.bitemporal import KEY, Row, Stored, View
from projections.engine.day_numbers import END, instant
from projections.engine.folding import Decode, latest, skipped
from projections.engine.row_history import Key, LatestRows, RowHistory, row_history_of
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, advance, timeline
from tracker.domain.record.entry import Entry
from tracker.store import log_rows
from tracker.store.database.interface import Cursor

TOGETHER = 200  # individuals whose records are in memory at once
KEPT = 20_000  # entries kept from one page to the next


@dataclass(slots=True)
class Kept:
    """An individual as far as the log was paged through."""

    entries: list[Entry] = field(default_factory=list)
    timeline: Timeline | None = None


@dataclass(slots=True)
class News:
    """What a page brings of an individual, after what was known before."""

    kept: Kept
    arrived: list[Entry]

    @property
    def subject(self) -> str:
        return self.arrived[0].subject

    @property
    def again(self) -> int | None:
        """The moment of the first, where a page ended within it."""
        at, known = self.arrived[0].recorded_at, self.kept.entries
        return instant(at) if known and known[-1].recorded_at == at else None


class Pager:
    """Goes through the log page by page, for some views that stand at one position.

    Whoever uses it commits what it did and says so (`at`), or throws it away.
    """

    def __init__(self, views: Sequence[View], law: Law, decode: Decode) -> None:
        self.views, self.law, self.decode = views, law, decode
        self._skips = skipped(views)
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._entries = 0
        self.at = -1

    def take(
        self, c: Cursor, start: int, size: int, stop: int | None = None
    ) -> tuple[int, dict[str, int]]:
        """Takes in the page after a position; the position reached, the latest moment by view."""
        if start != self.at:
            self._kept.clear()
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
        self._load(c, start, [i for i in people if i not in self._kept])
        news = [News(self._kept[i], arrived) for i, arrived in people.items()]
        again = [(one.subject, at) for one in news if (at := one.again) is not None]
        tables = [table for view in self.views for table in view.tables]
        stored = [_standing(c, table, again, [one.subject for one in news]) for table in tables]
        done: list[list[RowHistory | LatestRows]] = [[] for _ in tables]
        for one in news:
            # What a page ended within is taken in anew: no timeline was ever known of before it.
            before = None if one.again else one.kept.timeline
            histories = [
                row_history_of(table, one.subject, rows.get(one.subject), before)
                for table, rows in zip(tables, stored, strict=True)
            ]
            self._learn(one, histories)
            for of_table, history in zip(done, histories, strict=True):
                of_table.append(history)
        for table, histories in zip(tables, done, strict=True):
            _write(c, table, histories)
        self._forget(people)

    def _learn(self, one: News, histories: Sequence[RowHistory | LatestRows]) -> None:
        kept = one.kept
        for at, together in groupby(one.arrived, key=lambda entry: entry.recorded_at):
            arrived = list(together)
            kept.entries += arrived
            kept.timeline = advance(kept.timeline, one.subject, arrived, kept.entries, self.law)
            for history in histories:
                history.learn(instant(at), kept.timeline)
        self._entries += len(one.arrived)

    def _load(self, c: Cursor, start: int, ids: Sequence[str]) -> None:
        """The records of individuals up to a position, as the views know them there."""
        for originator_id in ids:
            self._kept[originator_id] = Kept()
        if not start or not ids:
            return
        for rows in log_rows.rows_of_people(c, ids, start):
            kept = self._kept[rows[0].originator_id]
            kept.entries = [self.decode(*row[1:]) for row in rows if row.topic not in self._skips]
            self._entries += len(kept.entries)
            if kept.entries:
                kept.timeline = timeline(kept.entries[0].subject, kept.entries, self.law)

    def _forget(self, recent: dict[str, list[Entry]]) -> None:
        for originator_id in recent:
            self._kept.move_to_end(originator_id)
        while self._entries > KEPT and self._kept:
            self._entries -= len(self._kept.popitem(last=False)[1].entries)


def _standing(
    c: Cursor, table: Stored, again: Sequence[tuple[str, int]], subjects: Sequence[str]
) -> dict[str, dict[Row, Key]]:
    """The rows that stand; of moments begun before, those that stood before them."""
    if again:
        table.unlearn(c, again)
    c.execute(
        f"SELECT t.{', t.'.join((*KEY, *table.columns))} FROM {c.each} AS given"
        f" CROSS JOIN {table.name} t WHERE t.subject=given.value->>0 AND t.known_until={END}",
        (json.dumps([(subject,) for subject in subjects]),),
    )
    found: dict[str, dict[Row, Key]] = {}
    for row in c.fetchall():
        found.setdefault(row[0], {})[tuple(row[3:])] = row[1], row[2]
    return found


def _write(c: Cursor, table: Stored, histories: Sequence[RowHistory | LatestRows]) -> None:
    ended = [row for history in histories for row in history.ended]
    if ended:
        table.end(c, ended)
    rows = [row for history in histories for row in history.rows()]
    if rows:
        c.load(table.name, table.names, rows)
