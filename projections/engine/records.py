"""The records of many individuals at once, opened no further than folding needs. For lists."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from projections.engine.folding import Decode
from tracker.domain.record.entry import Entry
from tracker.store.database.interface import Cursor

TOGETHER = 200  # individuals whose records are in memory at once


def records(
    c: Cursor, decode: Decode, subjects: Sequence[str]
) -> Iterator[tuple[str, list[Entry]]]:
    """Each subject with all its entries, in the order recorded."""
    for first in range(0, len(subjects), TOGETHER):
        some = [(subject,) for subject in subjects[first : first + TOGETHER]]
        c.execute(
            "SELECT i.subject, s.originator_id, s.originator_version, s.topic, s.state"
            f" FROM {c.each} AS given CROSS JOIN individuals i"
            " JOIN stored_events s ON s.originator_id=i.originator_id"
            " WHERE i.subject=given.value->>0 ORDER BY i.subject, s.originator_version",
            (json.dumps(some),),
        )
        for subject, rows in groupby(c.fetchall(), key=lambda row: str(row[0])):
            yield subject, [decode(*row[1:]) for row in rows]
