"""The projection engine: pages through the log and keeps the views, each with its own position.

A page of facts and the positions of the views commit in one transaction; the position is read
under the lock of that transaction, so any number of workers may run. Called by the ways in before
they read, and by the scheduler. Nothing is ever sent or flagged from here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Protocol

from tracker.domain.entries import Entry, as_known
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.domain.timeline import Timeline, changes_nothing, fold
from tracker.store.log import Log
from tracker.store.mapper import stamp, unstamp

PAGE = 2_000
KEPT = 4_096
POSITIONS = (
    "CREATE TABLE IF NOT EXISTS view_positions ("
    "view TEXT PRIMARY KEY, version TEXT NOT NULL, position INTEGER NOT NULL, "
    "latest TEXT NOT NULL) WITHOUT ROWID"
)


@dataclass(frozen=True, slots=True)
class Known:
    """What came to be known of a subject at a moment: the timeline from then on.

    `again`: something was known from that very moment already; a page ended within it.
    """

    subject: str
    at: datetime
    timeline: Timeline | None
    again: bool = False


class View(Protocol):
    """A view: its tables, and how it takes in what came to be known. One file a view."""

    name: str
    version: int

    def create(self, c: Any) -> None: ...

    def drop(self, c: Any) -> None: ...

    def take(self, c: Any, subject: str, known: Sequence[Known]) -> None: ...


@dataclass(slots=True)
class _Kept:
    """A subject as far as its entries were paged through."""

    entries: list[Entry] = field(default_factory=list)
    timeline: Timeline | None = None
    counting: list[Entry] | None = None


class Engine:
    """Keeps a set of views of one log caught up."""

    def __init__(self, log: Log, law: Law, views: Sequence[View], page: int = PAGE) -> None:
        self.log, self.law, self.views, self.page = log, law, views, page
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def _version(self, view: View) -> str:
        # A view is made of law as well as of facts: a changed table makes another view.
        return f"{view.version}:{self.law.digest}"

    def catch_up(self, progress: Callable[[int], None] = lambda position: None) -> int:
        """Brings every view level with the log and returns the position reached."""
        end = self.log.position()
        self._check_versions(end)
        while True:
            reached = self._advance()
            if reached is None:
                return end
            progress(reached)

    def rebuild(
        self, names: Sequence[str] = (), progress: Callable[[int], None] = lambda position: None
    ) -> None:
        """Starts views again from nothing; all of them where none is named."""
        known = {v.name: v for v in self.views}
        unknown = set(names) - set(known)
        if unknown:
            raise TrackerError(
                f"there is no view {', '.join(sorted(unknown))}; there are {', '.join(known)}"
            )
        with self.log.datastore.writing() as c:
            c.execute(POSITIONS)
            for view in [known[n] for n in names] or self.views:
                self._start_again(c, view)
        self.catch_up(progress)

    def _start_again(self, c: Any, view: View) -> None:
        view.drop(c)
        view.create(c)
        c.execute(
            "INSERT INTO view_positions VALUES (?,?,0,'')"
            " ON CONFLICT (view) DO UPDATE SET version=excluded.version, position=0, latest=''",
            (view.name, self._version(view)),
        )

    def positions(self) -> dict[str, tuple[str, int]]:
        """The version and position of each view that has ever been built."""
        with self.log.datastore.transaction(commit=False) as c:
            c.execute("SELECT name FROM sqlite_master WHERE name='view_positions'")
            if c.fetchone() is None:
                return {}
            c.execute("SELECT view, version, position FROM view_positions")
            return {row[0]: (row[1], row[2]) for row in c.fetchall()}

    def latest(self) -> datetime | None:
        """The latest moment at which an entry in the views was recorded."""
        with self.log.datastore.transaction(commit=False) as c:
            c.execute("SELECT MAX(latest) FROM view_positions")
            text = c.fetchone()[0]
        return unstamp(text) if text else None

    def _check_versions(self, end: int) -> None:
        at = self.positions()
        ahead = [v.name for v in self.views if v.name in at and at[v.name][1] > end]
        if ahead:
            raise TrackerError(
                f"the views {', '.join(ahead)} are ahead of the log: this looks like a log "
                "restored from an older backup; check it, then run `tracker rebuild`"
            )
        stale = [v for v in self.views if at.get(v.name, ("",))[0] != self._version(v)]
        if stale:
            with self.log.datastore.writing() as c:
                c.execute(POSITIONS)
                for view in stale:
                    c.execute("SELECT version FROM view_positions WHERE view=?", (view.name,))
                    row = c.fetchone()
                    if row is None or row[0] != self._version(view):
                        self._start_again(c, view)

    def _advance(self) -> int | None:
        """Takes the next page into the views furthest behind; None where all are level."""
        at = self.positions()
        start = min(at[v.name][1] for v in self.views)
        if start >= self.log.position():
            return None
        with self.log.datastore.writing() as c:
            behind = [v for v in self.views if self._locked_position(c, v) == start]
            if not behind:
                return start
            stop = min((p for _, p in self.positions().values() if p > start), default=None)
            page = self.log.page(start, self.page, stop)
            if not page:
                return None
            self._take(c, behind, [entry for _, entry in page])
            reached = page[-1][0]
            latest = stamp(max(entry.recorded_at for _, entry in page))
            c.executemany(
                "UPDATE view_positions SET position=?, latest=MAX(latest,?) WHERE view=?",
                [(reached, latest, v.name) for v in behind],
            )
            return reached

    def _locked_position(self, c: Any, view: View) -> int:
        c.execute("SELECT position FROM view_positions WHERE view=?", (view.name,))
        return int(c.fetchone()[0])

    def _take(self, c: Any, views: Sequence[View], entries: Sequence[Entry]) -> None:
        by_subject: dict[str, list[Entry]] = {}
        for entry in entries:
            by_subject.setdefault(entry.subject, []).append(entry)
        for subject, new in by_subject.items():
            known = list(self._known(c, subject, new))
            if known:
                for view in views:
                    view.take(c, subject, known)

    def _known(self, c: Any, subject: str, new: list[Entry]) -> Iterator[Known]:
        kept = self._load(c, subject, new[0].sequence - 1)
        for at, together in groupby(new, key=lambda e: e.recorded_at):
            arrived = list(together)
            again = bool(kept.entries) and kept.entries[-1].recorded_at == at
            kept.entries += arrived
            if kept.timeline and all(changes_nothing(e.fact, kept.timeline) for e in arrived):
                continue
            kept.timeline = fold(subject, as_known(kept.entries), self.law)
            yield Known(subject, at, kept.timeline, again)

    def _load(self, c: Any, subject: str, upto: int) -> _Kept:
        kept = self._kept.get(subject)
        if kept is None or len(kept.entries) != upto:
            entries = self.log.entries_upto(c, subject, upto) if upto else []
            kept = self._kept[subject] = _Kept(entries)
            if entries:
                kept.timeline = fold(subject, as_known(entries), self.law)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(subject)
        return kept
