"""Tables whose rows say from when until when they were known: what every view is made of.

A row is never changed but for the moment from which it was no longer so; any past answer as known
at any moment is a WHERE.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from projections.engine import Known
from tracker.domain.timeline import Timeline
from tracker.store.mapper import stamp

Row = tuple[Any, ...]
KNOWN = "known_from<=:known AND (known_until IS NULL OR known_until>:known)"
HOLDS = "start<=:on AND (until IS NULL OR until>:on)"


instant = stamp


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


@dataclass(frozen=True, slots=True)
class Bitemporal:
    """One table of one view: `columns` after the subject, `rows` of a timeline, its indexes."""

    table: str
    columns: Sequence[str]
    rows: Callable[[Timeline], list[Row]]
    indexes: Sequence[str] = ()

    def create(self, c: Any) -> None:
        columns = ", ".join(self.columns)
        c.execute(
            f"CREATE TABLE IF NOT EXISTS {self.table} "
            f"(subject, {columns}, known_from TEXT NOT NULL, known_until TEXT)"
        )
        for i, index in enumerate(("subject, known_until", *self.indexes)):
            c.execute(f"CREATE INDEX IF NOT EXISTS {self.table}_{i} ON {self.table} ({index})")

    def drop(self, c: Any) -> None:
        c.execute(f"DROP TABLE IF EXISTS {self.table}")

    def take(self, c: Any, subject: str, known: Sequence[Known]) -> None:
        """Takes in what came to be known of a subject, moment by moment."""
        if known[0].again:
            self._take_back(c, subject, instant(known[0].at))
        c.execute(
            f"SELECT rowid, subject, {', '.join(self.columns)} FROM {self.table}"
            " WHERE subject=? AND known_until IS NULL",
            (subject,),
        )
        standing: dict[Row, int | str] = {tuple(r)[2:]: r[0] for r in c.fetchall()}
        closed: list[tuple[str, int]] = []
        done: list[Row] = []
        for news in known:
            at = instant(news.at)
            rows = dict.fromkeys(self.rows(news.timeline)) if news.timeline else {}
            for row in [r for r in standing if r not in rows]:
                since = standing.pop(row)
                if isinstance(since, int):
                    closed.append((at, since))
                elif since != at:
                    done.append((subject, *row, since, at))
            for row in rows:
                standing.setdefault(row, at)
        new = [(subject, *row, at, None) for row, at in standing.items() if isinstance(at, str)]
        if closed:
            c.executemany(f"UPDATE {self.table} SET known_until=? WHERE rowid=?", closed)
        if done or new:
            marks = ",".join("?" * (len(self.columns) + 3))
            c.executemany(f"INSERT INTO {self.table} VALUES ({marks})", done + new)

    def _take_back(self, c: Any, subject: str, at: str) -> None:
        """Back to what was known before a moment: the tables are the same however it is paged."""
        c.execute(f"DELETE FROM {self.table} WHERE subject=? AND known_from=?", (subject, at))
        c.execute(
            f"UPDATE {self.table} SET known_until=NULL WHERE subject=? AND known_until=?",
            (subject, at),
        )


class BitemporalView:
    """A view made of bitemporal tables."""

    name: str
    version: int
    parts: Sequence[Bitemporal]

    def create(self, c: Any) -> None:
        for part in self.parts:
            part.create(c)

    def drop(self, c: Any) -> None:
        for part in self.parts:
            part.drop(c)

    def take(self, c: Any, subject: str, known: Sequence[Known]) -> None:
        for part in self.parts:
            part.take(c, subject, known)
