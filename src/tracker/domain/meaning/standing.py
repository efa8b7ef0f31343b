"""Category and level: which counts on each day (contract, section 3). Called by `timeline`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from itertools import zip_longest
from operator import attrgetter
from typing import Literal, NamedTuple, Protocol, TypeVar

from tracker.domain import facts as f
from tracker.domain.law.notification import Ground
from tracker.domain.law.tables import Law
from tracker.domain.meaning.parts import Before, shared
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Spell

# What may end the last category on its day, by itself or through the ground of category 1.
MAY_END: frozenset[type[f.Fact]] = frozenset(
    {f.CategoryEnded, f.ConvictionQuashed, f.ConvictionSentenced, f.TrialConcluded, f.OrderMade,
    f.OrderDischarged, f.OrderQuashed, f.OrderRefused, f.BreachConcluded, f.ReviewNoticeReceived,
    f.ReviewAppealDecided}
)  # fmt: skip
MARKING: frozenset[type[f.Fact]] = frozenset((f.LevelSet, f.CategoryAssigned, f.CategoryEnded))
START, ON = attrgetter("start"), attrgetter("fact.on")


class Standing(NamedTuple):
    """Category and level of a run of days `[start, until)`; both None for a person in none.

    `assigned` are the categories assigned, each with its entry; `set_level` is the level that
    was set, in whatever category, with its entry.
    """

    start: date
    until: date | None
    category: int | None
    level: int | None
    assigned: Mapping[int, str]
    category_entries: tuple[str, ...]
    set_level: int | None
    level_entry: str

    @property
    def level_entries(self) -> tuple[str, ...]:
        return () if self.set_level is None else (self.level_entry,)


class Days(Protocol):
    @property
    def start(self) -> date: ...
    @property
    def until(self) -> date | None: ...


R = TypeVar("R", bound=Days)


def held_on(runs: Sequence[R], day: date) -> R | None:
    """The run that holds a day, of runs that follow one another; None where none does."""
    at = bisect_right(runs, day, key=START) - 1
    if at < 0:
        return None
    run = runs[at]
    return run if run.until is None or day < run.until else None


def category_of(
    assigned: Collection[int], level: int | None, subject: bool, setting: str
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
        if category is not None and category in assigned:
            return category
    return None


def _changed_from(
    entries: Sequence[Entry], grounds: Sequence[Ground], died: date | None, before: Before
) -> date:
    """The first day on which category and level may not be as they were."""
    old_entries, old_grounds, old_died, _ = before.given
    if died != old_died:
        return date.min
    n = shared(old_entries, entries)
    days = [of[n].fact.on for of in (old_entries, entries) if n < len(of)]
    if grounds is not old_grounds:
        days += [g.start for g in grounds if g not in old_grounds]
        days += [g.start for g in old_grounds if g not in grounds]
    return min(days, default=date.min)


def _marks(
    entries: Sequence[Entry], grounds: Sequence[Ground], died: date | None, since: date
) -> list[date]:
    """The days from `since` on, on which category or level may change."""
    days = {e.fact.on for e in entries if type(e.fact) in MARKING}
    for g in grounds:
        days.add(g.start)
        if g.until is not None:
            days.add(g.until)
    if died is not None:
        days = {d for d in days if d < died} | {died}
    return sorted(d for d in days if d >= since)


def standings(
    entries: Sequence[Entry],
    grounds: Sequence[Ground],
    died: date | None,
    law: Law,
    before: Before | None = None,
) -> list[Standing]:
    """Runs of category and level. On the day the last category ends every level lapses."""
    since = date.min if before is None else _changed_from(entries, grounds, died, before)
    found: list[Standing] = []
    if before is not None:
        found = before.value[: bisect_left(before.value, since, key=START)]
    entries = entries[bisect_left(entries, since, key=ON) :]
    marks = _marks(entries, grounds, died, since)
    if found:
        last = found[-1]
        found[-1] = Standing(last.start, marks[0] if marks else None, *last[2:])
    at = 0
    for day, until in zip_longest(marks, marks[1:]):
        while at < len(entries) and entries[at].fact.on < day:
            at += 1
        todays = at
        while at < len(entries) and entries[at].fact.on == day:
            at += 1
        alive = died is None or day < died
        live = [g for g in grounds if g.covers(day)] if alive else []
        found.append(_standing(day, until, entries[todays:at], live, alive, found, law))
    return found


def _standing(
    day: date,
    until: date | None,
    entries: Sequence[Entry],
    live: Sequence[Ground],
    alive: bool,
    found: Sequence[Standing],
    law: Law,
) -> Standing:
    """What holds from a day on, by its entries and the grounds live on it."""
    last = found[-1] if found else None
    level, level_entry = (last.set_level, last.level_entry) if last else (None, "")
    assigned: Mapping[int, str] = last.assigned if last else {}
    level_after: int | None = None
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.LevelSet:
            level = level_after = fact.level
            level_entry = entry.name
        elif type(fact) is f.CategoryAssigned:
            assigned = {**assigned, fact.category: entry.name}
        else:
            # A level set after the fact that ends the last category counts for the next one.
            level_after = None
            if type(fact) is f.CategoryEnded:
                assigned = {k: name for k, name in assigned.items() if k != fact.category}
    category = category_of(assigned, level, bool(live), law.category_4) if alive else None
    if category is None and last is not None and last.category is not None:
        level = level_after
    shown = level if category in (3, 4) else level or 1
    why = [e for g in live for e in g.entries] if category == 1 else []
    if category is not None and category in assigned:
        why.append(assigned[category])
    return Standing(
        day, until, category, None if category is None else shown, assigned,
        tuple(dict.fromkeys(why)), level, level_entry,
    )  # fmt: skip


def spells(
    track: Literal["category", "level"], standings: Sequence[Standing], before: Before | None
) -> list[Spell]:
    """The spells of category or of level: standings of one value that meet are one spell."""
    found = _settled(standings, before)
    since = found[-1].until if found else date.min
    start = date.min
    until: date | None = None
    value: int | None = None
    why: dict[str, None] = {}
    for s in standings[bisect_left(standings, since, key=START) :]:
        now = s.category if track == "category" else s.level
        if now != value or until != s.start:
            if value is not None:
                found.append(Spell(track, str(value), start, until, entries=tuple(why)))
            start, value, why = s.start, now, {}
        for entry in s.category_entries if track == "category" else s.level_entries:
            why[entry] = None
        until = s.until
    if value is not None:
        found.append(Spell(track, str(value), start, until, entries=tuple(why)))
    return found


def _settled(standings: Sequence[Standing], before: Before | None) -> list[Spell]:
    """The spells that ended before anything changed."""
    if before is None:
        return []
    old: Sequence[Standing] = before.given[0]
    n = shared(old, standings)
    if n < min(len(old), len(standings)) and _differ_in_end(old[n], standings[n]):
        n += 1  # which spell it belongs to is known by its beginning
    settled = standings[n - 1].start if n else date.min
    return [s for s in before.value if s.until is not None and s.until <= settled]


def _differ_in_end(a: Standing, b: Standing) -> bool:
    return a.start == b.start and a[2:] == b[2:]
