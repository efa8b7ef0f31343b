"""What a process of a build does: opens the store for itself and folds the ranges it is given."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence

from projections.engine.bitemporal import NEW, View
from projections.engine.folding import Decode, Folded, Range, fold_range
from tracker.domain.law.tables import Law
from tracker.store.log import Log

_opened: tuple[Log, Sequence[View], Decode, Law] | None = None


def _views() -> dict[str, View]:
    from projections.view_list import all_views

    return {view.name: view for view in all_views()}


def knows(views: Sequence[View]) -> bool:
    """Whether another process would find these very views by their names."""
    known = _views()
    return all(known.get(view.name) is view for view in views)


def begin(reopen: Callable[[], Log], law: Law, names: Sequence[str]) -> None:
    """Opens the store, once a process."""
    global _opened
    import logging

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that asked for the work answers for it
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # what it says is in the error
    threading.Thread(target=_end_with_parent, daemon=True).start()
    log = reopen()
    views = [view.called(NEW) for name, view in _views().items() if name in names]
    _opened = log, views, log.decoder().entry, law


def _end_with_parent() -> None:
    """A pool whose owner was killed would wait for work for ever."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def work(of: Range) -> Folded:
    assert _opened is not None
    log, views, decode, law = _opened
    return fold_range(log.database, views, of, decode, law)
