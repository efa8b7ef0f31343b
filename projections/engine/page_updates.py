"""Updates views page by page in the order of the log, one transaction for a page and its position.

A view that cannot apply a fact stops before it, and the others go on. Used by the engine.
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
    """Applies pages to the views furthest behind.

    `not_retried`: the views that stopped in this process, left alone until a rebuild.
    """

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
        self.not_retried: set[str] = set()

    def advance(self, views: Sequence[View], states: Mapping[str, State], end: int) -> int | None:
        """Applies the next page; returns the position it started at, None if all are at `end`."""
        going = [states[view.name] for view in views if view.name not in self.not_retried
                 or states[view.name].status != STOPPED]  # fmt: skip
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
        """Applies a page; if that fails, view by view, and half as much each time."""
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
            states = registry.lock_states(c, self._database.kind, self._versions)
            if not all(self._is_at(states.get(view.name), start) for view in views):
                return  # another worker has applied it meanwhile
            reached, latest = pager.take(c, start, size, stop)
            for view in views:
                registry.record_position(c, view.name, reached, latest[view.name])
        pager.at = reached

    def _is_at(self, state: State | None, position: int) -> bool:
        if state is None or registry.stale(state, self._versions[state.view]):
            return False
        return state.position == position

    def _stop(self, view: View, start: int, error: Exception) -> None:
        """Records that a view stopped before a fact that it cannot apply, and why."""
        self.not_retried.add(view.name)
        text = why(self._database, self._decode, start + 1, error)

        def stop() -> None:
            with self._database.working() as c:
                states = registry.lock_states(c, self._database.kind, self._versions)
                if self._is_at(states.get(view.name), start):
                    registry.record_stop(c, view.name, text)

        retry(stop)
