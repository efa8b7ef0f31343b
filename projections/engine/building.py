"""Rebuilds views from the log, individual by individual, beside the old tables or in their place.

The log is read by individual, so that each is folded once, in one or more processes. The rows are
loaded into tables without indexes; these are added last. Facts recorded meanwhile are applied in
the order of the log. Then one transaction swaps the tables. Called by the engine, one build at a
time.
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
QUEUED_PER_PROCESS = 2  # ranges queued for each process before the first result is awaited
SWITCH_LOCK_SECONDS = 0.5  # seconds for which the swap of tables waits for readers
SWITCH_ATTEMPTS = 30  # attempts to swap them while somebody reads
Progress = Callable[[int], None]
Folding = Callable[[Sequence[Range]], Iterator[Folded]]


@runtime_checkable
class Vacuumed(Protocol):
    """A database that can run statements outside a transaction, such as VACUUM."""

    def plain(self) -> AbstractContextManager[Cursor]: ...


class Build:
    """One build of some views: up to a position, then on to the end of the log.

    `beside`: readers use the old tables until the new ones replace them, and keep them if the build
    fails; otherwise the old tables are dropped first. `may_write` raises if this process may not
    write these views.
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
        self.new = [view.with_suffix(NEW) for view in views]
        self.latest = {view.name: 0 for view in views}
        self.failed: dict[str, int] = {}

    def run(self, end: int, folding: Folding, progress: Progress, onwards: bool = True) -> None:
        """Builds the views up to position `end`, and, if `onwards`, what was recorded since.

        A view that cannot be built is left out: `failed` has the position of the fact it failed at.
        """
        self.position, self.onwards = end, onwards
        self._step(self._clear)
        try:
            self._load(folding, progress)
            self._leave_out_failed()
            for view in self.new:
                for step in view.completion_steps(self.database.kind):
                    self._step(step)
            if self.views:
                self._vacuum()
                self._follow()
                self._step(self._switch, SWITCH_ATTEMPTS)
        except Exception:
            with suppress(*TRANSIENT):
                for view in self.new:
                    self._step(view.drop)
            raise
        for view in self.views:
            self._step(view.with_suffix(OLD).drop, SWITCH_ATTEMPTS)

    def _step(self, step: Callable[[Cursor], object], attempts: int = ATTEMPTS) -> None:
        def work() -> None:
            with self.database.working() as c:
                step(c)

        retry(work, attempts=attempts)

    def _clear(self, c: Cursor) -> None:
        """Drops what an unfinished build left and, unless `beside`, the tables in use."""
        self.may_write(c)
        registry.prepare(c, self.database.kind)
        if not self.beside:
            registry.lock_out_readers(c, self.database.kind, SWITCH_LOCK_SECONDS)
        for view, new in zip(self.views, self.new, strict=True):
            new.drop(c)
            view.with_suffix(OLD).drop(c)
            new.create(c, self.database.kind)
            if not self.beside:
                view.drop(c)
                registry.register(c, view.name, self.versions[view.name], registry.BUILDING)

    def _load(self, folding: Folding, progress: Progress) -> None:
        """Loads everybody's rows, about 50,000 in one transaction."""
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
                    c.load(table.name, table.column_names, rows)
        if not self.beside:  # a reader may be waiting for them
            registry.record_progress(c, [view.name for view in self.views], done)

    def _leave_out_failed(self) -> None:
        for view in self.new:
            if view.name in self.failed:
                self._step(view.drop)
        self.views = [view for view in self.views if view.name not in self.failed]
        self.new = [view.with_suffix(NEW) for view in self.views]

    def _vacuum(self) -> None:
        """On PostgreSQL, vacuums the new tables: index-only scans need that."""
        if isinstance(self.database, Vacuumed):
            with self.database.plain() as c:
                for table in (table for view in self.new for table in view.tables):
                    c.execute(f"VACUUM (ANALYZE) {table.name}")

    def _follow(self) -> None:
        """Applies what was recorded since, until less than a page is left."""
        self._pager = self.pager(self.new)
        reached = -self.page
        while self.onwards and self.position - reached >= self.page:
            reached = self.position
            try:
                self._next_page()
            except INFRASTRUCTURE:
                raise
            except Exception as error:
                if self.beside:
                    raise TrackerError(
                        f"the views cannot be built: a fact after position {reached} cannot be "
                        f"applied ({type(error).__name__}); the views built before stay in use"
                    ) from error
                self.onwards = False  # the next catch-up will stop before that fact

    def _next_page(self) -> None:
        start, results = self.position, list[tuple[int, dict[str, int]]]()

        def take(c: Cursor) -> None:
            results.append(self._pager.take(c, start, self.page))

        self._step(take)
        self._move_to(*results[-1])

    def _move_to(self, position: int, latest: dict[str, int]) -> None:
        self.position = self._pager.at = position
        self._note(latest)

    def _switch(self, c: Cursor) -> None:
        """Swaps new tables for old, once the new have at least what the old have."""
        self.may_write(c)  # another law or setting may have been adopted meanwhile
        kind = self.database.kind
        states = registry.lock_states(c, kind, [view.name for view in self.views])
        least = max((state.position for state in states.values()), default=0)
        reached, latest = self.position, dict(self.latest)
        while reached < least:
            reached, moments = self._pager.take(c, reached, self.page)
            self._pager.at = reached
            latest |= {view: max(at, latest[view]) for view, at in moments.items()}
        registry.lock_out_readers(c, kind, SWITCH_LOCK_SECONDS)
        for view, new in zip(self.views, self.new, strict=True):
            for table, newer in zip(view.tables, new.tables, strict=True):
                if c.exists(table.name):
                    table.rename(c, table.name + OLD)
                newer.rename(c, table.name)
            state = (view.name, self.versions[view.name], reached, latest[view.name])
            registry.record_rebuilt(c, State(*state, registry.READY, "", 0))


def in_this_process(database: Database, views: Sequence[View], decode: Decode, law: Law) -> Folding:
    """Folds in this process."""
    return lambda ranges: (fold_range(database, views, r, decode, law) for r in ranges)


@contextmanager
def in_other_processes(
    processes: int, begin: Callable[..., None], work: Callable[[Range], Folded], *arguments: object
) -> Iterator[Folding]:
    """Folds in worker processes, which share only the store; `begin(*arguments)` starts each."""
    # imported here: a command that builds nothing starts sooner without them
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(processes, get_context("spawn"), begin, arguments)
    try:
        yield lambda ranges: _in_turn(pool, work, ranges, processes * QUEUED_PER_PROCESS)
    except BrokenExecutor:
        raise TrackerError(
            "a process that was building the views ended unexpectedly; the log and the views in "
            "use are unchanged: run `tracker rebuild` again, or set processes = 1"
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
