"""Reads views as they are, in a process that may not update them. Called by the engine.

Such a process runs with another law or counting setting than the one agreed for the store. Where
the views were built with the agreed ones and are up to date with the log, it answers from them,
with a warning. Otherwise it refuses: an answer that silently lags behind would be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from projections.engine import registry
from projections.engine.bitemporal import View
from tracker.store import agreements, log_rows
from tracker.store.agreement_check import Disagreement
from tracker.store.agreements import Agreement
from tracker.store.database.interface import Cursor, Database

Warn = Callable[[str], None]


def log_warning(text: str) -> None:
    """The default way to warn: Python's standard logging, which writes to standard error."""
    import logging

    logging.getLogger("tracker.views").warning(text)


def version(view: View, law: str, category_4: str) -> str:
    """The version under which a view is registered: its own, the law's digest, the setting."""
    return f"{view.version}:{law}:{category_4}"


@contextmanager
def reading_as_built(
    database: Database, views: Sequence[View], differs: Disagreement, warn: Warn
) -> Iterator[Cursor]:
    """A cursor on these views as they are; raises Disagreement if one is behind the log."""
    with database.reading() as c:
        registry.lock_for_reading(c, database.kind)
        states, agreed = registry.read(c, database.kind), agreements.current(c)
        registry.refuse_stopped(states, [view.name for view in views])
        end = log_rows.size(c)
        assert agreed is not None, "a process differs only from what was agreed"
        for view in views:
            refuse_if_behind(states.get(view.name), view, agreed, end, differs)
        consequence = (
            "the answer uses the law and setting agreed for the store; no view is built here"
        )
        warn(str(differs.with_consequence(consequence)))
        yield c


def refuse_if_behind(
    state: registry.State | None, view: View, agreed: Agreement, end: int, differs: Disagreement
) -> None:
    """Raises Disagreement if a view was not built as agreed, or not as far as `end`."""
    if state is None or registry.stale(state, version(view, agreed.law, agreed.category_4)):
        raise differs.with_consequence(
            f"the view {view.name} is not built as was agreed, and this process may not build it"
        )
    if state.position < end:
        raise differs.with_consequence(
            f"the view {view.name} is as at entry {state.position} of {end}, and this process may "
            "not bring it up to date"
        )
