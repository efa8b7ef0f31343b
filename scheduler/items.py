"""What the desks are to be told, each thing once for ever. Jobs tell; the digest puts it in words.

An item holds references, dates, rules and counts, never who somebody is.
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
    """One thing to tell: `key` says what it is about, `area` whose it is ("" is the operators').

    `kind` is a name such as `overdue`; the digest knows an order of them. `subject` is a reference,
    or nothing. Raises ValueError for one that is more than a reference.
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


def tell(c: Cursor, items: Iterable[Item], now: datetime) -> int:
    """Takes in the items whose key is not known yet; how many these were."""
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


def untold(c: Cursor) -> list[tuple[str, bool]]:
    """The areas with items in no message yet, with whether these are urgent."""
    c.execute("SELECT DISTINCT area, urgent FROM scheduler_items WHERE message IS NULL ORDER BY 1")
    return [(area, bool(urgent)) for area, urgent in c.fetchall()]


def claim(c: Cursor, area: str, message: str, least: int, most: int) -> list[Item]:
    """The items of an area in no message yet, now in this one.

    `least` and `most` bound their urgency: 0 is none. Of two that claim at once each item goes to
    one, for the row is changed before it is read.
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
