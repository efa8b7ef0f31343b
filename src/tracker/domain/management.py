"""Category and level: which counts on each day (contract, section 3). Called by `timeline`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from tracker.domain import facts as f
from tracker.domain.entries import Entry
from tracker.domain.law.notification import Ground

# What may end the last category on its day, by itself or through the ground of category 1.
MAY_END = (
    f.CategoryEnded, f.ConvictionQuashed, f.ConvictionSentenced, f.TrialConcluded, f.OrderMade,
    f.OrderDischarged, f.OrderQuashed, f.OrderRefused, f.BreachConcluded, f.ReviewNoticeReceived,
    f.ReviewAppealDecided,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """Category and level of a run of days `[start, until)`; both None for a person in none."""

    start: date
    until: date | None
    category: int | None
    level: int | None
    assigned: frozenset[int]
    category_entries: tuple[str, ...] = ()
    level_entries: tuple[str, ...] = ()


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
    assigned: dict[int, str] = {}
    level: int | None = None
    level_entry = ""
    marks = _marks(entries, grounds, died)
    for i, day in enumerate(marks):
        level_after: int | None = None
        for entry in by_day.get(day, ()):
            fact = entry.fact
            if isinstance(fact, f.LevelSet):
                level = level_after = fact.level
                level_entry = entry.name
                continue
            # A level set after the fact that ends the last category counts for the next one.
            if isinstance(fact, MAY_END):
                level_after = None
            if isinstance(fact, f.CategoryAssigned):
                assigned[fact.category] = entry.name
            elif isinstance(fact, f.CategoryEnded):
                assigned.pop(fact.category, None)
        alive = died is None or day < died
        live = [g for g in grounds if g.holds(day)] if alive else []
        held = frozenset(assigned)
        category = category_of(held, level, bool(live), setting) if alive else None
        if category is None and found and found[-1].category is not None:
            level = level_after
        shown = level if category in (3, 4) else level or 1
        until = marks[i + 1] if i + 1 < len(marks) else None
        why = [e for g in live for e in g.entries] if category == 1 else []
        if category in assigned:
            why.append(assigned[category])
        found.append(
            Standing(
                day, until, category, None if category is None else shown, held,
                tuple(dict.fromkeys(why)), (level_entry,) if level is not None else (),
            )
        )  # fmt: skip
    return found
