"""What a worker process of a build does: opens the store, then folds one range after another."""

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


def can_find(views: Sequence[View]) -> bool:
    """Whether another process can find these same views by their names."""
    known = _views()
    return all(known.get(view.name) is view for view in views)


def start_process(reopen: Callable[[], Log], law: Law, names: Sequence[str]) -> None:
    """Opens the store and prepares to fold the views named; called once per process."""
    global _opened
    import logging

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles it
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # the error says the same
    threading.Thread(target=_end_with_parent, daemon=True).start()
    log = reopen()
    views = [view.with_suffix(NEW) for name, view in _views().items() if name in names]
    _opened = log, views, log.decoder().entry, law


def _end_with_parent() -> None:
    """Exits when the parent has ended: otherwise this process would wait for work for ever."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def fold_people(people: Range) -> Folded:
    """Folds one range of individuals; `start_process` must have been called."""
    assert _opened is not None
    log, views, decode, law = _opened
    return fold_range(log.database, views, people, decode, law)
