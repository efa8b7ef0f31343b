"""Every fact out, as CloudEvents in the order recorded; what goes out comes in again."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.intake.cloudevents import line_of
from tracker.store.log import Log


def exported(log: Log, since: int = 0) -> Iterator[str]:
    """One line of JSON an entry, from the entry after position `since` on."""
    for page in log.pages(after=since):
        for _, entry in page:
            yield line_of(entry)
