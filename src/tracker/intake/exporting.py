"""Exports every fact as a CloudEvent, in the order recorded; an export can be imported again.

Called for `tracker export`.
"""

from __future__ import annotations

from collections.abc import Iterator

from tracker.intake.cloudevents import line_of
from tracker.store.log import Log


def export_lines(log: Log, since: int = 0) -> Iterator[str]:
    """One line of JSON per entry, without line ends, for the entries after log position `since`."""
    for page in log.pages(after=since):
        for _, entry in page:
            yield line_of(entry)
