"""Who is counted by level and category, read from the view of counts: rows 1 and 2 of the return.

Called for `tracker counts`, by `computed_return`, `movement` and `forecast`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.engine.day_numbers import KNOWN, day, instant
from projections.returns.counting_rules import CATEGORIES, HIGHER, LEVELS, SNAPSHOT, YEARLY, sql
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import HigherLevels, LevelRow, Snapshot

Cell = tuple[int, int, int]  # level, category, number


def table(cells: Iterable[Cell]) -> Snapshot:
    """Levels 1 to 3 by category, with totals; None for category 3 at level 1, which cannot be."""
    numbers = _tallied(cells)
    return {
        "level1": {**_row(numbers, 1), "cat3": None},
        "level2": _row(numbers, 2),
        "level3": _row(numbers, 3),
        "total": _row(numbers, *LEVELS),
    }


def higher_table(cells: Iterable[Cell]) -> HigherLevels:
    """Levels 2 and 3 by category, with totals."""
    numbers = _tallied(cells)
    return {
        "level2": _row(numbers, 2),
        "level3": _row(numbers, 3),
        "total": _row(numbers, *HIGHER),
    }


def _tallied(cells: Iterable[Cell]) -> Counter[tuple[int, int]]:
    numbers: Counter[tuple[int, int]] = Counter()
    for level, category, number in cells:
        numbers[level, category] += number
    return numbers


def _row(numbers: Counter[tuple[int, int]], *levels: int) -> LevelRow:
    one, two, three = (sum(numbers[level, k] for level in levels) for k in CATEGORIES)
    return {"cat1": one, "cat2": two, "cat3": three, "total": one + two + three}


def snapshot(c: Cursor, area: str | None, on: date, known_at: datetime) -> Snapshot:
    """Row 1 on a day: people in the community by level and category; `area` None: all areas."""
    c.execute(
        f"SELECT level, category, COUNT(*) FROM view_standing WHERE {_where(area)} {sql(SNAPSHOT)}"
        f" AND {KNOWN} GROUP BY level, category",
        parameters(area, on, on, known_at),
    )
    return table((row[0], row[1], row[2]) for row in c.fetchall())


def snapshot_people(
    c: Cursor, area: str | None, on: date, known_at: datetime
) -> list[tuple[str, int, int]]:
    """(subject, level, category) of everyone in the snapshot, ordered by subject."""
    c.execute(
        f"SELECT subject, level, category FROM view_standing WHERE {_where(area)} {sql(SNAPSHOT)}"
        f" AND {KNOWN} ORDER BY subject",
        parameters(area, on, on, known_at),
    )
    return [(row[0], row[1], row[2]) for row in c.fetchall()]


def managed_at_level_2_or_3(
    c: Cursor, area: str, first: date, last: date, known_at: datetime
) -> list[tuple[str, int, int, int]]:
    """(subject, level, category, first day after) of each run that counts in row 2.

    Ordered by subject and start; days are ordinals.
    """
    c.execute(
        "SELECT subject, level, category, until FROM view_standing"
        f" WHERE {_where(area)} {sql(YEARLY)} AND {KNOWN} ORDER BY subject, start",
        parameters(area, first, last, known_at),
    )
    return [(row[0], row[1], row[2], row[3]) for row in c.fetchall()]


def parameters(
    area: str | None, first: date, last: date, known_at: datetime
) -> dict[str, str | int | None]:
    """The parameters of a rule's SQL, with days and moments as the numbers in the tables."""
    return {"area": area, "first": day(first), "last": day(last), "known": instant(known_at)}


def _where(area: str | None) -> str:
    return "area=:area AND" if area is not None else ""
