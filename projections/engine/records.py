"""Reads the entries of many individuals at once. For lists, such as the diary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from projections.engine.folding import Decode
from tracker.domain.record.entry import Entry
from tracker.store import log_rows
from tracker.store.database.interface import Cursor

TOGETHER = 200  # individuals whose records are in memory at once


def records(
    c: Cursor, decode: Decode, subjects: Sequence[str]
) -> Iterator[tuple[str, list[Entry]]]:
    """Each subject with all its entries in the order recorded; unknown subjects are left out."""
    for first in range(0, len(subjects), TOGETHER):
        some = subjects[first : first + TOGETHER]
        for subject, rows in log_rows.rows_of_subjects(c, some):
            yield subject, [decode(*row[1:]) for row in rows]
