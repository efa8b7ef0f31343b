"""The projection engine: keeps views up to date with the log, rebuilds them, opens them to readers.

One transaction commits a page of facts and the new positions of the views. The position is read
under the lock of that transaction, so any number of workers may run. Called by the service before
it reads, and by the scheduler. The engine never sends or flags anything.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from projections.engine import registry
from projections.engine.as_built import Warn, log_warning, reading_as_built, version
from projections.engine.bitemporal import NEW, OLD, View
from projections.engine.building import Progress
from projections.engine.day_numbers import moment_of
from projections.engine.folding import Decode
from projections.engine.page_updates import PageUpdates
from projections.engine.registry import READY, State
from projections.engine.view_builds import ViewBuilds
from projections.engine.view_checks import Difference, differences
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store.agreement_check import Disagreement, agree
from tracker.store.database.interface import Cursor, Unavailable
from tracker.store.database.retrying import pause
from tracker.store.log import Log

PAGE = 2_000
FAR_BEHIND = 50_000  # facts; beyond this a rebuild is faster than reading pages
POLL = 1.0  # seconds after which the log is read even if no append was signalled


def _silent(position: int) -> None:
    """The default progress report: none."""


class Engine:
    """Keeps a set of views of one log up to date; may be shared by threads."""

    def __init__(
        self,
        log: Log,
        law: Law,
        views: Sequence[View],
        page: int = PAGE,
        processes: int | None = None,
        warn: Warn = log_warning,
    ) -> None:
        self.log, self.law, self.views, self.page = log, law, views, page
        self._database = log.database
        self._decode: Decode = log.decoder().entry
        self._versions = {v.name: version(v, law.digest, law.category_4) for v in views}
        self._warn, self._warned = warn, False
        self._builds = ViewBuilds(log, law, self._versions, page, processes or os.cpu_count() or 1)
        self._updates = PageUpdates(log.database, law, self._decode, self._versions, page)
        self._lock = threading.RLock()
        self._leftovers_dropped = False

    def catch_up(self, progress: Progress = _silent, upto: int | None = None) -> int:
        """Updates the views to the end of the log, or to position `upto`; returns that position.

        A view that cannot apply a fact stops before it, and the others go on. Raises Disagreement
        if another law or counting setting was agreed for the store.
        """
        with self._lock:
            self._prepare(progress)
            end = self.log.position() if upto is None else min(upto, self.log.position())
            while (reached := self._advance(end, progress)) is not None:
                progress(reached)
            return end

    def _advance(self, end: int, progress: Progress) -> int | None:
        states = self.states()
        if self._stale(states):  # another process has started to build them
            self._prepare(progress)
            states = self.states()
        return self._updates.advance(self.views, states, end)

    def follow(
        self,
        stop: Callable[[], bool],
        seconds: float = POLL,
        on_error: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        """Keeps the views up to date until `stop` is true: on every append, or after `seconds`.

        If another law or setting was agreed for the store, it builds nothing and checks again.
        `on_error` is called with a Disagreement, once for each message, and every Unavailable.
        """
        tried, differs = 0, ""
        while not stop():
            try:
                self.catch_up()
                self._database.wait_for_append(seconds)
                tried, differs = 0, ""
            except Disagreement as error:
                if str(error) != differs:
                    on_error(error)
                differs = str(error)
                self._database.wait_for_append(seconds)
            except Unavailable as error:
                on_error(error)
                pause(tried)
                tried += 1

    @contextmanager
    def reading(self, *names: str, progress: Progress = _silent) -> Iterator[Cursor]:
        """A cursor on views that are up to date with the log; raises ViewStopped if one stopped.

        Waits for views that are being built for the first time. If another law or counting setting
        was agreed for the store, the views are read as they are, with a warning. No `names`: all.
        """
        wanted = names or [view.name for view in self.views]
        while True:
            try:
                end = self.catch_up(progress)
            except Disagreement as error:
                differs = error
                break
            with self._database.reading() as c:
                registry.lock_for_reading(c, self._database.kind)
                states = registry.read(c, self._database.kind)
                if self._stale(states):
                    continue  # another process has started to build them
                registry.refuse_stopped(states, wanted)
                if all(states[name].position >= end for name in wanted):
                    yield c
                    return
        views = [view for view in self.views if view.name in wanted]
        with reading_as_built(self._database, views, differs, self._warn_once) as c:
            yield c

    def _warn_once(self, text: str) -> None:
        if not self._warned:
            self._warn(text)
        self._warned = True

    def rebuild(
        self, names: Sequence[str] = (), progress: Progress = _silent, beside: bool = False
    ) -> None:
        """Rebuilds views from the log alone: those named, or all if none is named.

        `beside`: the old ones can be read until the new ones replace them. Raises TrackerError for
        an unknown name or a view that cannot be built, Disagreement as `catch_up` does.
        """
        known = {view.name: view for view in self.views}
        unknown = set(names) - set(known)
        if unknown:
            raise TrackerError(
                f"there is no view {', '.join(sorted(unknown))}; there are {', '.join(known)}"
            )
        views = [known[name] for name in names] or self.views
        self.agree()
        with self._lock:
            with self._build_lock(progress, lambda: False):
                self._builds.build(views, beside, progress)
            self._updates.not_retried.clear()
            self.catch_up(progress)
        registry.refuse_stopped(registry.states(self._database), [view.name for view in views])

    def verify(self, progress: Progress = _silent) -> Iterator[Difference]:
        """Every individual whose rows differ from a fresh fold of the log; progress in percent."""
        self.agree()
        yield from differences(self._database, self.views, self.law, self._decode, progress)

    def agree(self) -> None:
        """Raises Disagreement if another law or counting setting was agreed for the store.

        The first process to use a store records its own as agreed.
        """
        agree(self._database, self.law, self.log.clock())

    def positions(self) -> dict[str, tuple[str, int]]:
        """The version and position of each view that has ever been built."""
        return {s.view: (s.version, s.position) for s in self.states().values()}

    def states(self) -> dict[str, State]:
        """The registry: version, position and status of each view."""
        return registry.states(self._database)

    def latest(self, c: Cursor | None = None) -> datetime | None:
        """The latest moment at which an entry in the views was recorded; None if there is none."""
        states = self.states() if c is None else registry.read(c, self._database.kind)
        most = max((state.latest for state in states.values()), default=0)
        return moment_of(most) if most else None

    # --- getting ready ------------------------------------------------------------------------

    def _prepare(self, progress: Progress) -> None:
        """Refuses views ahead of the log; builds those missing or of another version."""
        self.agree()
        states = self.states()
        end = self.log.position()
        ahead = [v.name for v in self.views if v.name in states and states[v.name].position > end]
        if ahead:
            raise TrackerError(
                f"the views {', '.join(ahead)} are ahead of the log: this looks like a log "
                "restored from an older backup; check it, then run `tracker rebuild`"
            )
        if not self._leftovers_dropped:
            self._drop_leftovers()
        registry.refuse_newer(states, {view.name: view.version for view in self.views})
        if self._stale(states):
            with self._build_lock(progress, lambda: not self._stale(self.states())) as got:
                if got and (stale := self._stale(self.states())):
                    self._builds.begin(stale, self.states(), progress)
        if self._far_behind(end):
            with self._build_lock(progress, lambda: not self._far_behind(end)) as got:
                if got and (far := self._far_behind(end)):
                    self._builds.build(far, True, progress)

    def _far_behind(self, end: int) -> list[View]:
        """Views so far behind that a rebuild is faster than reading pages."""
        states, least = self.states(), end - max(FAR_BEHIND, end // 8)
        return [
            view for view in self.views
            if (state := states.get(view.name)) and state.status == READY and state.position < least
        ]  # fmt: skip

    def _drop_leftovers(self) -> None:
        """Drops tables left by a build that was killed; once, when the engine is first used."""
        left = [v.with_suffix(end) for v in self.views for end in (NEW, OLD)]
        with self._database.reading() as c:
            left = [view for view in left if any(c.exists(t.name) for t in view.tables)]
        if left:
            with self._database.try_lock("views") as got:
                if not got:
                    return  # another process is building them
                with self._database.working() as c:
                    for view in left:
                        view.drop(c)
        self._leftovers_dropped = True

    def _stale(self, states: dict[str, State]) -> list[View]:
        return [v for v in self.views if registry.stale(states.get(v.name), self._versions[v.name])]

    @contextmanager
    def _build_lock(self, progress: Progress, unneeded: Callable[[], bool]) -> Iterator[bool]:
        """Waits for the lock under which views are built, or until `unneeded` is true.

        Yields True with the lock, False without it: then nothing may be built.
        """
        tried = 0
        while True:
            with self._database.try_lock("views") as got:
                if got or unneeded():
                    yield got
                    return
            progress(max((state.built for state in self.states().values()), default=0))
            pause(min(tried, 3))
            tried += 1
