"""The items that jobs queue for the desks, each once for ever. The digest puts them into messages.

An item has references, dates, rules and counts, never a name or another identifying detail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from projections.engine.day_numbers import date_of, day, instant
from tracker.store.database.interface import Cursor, Row

_REFERENCE = re.compile(r"[A-Za-z0-9._-]{0,64}", re.ASCII)
_KIND = re.compile(r"[a-z_]+", re.ASCII)
_NEW = (
    "INSERT INTO scheduler_items (key, area, kind, subject, due, detail, urgent, made)"
    " VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (key) DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a desk must know. `key` identifies it; an item of a known key is not queued.

    `area` is an area's id, or "" for the operators. `kind` is a name such as `overdue`; `wording`
    orders them. `subject` is a reference or "". Raises ValueError for any other subject or kind.
    """

    key: str
    area: str
    kind: str
    subject: str
    detail: str = ""
    due: date | None = None
    urgent: bool = False

    def __post_init__(self) -> None:
        if not _REFERENCE.fullmatch(self.subject):
            raise ValueError(f"the item {self.key!r}: its subject is not a reference")
        if not _KIND.fullmatch(self.kind):
            raise ValueError(f"the item {self.key!r}: its kind is not a name")


def queue_items(c: Cursor, items: Iterable[Item], now: datetime) -> int:
    """Queues the items whose key is new; returns how many these were."""
    made = instant(now)
    rows = [
        (i.key, i.area, i.kind, i.subject, None if i.due is None else day(i.due), i.detail,
         int(i.urgent), made)
        for i in items
    ]  # fmt: skip
    if not rows:
        return 0
    c.executemany(_NEW, rows)
    return c.rowcount


def waiting_areas(c: Cursor) -> list[tuple[str, bool]]:
    """The areas that have items in no message yet; a pair (area, urgent) for each urgency."""
    c.execute("SELECT DISTINCT area, urgent FROM scheduler_items WHERE message IS NULL ORDER BY 1")
    return [(area, bool(urgent)) for area, urgent in c.fetchall()]


def claim(c: Cursor, area: str, message: str, least: int, most: int) -> list[Item]:
    """Assigns an area's items that are in no message yet to this message, and returns them.

    Only items whose urgency (0 no, 1 yes) is from `least` to `most`. If two processes claim at
    once, each item goes to one of them, because the row is updated before it is read.
    """
    c.execute(
        "UPDATE scheduler_items SET message=? WHERE area=? AND message IS NULL"
        " AND urgent BETWEEN ? AND ?"
        " RETURNING key, area, kind, subject, detail, due, urgent",
        (message, area, least, most),
    )
    return [_item(row) for row in c.fetchall()]


def _item(row: Row) -> Item:
    key, area, kind, subject, detail, due, urgent = row
    return Item(
        key, area, kind, subject, detail, None if due is None else date_of(due), bool(urgent)
    )
