"""Who is counted by level and category, read from the view of counts: rows 1 and 2 of the return.

Called by `tracker counts`, by the return (`computed_return`) and by whoever compares snapshots.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from projections.engine.day_numbers import KNOWN, day, instant
from projections.returns.counting_rules import CATEGORIES, LEVELS, SNAPSHOT, YEARLY, sql
from tracker.store.database.interface import Cursor

Cells = dict[str, dict[str, int | None]]


def table(cells: Iterable[tuple[int, int, int]], levels: tuple[int, ...] = LEVELS) -> Cells:
    """A level × category table with its margins from (level, category, number).

    Category 3 at level 1 cannot be: null, not 0.
    """
    names = [*(f"level{n}" for n in levels), "total"]
    columns = [*(f"cat{k}" for k in CATEGORIES), "total"]
    rows: Cells = {name: dict.fromkeys(columns, 0) for name in names}
    for level, category, number in cells:
        for row in (f"level{level}", "total"):
            for column in (f"cat{category}", "total"):
                rows[row][column] = (rows[row][column] or 0) + number
    if 1 in levels:
        rows["level1"]["cat3"] = None
    return rows


def snapshot(c: Cursor, area: str | None, on: date, known_at: datetime) -> Cells:
    """People in the community by level and category on a day, of an area or of all."""
    c.execute(
        f"SELECT level, category, COUNT(*) FROM view_standing WHERE {_of(area)} {sql(SNAPSHOT)}"
        f" AND {KNOWN} GROUP BY level, category",
        parameters(area, on, on, known_at),
    )
    return table((row[0], row[1], row[2]) for row in c.fetchall())


def snapshot_people(
    c: Cursor, area: str | None, on: date, known_at: datetime
) -> list[tuple[str, int, int]]:
    """(subject, level, category) of everyone in the snapshot, by subject."""
    c.execute(
        f"SELECT subject, level, category FROM view_standing WHERE {_of(area)} {sql(SNAPSHOT)}"
        f" AND {KNOWN} ORDER BY subject",
        parameters(area, on, on, known_at),
    )
    return [(row[0], row[1], row[2]) for row in c.fetchall()]


def managed_at_level_2_or_3(
    c: Cursor, area: str, first: date, last: date, known_at: datetime
) -> list[tuple[str, int, int, int]]:
    """(subject, level, category, first day after) of each run that counts in row 2, by start."""
    c.execute(
        f"SELECT subject, level, category, until FROM view_standing WHERE {_of(area)} {sql(YEARLY)}"
        f" AND {KNOWN} ORDER BY subject, start",
        parameters(area, first, last, known_at),
    )
    return [(row[0], row[1], row[2], row[3]) for row in c.fetchall()]


def parameters(area: str | None, first: date, last: date, known_at: datetime) -> dict[str, Any]:
    """What a rule's SQL is asked with: days and moments as the views hold them."""
    return {"area": area, "first": day(first), "last": day(last), "known": instant(known_at)}


def _of(area: str | None) -> str:
    return "area=:area AND" if area is not None else ""
