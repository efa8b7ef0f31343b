"""What all who use a store agree on: the law and the counting setting of its figures.

Every agreement stays in the store; the newest is in force. Called by the engine of the views before
it builds any, and by `tracker adopt`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tracker.store.database.interface import Cursor, Database, Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
NAMES = ("n", "law", "category_4", "adopted_by", "adopted_at", "release")
COLUMNS = ", ".join(NAMES)


class Agreement(NamedTuple):
    """Agreement number `n` of a store, from 1, and who adopted it when.

    `law` is the digest of the tables of law, `category_4` the counting setting, `release` the
    release of the tracker that recorded it.
    """

    n: int
    law: str
    category_4: str
    adopted_by: str
    adopted_at: datetime
    release: str


def current(c: Cursor) -> Agreement | None:
    """The agreement in force; None in a store in which none was ever recorded."""
    c.execute(f"SELECT {COLUMNS} FROM agreements ORDER BY n DESC LIMIT 1")
    row = c.fetchone()
    return _agreement(row) if row else None


def history(c: Cursor) -> list[Agreement]:
    """Every agreement, the oldest first."""
    c.execute(f"SELECT {COLUMNS} FROM agreements ORDER BY n")
    return [_agreement(row) for row in c.fetchall()]


def record(
    database: Database, *, replaces: int, law: str, category_4: str, by: str, at: datetime,
    release: str,
) -> Agreement:  # fmt: skip
    """Adds an agreement under the writers' lock; returns the one then in force.

    `replaces` is the number of the agreement that the caller read as current, 0 for none. Where
    another process added one since, nothing is added and that one is returned.
    """
    with database.writing() as c:
        newest = current(c)
        if (newest.n if newest else 0) != replaces:
            assert newest is not None  # agreements are never removed
            return newest
        added = Agreement(replaces + 1, law, category_4, by, at.astimezone(UTC), release)
        load(c, [added])
        return added


def load(c: Cursor, added: Sequence[Agreement]) -> None:
    """Inserts agreements as they are: those of a backup into an empty store."""
    c.load("agreements", NAMES, [_row(one) for one in added])


def _row(a: Agreement) -> Row:
    at = (a.adopted_at - EPOCH) // MICROSECOND
    return a.n, a.law, a.category_4, a.adopted_by, at, a.release


def _agreement(row: Row) -> Agreement:
    n, law, category_4, by, at, release = row
    return Agreement(n, law, category_4, by, EPOCH + at * MICROSECOND, release)
