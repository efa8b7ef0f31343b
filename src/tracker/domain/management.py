"""Category and level: which counts on each day (contract, section 3). Called by `timeline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.domain import facts as f
from tracker.domain.entries import Entry
from tracker.domain.law.notification import Ground


@dataclass(frozen=True, slots=True)
class Standing:
    """Category and level of a run of days `[start, until)`; both None for a person in none."""

    start: date
    until: date | None
    category: int | None
    level: int | None
    assigned: frozenset[int]


def _marks(entries: Sequence[Entry], grounds: Sequence[Ground], died: date | None) -> list[date]:
    kinds = (f.CategoryAssigned, f.CategoryEnded, f.LevelSet)
    days = {e.fact.on for e in entries if isinstance(e.fact, kinds)}
    days |= {g.start for g in grounds} | {g.until for g in grounds if g.until}
    if died:
        days = {d for d in days if d < died} | {died}
    return sorted(days)


def category_of(
    assigned: frozenset[int], level: int | None, subject: bool, setting: str
) -> int | None:
    """The one category that counts: 1, 2, 3, with 4 before all or beneath 2 by the setting.

    Category 3 at level 1 or with no level is no category.
    """
    order = (4, 1, 2, 3) if setting == "exclude" else (1, 2, 4, 3)
    for category in order:
        if category == 1 and subject:
            return 1
        if category == 3 and level not in (2, 3):
            continue
        if category in assigned:
            return category
    return None


def standings(
    entries: Sequence[Entry],
    grounds: Sequence[Ground],
    died: date | None,
    setting: Literal["exclude", "beneath"],
) -> list[Standing]:
    """Runs of category and level. On the day the last category ends every level lapses."""
    by_day: dict[date, list[Entry]] = {}
    for entry in entries:
        by_day.setdefault(entry.fact.on, []).append(entry)
    found: list[Standing] = []
    assigned: frozenset[int] = frozenset()
    level: int | None = None
    marks = _marks(entries, grounds, died)
    for i, day in enumerate(marks):
        level_after: int | None = None
        for entry in by_day.get(day, ()):
            fact = entry.fact
            if isinstance(fact, f.LevelSet):
                level = level_after = fact.level
                continue
            # A level set after the fact that ends the last category counts for the next one.
            level_after = None
            if isinstance(fact, f.CategoryAssigned):
                assigned |= {fact.category}
            elif isinstance(fact, f.CategoryEnded):
                assigned -= {fact.category}
        alive = died is None or day < died
        subject = alive and any(g.holds(day) for g in grounds)
        category = category_of(assigned, level, subject, setting) if alive else None
        if category is None and found and found[-1].category is not None:
            level = level_after
        shown = level if category in (3, 4) else level or 1
        until = marks[i + 1] if i + 1 < len(marks) else None
        found.append(Standing(day, until, category, None if category is None else shown, assigned))
    return found
