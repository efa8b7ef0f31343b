"""Why a view stopped, said without anything personal. For the engine."""

from __future__ import annotations

import json
from contextlib import suppress

from projections.engine.folding import Decode
from tracker.domain.errors import TrackerError
from tracker.store import log_rows
from tracker.store.database.interface import Database


def why(database: Database, decode: Decode, position: int, error: Exception | None) -> str:
    """The fact at a position by its name, and what is wrong with it.

    Of an error only its kind is told, unless it is one of the tracker's own: those hold nothing
    personal.
    """
    with database.reading() as c:
        row = log_rows.row_at(c, position)
    if row is None:
        return f"position {position}"
    if error is None:
        try:
            decode(*row[1:])
        except Exception as found:
            error = found
    told = str(error) if isinstance(error, TrackerError) else type(error).__name__
    return f"the entry {_name(row.state)} ({row.topic}, position {position}): {told}"


def _name(state: bytes) -> str:
    """`source id`, as far as the stored state can be read at all."""
    with suppress(ValueError, KeyError, TypeError):
        held = json.loads(bytes(state))
        return f"{held['source']} {held['id']}"
    return "that cannot be read"
