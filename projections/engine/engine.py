"""The projection engine: keeps views level with the log, builds them anew, says what may be read.

A page of facts and the positions of the views commit in one transaction; the position is read
under the lock of that transaction, so any number of workers may run. Called by the ways in before
they read, and by the scheduler. Nothing is ever sent or flagged from here.
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
FAR_BEHIND = 50_000  # facts; many more are sooner taken in individual by individual
POLL = 1.0  # seconds after which the log is looked at, told or not


def _silent(position: int) -> None:
    """Tells nobody."""


class Engine:
    """Keeps a set of views of one log; may be shared by threads."""

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
        self._turn = threading.RLock()
        self._swept = False

    def catch_up(self, progress: Progress = _silent, upto: int | None = None) -> int:
        """Brings the views level with the log, or with a position in it; returns it.

        A view that cannot take in a fact stops before it, and the others go on. Raises Disagreement
        where another law or counting setting was agreed for the store.
        """
        with self._turn:
            self._prepare(progress)
            end = self.log.position() if upto is None else min(upto, self.log.position())
            while (reached := self._advance(end, progress)) is not None:
                progress(reached)
            return end

    def _advance(self, end: int, progress: Progress) -> int | None:
        held = self.states()
        if self._stale(held):  # somebody began to build them
            self._prepare(progress)
            held = self.states()
        return self._updates.advance(self.views, held, end)

    def follow(
        self,
        stop: Callable[[], bool],
        seconds: float = POLL,
        troubled: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        """Keeps the views level until `stop` says so: told of what is new, and looking anyway.

        Where another law or setting was agreed it builds nothing, and looks whether that changes.
        """
        tried, differs = 0, ""
        while not stop():
            try:
                self.catch_up()
                self._database.wait_for_append(seconds)
                tried, differs = 0, ""
            except Disagreement as error:
                if str(error) != differs:
                    troubled(error)
                differs = str(error)
                self._database.wait_for_append(seconds)
            except Unavailable as error:
                troubled(error)
                pause(tried)
                tried += 1

    @contextmanager
    def reading(self, *names: str, progress: Progress = _silent) -> Iterator[Cursor]:
        """A cursor on views that are level with the log; raises where one of these has stopped.

        Views that are being built for the first time are waited for. Where another law or counting
        setting was agreed for the store, the views are read as they are, with a warning.
        """
        wanted = names or [view.name for view in self.views]
        while True:
            try:
                end = self.catch_up(progress)
            except Disagreement as error:
                differs = error
                break
            with self._database.reading() as c:
                registry.keep_tables(c, self._database.kind)
                held = registry.read(c, self._database.kind)
                if self._stale(held):
                    continue  # somebody began to build them in between
                registry.check(held, wanted)
                if all(held[name].position >= end for name in wanted):
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
        """Builds views anew from the log alone; all of them where none is named.

        `beside`: what is there can be read until the new takes its place.
        """
        known = {view.name: view for view in self.views}
        unknown = set(names) - set(known)
        if unknown:
            raise TrackerError(
                f"there is no view {', '.join(sorted(unknown))}; there are {', '.join(known)}"
            )
        views = [known[name] for name in names] or self.views
        self.agree()
        with self._turn:
            with self._alone(progress, lambda: False):
                self._builds.build(views, beside, progress)
            self._updates.given_up.clear()
            self.catch_up(progress)
        registry.check(registry.states(self._database), [view.name for view in views])

    def verify(self, progress: Progress = _silent) -> Iterator[Difference]:
        """Every individual whose rows are not those of a fold; progress is told in percent."""
        self.agree()
        yield from differences(self._database, self.views, self.law, self._decode, progress)

    def agree(self) -> None:
        """Raises Disagreement where another law or counting setting was agreed for the store.

        Whoever is the first on a store agrees to its own.
        """
        agree(self._database, self.law, self.log.clock())

    def positions(self) -> dict[str, tuple[str, int]]:
        """The version and position of each view that has ever been built."""
        return {s.view: (s.version, s.position) for s in self.states().values()}

    def states(self) -> dict[str, State]:
        """The registry: version, position and status of each view."""
        return registry.states(self._database)

    def latest(self, c: Cursor | None = None) -> datetime | None:
        """The latest moment at which an entry in the views was recorded; as a cursor sees them."""
        states = self.states() if c is None else registry.read(c, self._database.kind)
        most = max((state.latest for state in states.values()), default=0)
        return moment_of(most) if most else None

    # --- getting ready ------------------------------------------------------------------------

    def _prepare(self, progress: Progress) -> None:
        """Refuses views ahead of the log; builds those that are not there in this version."""
        self.agree()
        held = self.states()
        end = self.log.position()
        ahead = [v.name for v in self.views if v.name in held and held[v.name].position > end]
        if ahead:
            raise TrackerError(
                f"the views {', '.join(ahead)} are ahead of the log: this looks like a log "
                "restored from an older backup; check it, then run `tracker rebuild`"
            )
        if not self._swept:
            self._sweep()
        registry.refuse_newer(held, {view.name: view.version for view in self.views})
        if self._stale(held):
            with self._alone(progress, lambda: not self._stale(self.states())) as got:
                if got and (stale := self._stale(self.states())):
                    self._builds.begin(stale, self.states(), progress)
        if self._far_behind(end):
            with self._alone(progress, lambda: not self._far_behind(end)) as got:
                if got and (far := self._far_behind(end)):
                    self._builds.build(far, True, progress)

    def _far_behind(self, end: int) -> list[View]:
        """Views that are sooner built anew: in the log's order everybody is folded day by day."""
        held, least = self.states(), end - max(FAR_BEHIND, end // 8)
        return [
            view for view in self.views
            if (state := held.get(view.name)) and state.status == READY and state.position < least
        ]  # fmt: skip

    def _sweep(self) -> None:
        """Removes what a build left that was killed; once, when an engine is first used."""
        left = [v.called(end) for v in self.views for end in (NEW, OLD)]
        with self._database.reading() as c:
            left = [view for view in left if any(c.exists(t.name) for t in view.tables)]
        if left:
            with self._database.try_lock("views") as got:
                if not got:
                    return  # a build is at work on them
                with self._database.working() as c:
                    for view in left:
                        view.drop(c)
        self._swept = True

    def _stale(self, held: dict[str, State]) -> list[View]:
        return [v for v in self.views if registry.stale(held.get(v.name), self._versions[v.name])]

    @contextmanager
    def _alone(self, progress: Progress, needless: Callable[[], bool]) -> Iterator[bool]:
        """Waits until nobody else builds views, or it need no longer be done.

        False where it was needless: then somebody else may be building, and nothing is begun.
        """
        tried = 0
        while True:
            with self._database.try_lock("views") as got:
                if got or needless():
                    yield got
                    return
            progress(max((state.built for state in self.states().values()), default=0))
            pause(min(tried, 3))
            tried += 1
