"""Says why a view stopped, without personal data. For the engine."""

from __future__ import annotations

import json
from contextlib import suppress

from projections.engine.folding import Decode
from tracker.domain.errors import TrackerError
from tracker.store import log_rows
from tracker.store.database.interface import Database


def why(database: Database, decode: Decode, position: int, error: Exception | None) -> str:
    """The fact at a position by its name, and the error; decodes it again if `error` is None.

    The text of an error is shown only if it is the tracker's own, which has no personal data; of
    any other error only the type.
    """
    with database.reading() as c:
        row = log_rows.row_at(c, position)
    if row is None:
        return f"position {position}"
    if error is None:
        try:
            decode(*row[1:])
        except Exception as decoding:
            error = decoding
    shown = str(error) if isinstance(error, TrackerError) else type(error).__name__
    return f"the entry {_name(row.state)} ({row.topic}, position {position}): {shown}"


def _name(state: bytes) -> str:
    """`source id`, or a phrase if the stored state cannot be read."""
    with suppress(ValueError, KeyError, TypeError):
        stored = json.loads(bytes(state))
        return f"{stored['source']} {stored['id']}"
    return "that cannot be read"
