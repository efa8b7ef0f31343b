"""Views built anew from the log, individual by individual, beside what is there or in its place.

The log is read by individual, so that each is folded once, in as many processes as are wanted; the
rows are loaded into tables without indexes, which get them last. What was recorded meanwhile is
taken in in the order of the log; then the tables change places in one transaction. Called by the
engine, one build at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from projections.engine import registry
from projections.engine.bitemporal import NEW, OLD, View
from projections.engine.folding import (
    INFRASTRUCTURE,
    Decode,
    Folded,
    Range,
    empty,
    fold_range,
    ranges_of,
)
from projections.engine.paging import Pager
from projections.engine.registry import State
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store.database.interface import Cursor, Database
from tracker.store.database.retrying import ATTEMPTS, TRANSIENT, retry

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

ROWS = 50_000  # rows loaded in one transaction
QUEUED_PER_PROCESS = 2  # ranges given to a process before the first is taken from it
SWITCH_LOCK_SECONDS = 0.5  # seconds for which readers wait while tables change places
SWITCH_ATTEMPTS = 30  # attempts to change them while somebody reads on
Progress = Callable[[int], None]
Folding = Callable[[Sequence[Range]], Iterator[Folded]]


@runtime_checkable
class Vacuumed(Protocol):
    """A database with work of its own that no transaction may hold."""

    def plain(self) -> AbstractContextManager[Cursor]: ...


class Build:
    """One build of some views of one version, as far as a position and on from there.

    `beside`: what is there stays in force until the new takes its place, or for good where the new
    cannot be built. `onwards` False: no further than that position. `may_write` raises where these
    views may not be written.
    """

    def __init__(
        self,
        database: Database,
        views: Sequence[View],
        versions: Mapping[str, str],
        pager: Callable[[Sequence[View]], Pager],
        page: int,
        beside: bool,
        may_write: Callable[[Cursor], None],
    ) -> None:
        self.database, self.views, self.versions = database, views, versions
        self.pager, self.page, self.beside, self.may_write = pager, page, beside, may_write
        self.new = [view.called(NEW) for view in views]
        self.latest = {view.name: 0 for view in views}
        self.failed: dict[str, int] = {}

    def run(self, end: int, folding: Folding, progress: Progress, onwards: bool = True) -> None:
        """Builds the views; those that cannot be are `failed`, each with where it did."""
        self.position, self.onwards = end, onwards
        self._step(self._clear)
        try:
            self._load(folding, progress)
            self._leave_out_failed()
            for view in self.new:
                for step in view.completing(self.database.kind):
                    self._step(step)
            if self.views:
                self._tidy()
                self._follow()
                self._step(self._switch, SWITCH_ATTEMPTS)
        except Exception:
            with suppress(*TRANSIENT):
                for view in self.new:
                    self._step(view.drop)
            raise
        for view in self.views:
            self._step(view.called(OLD).drop, SWITCH_ATTEMPTS)

    def _step(self, step: Callable[[Cursor], object], attempts: int = ATTEMPTS) -> None:
        def work() -> None:
            with self.database.working() as c:
                step(c)

        retry(work, attempts=attempts)

    def _clear(self, c: Cursor) -> None:
        """What a build left that came to no end; in place of what was there, that as well."""
        self.may_write(c)
        registry.prepare(c, self.database.kind)
        if not self.beside:
            registry.lock_out_readers(c, self.database.kind, SWITCH_LOCK_SECONDS)
        for view, new in zip(self.views, self.new, strict=True):
            new.drop(c)
            view.called(OLD).drop(c)
            new.create(c, self.database.kind)
            if not self.beside:
                view.drop(c)
                registry.begin(c, view.name, self.versions[view.name], registry.BUILDING)

    def _load(self, folding: Folding, progress: Progress) -> None:
        """Loads the rows of everybody, some thousands in one transaction."""
        ranges, gathered = ranges_of(self.database, self.position), empty(self.new)
        for number, folded in enumerate(folding(ranges), 1):
            self._note(folded.latest)
            for view, position in folded.failed.items():
                self.failed[view] = min(position, self.failed.get(view, position))
            for table, rows in folded.rows.items():
                gathered.rows[table] += rows
            done = self.position * number // len(ranges)
            if sum(map(len, gathered.rows.values())) >= ROWS or number == len(ranges):
                self._step(partial(self._write, gathered, done))
                gathered = empty(self.new)
            progress(done)

    def _note(self, latest: dict[str, int]) -> None:
        for view, moment in latest.items():
            self.latest[view] = max(moment, self.latest[view])

    def _write(self, gathered: Folded, done: int, c: Cursor) -> None:
        for view in self.new:
            for table in view.tables:
                if rows := gathered.rows[table.name]:
                    c.load(table.name, table.names, rows)
        if not self.beside:  # somebody may be waiting
            registry.built(c, [view.name for view in self.views], done)

    def _leave_out_failed(self) -> None:
        for view in self.new:
            if view.name in self.failed:
                self._step(view.drop)
        self.views = [view for view in self.views if view.name not in self.failed]
        self.new = [view.called(NEW) for view in self.views]

    def _tidy(self) -> None:
        """PostgreSQL answers from an index alone only where it has looked at every page."""
        if isinstance(self.database, Vacuumed):
            with self.database.plain() as c:
                for table in (table for view in self.new for table in view.tables):
                    c.execute(f"VACUUM (ANALYZE) {table.name}")

    def _follow(self) -> None:
        """Takes in what was recorded since, until less than a page is left."""
        self.taking = self.pager(self.new)
        reached = -self.page
        while self.onwards and self.position - reached >= self.page:
            reached = self.position
            try:
                self._further()
            except INFRASTRUCTURE:
                raise
            except Exception as error:
                if self.beside:
                    raise TrackerError(
                        f"the views cannot be built: a fact after position {reached} cannot be "
                        f"taken in ({type(error).__name__}); what was there before stays in force"
                    ) from error
                self.onwards = False  # whoever catches up next stops before that very fact

    def _further(self) -> None:
        start, found = self.position, list[tuple[int, dict[str, int]]]()

        def take(c: Cursor) -> None:
            found.append(self.taking.take(c, start, self.page))

        self._step(take)
        self._arrived(*found[-1])

    def _arrived(self, position: int, latest: dict[str, int]) -> None:
        self.position = self.taking.at = position
        self._note(latest)

    def _switch(self, c: Cursor) -> None:
        """The change of places; nobody finds less in the new tables than there was in the old."""
        self.may_write(c)  # another law or setting may have been adopted meanwhile
        kind = self.database.kind
        held = registry.locked(c, kind, [view.name for view in self.views])
        least = max((state.position for state in held.values()), default=0)
        reached, latest = self.position, dict(self.latest)
        while reached < least:
            reached, moments = self.taking.take(c, reached, self.page)
            self.taking.at = reached
            latest |= {view: max(at, latest[view]) for view, at in moments.items()}
        registry.lock_out_readers(c, kind, SWITCH_LOCK_SECONDS)
        for view, new in zip(self.views, self.new, strict=True):
            for table, newer in zip(view.tables, new.tables, strict=True):
                if c.exists(table.name):
                    table.rename(c, table.name + OLD)
                newer.rename(c, table.name)
            state = (view.name, self.versions[view.name], reached, latest[view.name])
            registry.replaced(c, State(*state, registry.READY, "", 0))


def in_this_process(database: Database, views: Sequence[View], decode: Decode, law: Law) -> Folding:
    """Folds in this process."""
    return lambda ranges: (fold_range(database, views, r, decode, law) for r in ranges)


@contextmanager
def in_other_processes(
    processes: int, begin: Callable[..., None], work: Callable[[Range], Folded], *given: object
) -> Iterator[Folding]:
    """Folds in processes of their own, which share nothing but the store."""
    # here: a command that builds nothing starts sooner without them
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(processes, get_context("spawn"), begin, given)
    try:
        yield lambda ranges: _in_turn(pool, work, ranges, processes * QUEUED_PER_PROCESS)
    except BrokenExecutor:
        raise TrackerError(
            "a process that was building the views ended before its time; the log and what could "
            "be read before are as they were: run `tracker rebuild` again, or set processes = 1"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _in_turn(
    pool: ProcessPoolExecutor, work: Callable[[Range], Folded], ranges: Sequence[Range], ahead: int
) -> Iterator[Folded]:
    waiting: deque[Future[Folded]] = deque()
    for one in ranges:
        waiting.append(pool.submit(work, one))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
