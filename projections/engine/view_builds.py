"""Builds views: empty ones to be filled page by page, or whole ones from the whole log.

The engine's lock allows one build at a time. A build of a long log uses several processes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from projections.engine import build_process, registry
from projections.engine.bitemporal import NEW, View
from projections.engine.building import (
    Build,
    Folding,
    Progress,
    in_other_processes,
    in_this_process,
)
from projections.engine.folding import Decode
from projections.engine.paging import Pager
from projections.engine.registry import BUILDING, READY, State
from projections.engine.stop_reason import why
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.store.agreement_check import check
from tracker.store.database.retrying import retry
from tracker.store.log import Log

WORTH_A_PROCESS = 100_000  # facts under which starting one takes longer than it saves
LOCK_SECONDS = 1.0  # for which the build waits for readers


class ViewBuilds:
    """Builds views of one log, each registered under its version in `versions`."""

    def __init__(
        self, log: Log, law: Law, versions: Mapping[str, str], page: int, processes: int
    ) -> None:
        self.log, self.law, self.page, self.processes = log, law, page, processes
        self._versions = versions
        self._database = log.database
        self._decode: Decode = log.decoder().entry

    def begin(self, views: Sequence[View], states: Mapping[str, State], progress: Progress) -> None:
        """Builds views that are missing or stale; if the log is short, only empty ones."""
        if self.log.position() > self.page:
            # Readers of the previous version keep it until this one is built.
            beside = all(v.name in states and states[v.name].status != BUILDING for v in views)
            self.build(views, beside, progress)
            return
        kind = self._database.kind

        def begin() -> None:
            with self._database.working() as c:
                check(c, self.law)
                registry.prepare(c, kind)
                registry.lock_out_readers(c, kind, LOCK_SECONDS)
                for view in views:
                    view.drop(c)
                    view.create(c, kind)
                    for step in view.completion_steps(kind):
                        step(c)
                    registry.register(c, view.name, self._versions[view.name], READY)

        retry(begin)

    def build(
        self, views: Sequence[View], beside: bool, progress: Progress, until: int | None = None
    ) -> None:
        """Builds views up to position `until`, or to the end of the log.

        A view that cannot apply a fact is built up to just before it; if `beside`, TrackerError is
        raised instead and the old view stays in use.
        """
        pager = partial(Pager, law=self.law, decode=self._decode)
        may_write = partial(check, law=self.law)
        build = Build(self._database, views, self._versions, pager, self.page, beside, may_write)
        end = self.log.position() if until is None else until
        with self._folding(views) as folding:
            build.run(end, folding, progress, onwards=until is None)
        for name, position in build.failed.items():
            if beside:
                reason = why(self._database, self._decode, position, None)
                raise TrackerError(
                    f"the view {name} cannot be built: it would stop before {reason}; the view "
                    "built before stays in use"
                )
            self.build([v for v in views if v.name == name], False, progress, position - 1)

    @contextmanager
    def _folding(self, views: Sequence[View]) -> Iterator[Folding]:
        new = [view.with_suffix(NEW) for view in views]
        reopen = self.log.reopen
        many = self.processes > 1 and self.log.position() >= WORTH_A_PROCESS
        if reopen is None or not many or not build_process.can_find(views):
            yield in_this_process(self._database, new, self._decode, self.law)
            return
        names = [view.name for view in views]
        with in_other_processes(
            self.processes,
            build_process.start_process,
            build_process.fold_people,
            reopen,
            self.law,
            names,
        ) as folding:
            yield folding
