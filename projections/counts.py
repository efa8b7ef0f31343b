"""The view of counts: area, location, category and level of everyone, and level × category.

Called by `counts` and by the annual return (contract, section 4, row 1).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from projections.bitemporal import HOLDS, KNOWN, Bitemporal, BitemporalView, Row, day, instant
from tracker.domain.timeline import Timeline

COLUMNS = ("area", "location", "category", "level", "start", "until")
LEVELS, CATEGORIES = (1, 2, 3), (1, 2, 3)
Table = dict[str, dict[str, int | None]]


def _rows(t: Timeline) -> list[Row]:
    """Runs of days with one area, location, category and level, of people in a category."""
    marks = {r.start for r in t.areas} | {r.start for r in t.locations}
    marks |= {s.start for s in t.standings}
    days = sorted(marks)
    rows: list[Row] = []
    for i, start in enumerate(days):
        standing, area = t.standing(start), t.area(start)
        if standing is None or standing.category is None or area is None:
            continue
        until = day(days[i + 1]) if i + 1 < len(days) else None
        value = (area, t.location(start), standing.category, standing.level)
        if rows and rows[-1][:4] == value and rows[-1][5] == day(start):
            rows[-1] = (*rows[-1][:5], until)
        else:
            rows.append((*value, day(start), until))
    return rows


class Counts(BitemporalView):
    name = "counts"
    version = 1
    parts = (Bitemporal("view_standing", COLUMNS, _rows, ("area, start",)),)


def table(cells: Iterable[tuple[int, int, int]], levels: tuple[int, ...] = LEVELS) -> Table:
    """A level × category table with its margins from (level, category, number).

    Category 3 at level 1 cannot be: null, not 0.
    """
    names = [*(f"level{n}" for n in levels), "total"]
    columns = [*(f"cat{k}" for k in CATEGORIES), "total"]
    rows: Table = {name: dict.fromkeys(columns, 0) for name in names}
    for level, category, number in cells:
        for row in (f"level{level}", "total"):
            for column in (f"cat{category}", "total"):
                rows[row][column] = (rows[row][column] or 0) + number
    if 1 in levels:
        rows["level1"]["cat3"] = None
    return rows


def snapshot(c: Any, area: str | None, on: date, known_at: datetime) -> Table:
    """People in the community by level and category on a day, of an area or of all."""
    where = "area=:area AND" if area is not None else ""
    c.execute(
        f"SELECT level, category, COUNT(*) FROM view_standing WHERE {where} {HOLDS} AND {KNOWN}"
        " AND location='community' AND category IN (1,2,3) AND level IS NOT NULL"
        " GROUP BY level, category",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return table((row[0], row[1], row[2]) for row in c.fetchall())


def snapshot_people(
    c: Any, area: str | None, on: date, known_at: datetime
) -> list[tuple[str, int, int]]:
    """(subject, level, category) of everyone in the snapshot, by subject."""
    where = "area=:area AND" if area is not None else ""
    c.execute(
        f"SELECT subject, level, category FROM view_standing WHERE {where} {HOLDS} AND {KNOWN}"
        " AND location='community' AND category IN (1,2,3) AND level IS NOT NULL"
        " ORDER BY subject",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return [(row[0], row[1], row[2]) for row in c.fetchall()]


def managed_at_level_2_or_3(
    c: Any, area: str, start: date, end: date, known_at: datetime
) -> list[tuple[str, int, int, str | None]]:
    """(subject, level, category, first day after) of each run at level 2 or 3 touching a period.

    In category 1, 2 or 3, managed by the area: in the community, custody or hospital.
    """
    c.execute(
        "SELECT subject, level, category, until FROM view_standing WHERE area=:area"
        " AND start<=:end AND (until IS NULL OR until>:begin) AND level IN (2,3)"
        f" AND category IN (1,2,3) AND location IN ('community','custody','hospital') AND {KNOWN}"
        " ORDER BY subject, start",
        {"area": area, "begin": day(start), "end": day(end), "known": instant(known_at)},
    )
    return [(row[0], row[1], row[2], row[3]) for row in c.fetchall()]
