"""Views read as they are by a process that may not bring them level. Called by the engine.

Such a process has another law or counting setting than was agreed for the store. It answers from
views of the agreed ones where they are level with the log, with a warning, and refuses otherwise:
an answer that lags behind without saying so would be a wrong one.
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
    """Where nothing else was arranged for: the standard logging, which writes to standard error."""
    import logging

    logging.getLogger("tracker.views").warning(text)


def version(view: View, law: str, category_4: str) -> str:
    """What a view is registered as: its own version, and what its rows follow from."""
    return f"{view.version}:{law}:{category_4}"


@contextmanager
def reading_as_built(
    database: Database, views: Sequence[View], differs: Disagreement, warn: Warn
) -> Iterator[Cursor]:
    """A cursor on these views as they are; raises Disagreement where they are not level."""
    with database.reading() as c:
        registry.keep_tables(c, database.kind)
        states, standing = registry.read(c, database.kind), agreements.current(c)
        registry.check(states, [view.name for view in views])
        end = log_rows.size(c)
        assert standing is not None, "nobody differs from nothing"
        for view in views:
            refuse_unless_level(states.get(view.name), view, standing, end, differs)
        consequence = "the answer is that of the store's, and no view is built here"
        warn(str(differs.with_consequence(consequence)))
        yield c


def refuse_unless_level(
    state: registry.State | None, view: View, standing: Agreement, end: int, differs: Disagreement
) -> None:
    """Raises Disagreement where a view lacks something that the store's own would show."""
    agreed = version(view, standing.law, standing.category_4)
    if state is None or registry.stale(state, agreed):
        raise differs.with_consequence(
            f"the view {view.name} is not built as was agreed, and this process may not build it"
        )
    if state.position < end:
        raise differs.with_consequence(
            f"the view {view.name} is as at entry {state.position} of {end}, and this process may "
            "not bring it level"
        )
