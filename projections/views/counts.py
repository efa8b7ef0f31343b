"""The view of counts: area, location, category and level of everyone, and level × category.

Called by `counts` and by the annual return (contract, section 4, row 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from projections.engine.bitemporal import Row, Table, View
from projections.engine.day_numbers import HOLDS, KNOWN, day, end, instant
from tracker.domain.meaning.timeline import Timeline
from tracker.store.database.interface import Cursor

LEVELS, CATEGORIES = (1, 2, 3), (1, 2, 3)
Cells = dict[str, dict[str, int | None]]
COLUMNS = {
    "area": "{TEXT} NOT NULL",
    "location": "{TEXT} NOT NULL",
    "category": "INTEGER NOT NULL",
    "level": "INTEGER",
    "start": "INTEGER NOT NULL",
    "until": "INTEGER NOT NULL",
}


def _row(run: Row) -> Row:
    *value, start, until = run
    return (*value, day(start), end(until))


STANDING = Table(
    "view_standing",
    COLUMNS,
    lambda t: (t.counted,),
    lambda t: (t.counted,),
    _row,
    (
        # what a count of all areas reads, and nothing else
        "(level, category, start, until, known_from, known_until) WHERE location='community'",
        "(area, start, until, known_from, known_until, location, category, level)",
    ),
)
VIEW = View("counts", 2, [STANDING], [Timeline.counted])
IN_THE_SNAPSHOT = "location='community' AND category IN (1,2,3) AND level IS NOT NULL"


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
    where = "area=:area AND" if area is not None else ""
    c.execute(
        f"SELECT level, category, COUNT(*) FROM view_standing WHERE {where} {HOLDS} AND {KNOWN}"
        f" AND {IN_THE_SNAPSHOT} GROUP BY level, category",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return table((row[0], row[1], row[2]) for row in c.fetchall())


def snapshot_people(
    c: Cursor, area: str | None, on: date, known_at: datetime
) -> list[tuple[str, int, int]]:
    """(subject, level, category) of everyone in the snapshot, by subject."""
    where = "area=:area AND" if area is not None else ""
    c.execute(
        f"SELECT subject, level, category FROM view_standing WHERE {where} {HOLDS} AND {KNOWN}"
        f" AND {IN_THE_SNAPSHOT} ORDER BY subject",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return [(row[0], row[1], row[2]) for row in c.fetchall()]


def managed_at_level_2_or_3(
    c: Cursor, area: str, start: date, until: date, known_at: datetime
) -> list[tuple[str, int, int, int]]:
    """(subject, level, category, first day after) of each run at level 2 or 3 touching a period.

    In category 1, 2 or 3, managed by the area: in the community, custody or hospital.
    """
    c.execute(
        "SELECT subject, level, category, until FROM view_standing WHERE area=:area"
        " AND start<=:last AND until>:first AND level IN (2,3)"
        f" AND category IN (1,2,3) AND location IN ('community','custody','hospital') AND {KNOWN}"
        " ORDER BY subject, start",
        {"area": area, "first": day(start), "last": day(until), "known": instant(known_at)},
    )
    return [(row[0], row[1], row[2], row[3]) for row in c.fetchall()]
