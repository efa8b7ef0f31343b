"""Keeps views level with the log in its own order, each page and its position in one transaction.

A view that cannot take in a fact stops before it, and the others go on. Used by the engine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from projections.engine import registry
from projections.engine.bitemporal import View
from projections.engine.folding import INFRASTRUCTURE, Decode
from projections.engine.paging import Pager
from projections.engine.registry import STOPPED, State
from projections.engine.stop_reason import why
from tracker.domain.law.tables import Law
from tracker.store.database.interface import Database
from tracker.store.database.retrying import retry


class PageUpdates:
    """Takes pages into the views furthest behind. `given_up`: those that it found to be stopped."""

    def __init__(
        self,
        database: Database,
        law: Law,
        decode: Decode,
        versions: Mapping[str, str],
        page: int,
    ) -> None:
        self._database, self._law, self._decode = database, law, decode
        self._versions, self._page_size = versions, page
        self._pager: Pager | None = None
        self.given_up: set[str] = set()

    def advance(self, views: Sequence[View], held: Mapping[str, State], end: int) -> int | None:
        """Takes the next page in; the position it began at, None where all are level."""
        going = [held[view.name] for view in views if view.name not in self.given_up
                 or held[view.name].status != STOPPED]  # fmt: skip
        start = min((state.position for state in going), default=end)
        if start >= end:
            return None
        behind = {state.view for state in going if state.position == start}
        stopped = any(state.status == STOPPED for state in going if state.view in behind)
        further = [state.position for state in going if state.position > start]
        size, stop = 1 if stopped else self._page_size, min(further, default=None)
        self._take([view for view in views if view.name in behind], start, size, stop)
        return start

    def _take(self, views: Sequence[View], start: int, size: int, stop: int | None) -> None:
        """Takes a page in; where that fails, view by view, and less and less of it."""
        try:
            retry(partial(self._page, views, start, size, stop))
        except INFRASTRUCTURE:
            raise
        except Exception as error:
            self._pager = None
            if len(views) > 1:
                for view in views:
                    self._take([view], start, size, stop)
            elif size > 1:
                self._take(views, start, size // 2, stop)
            else:
                self._stop(views[0], start, error)

    def _page(self, views: Sequence[View], start: int, size: int, stop: int | None) -> None:
        pager = self._pager
        if pager is None or pager.views != views:
            pager = self._pager = Pager(views, self._law, self._decode)
        with self._database.working() as c:
            held = registry.locked(c, self._database.kind, self._versions)
            if not all(self._stands(held.get(view.name), start) for view in views):
                return  # another worker was here in between
            reached, latest = pager.take(c, start, size, stop)
            for view in views:
                registry.arrive(c, view.name, reached, latest[view.name])
        pager.at = reached

    def _stands(self, state: State | None, position: int) -> bool:
        if state is None or registry.stale(state, self._versions[state.view]):
            return False
        return state.position == position

    def _stop(self, view: View, start: int, error: Exception) -> None:
        """A view stands before a fact that it cannot take in, and says so."""
        self.given_up.add(view.name)
        text = why(self._database, self._decode, start + 1, error)

        def stop() -> None:
            with self._database.working() as c:
                held = registry.locked(c, self._database.kind, self._versions)
                if self._stands(held.get(view.name), start):
                    registry.stop(c, view.name, text)

        retry(stop)
