"""Category and level: which apply on each day (contract, section 3). Called by `timeline`."""

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
from tracker.domain.meaning.parts import Before
from tracker.domain.meaning.unchanged import common_prefix
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Spell

# Facts that may end a person's last category on their day: directly, or by ending a ground.
MAY_END: frozenset[type[f.Fact]] = frozenset(
    {f.CategoryEnded, f.ConvictionQuashed, f.ConvictionSentenced, f.TrialConcluded, f.OrderMade,
    f.OrderDischarged, f.OrderQuashed, f.OrderRefused, f.BreachConcluded, f.ReviewNoticeReceived,
    f.ReviewAppealDecided}
)  # fmt: skip
MARK_FACTS: frozenset[type[f.Fact]] = frozenset((f.LevelSet, f.CategoryAssigned, f.CategoryEnded))
START, ON = attrgetter("start"), attrgetter("fact.on")


class Standing(NamedTuple):
    """Category and level on the days `[start, until)`; both None for a person in no category.

    `assigned` has each category assigned, with its entry. `set_level` is the level last set, in
    whatever category, and `level_entry` its entry.
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
        """The entry that set the level; empty if nobody set one."""
        return () if self.set_level is None else (self.level_entry,)


class HasDays(Protocol):
    @property
    def start(self) -> date: ...
    @property
    def until(self) -> date | None: ...


R = TypeVar("R", bound=HasDays)


def run_on(runs: Sequence[R], day: date) -> R | None:
    """The run that covers a day, of runs sorted by start that do not overlap; None if none does."""
    at = bisect_right(runs, day, key=START) - 1
    if at < 0:
        return None
    run = runs[at]
    return run if run.until is None or day < run.until else None


def category_of(
    assigned: Collection[int], level: int | None, subject: bool, setting: str
) -> int | None:
    """The category that counts: the first that applies of 1, 2, 3; None if none does.

    Category 4 comes before all with the setting `exclude`, after 2 with `beneath`. Category 3
    applies only at level 2 or 3.
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
    """The first day on which category or level may differ from what they were before."""
    old_entries, old_grounds, old_died, _ = before.inputs
    if died != old_died:
        return date.min
    n = common_prefix(old_entries, entries)
    days = [of[n].fact.on for of in (old_entries, entries) if n < len(of)]
    if grounds is not old_grounds:
        days += [g.start for g in grounds if g not in old_grounds]
        days += [g.start for g in old_grounds if g not in grounds]
    return min(days, default=date.min)


def _marks(
    entries: Sequence[Entry], grounds: Sequence[Ground], died: date | None, since: date
) -> list[date]:
    """The days from `since` on which category or level may change, in order."""
    days = {e.fact.on for e in entries if type(e.fact) in MARK_FACTS}
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
    """Category and level as runs of days. The level lapses on the day the last category ends."""
    since = date.min if before is None else _changed_from(entries, grounds, died, before)
    runs: list[Standing] = []
    if before is not None:
        runs = before.value[: bisect_left(before.value, since, key=START)]
    entries = entries[bisect_left(entries, since, key=ON) :]
    marks = _marks(entries, grounds, died, since)
    if runs:
        last = runs[-1]
        runs[-1] = Standing(last.start, marks[0] if marks else None, *last[2:])
    at = 0
    for day, until in zip_longest(marks, marks[1:]):
        while at < len(entries) and entries[at].fact.on < day:
            at += 1
        todays = at
        while at < len(entries) and entries[at].fact.on == day:
            at += 1
        alive = died is None or day < died
        live = [g for g in grounds if g.covers(day)] if alive else []
        runs.append(_standing(day, until, entries[todays:at], live, alive, runs, law))
    return runs


def _standing(
    day: date,
    until: date | None,
    entries: Sequence[Entry],
    live: Sequence[Ground],
    alive: bool,
    earlier: Sequence[Standing],
    law: Law,
) -> Standing:
    """Category and level from a day on, by its entries and the grounds that cover it."""
    last = earlier[-1] if earlier else None
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
            # A level set after the last category ended, on the same day, counts for the next one.
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
    """The spells of category or of level; adjacent runs with the same value are one spell."""
    spells = _unchanged_spells(standings, before)
    since = spells[-1].until if spells else date.min
    start = date.min
    until: date | None = None
    value: int | None = None
    why: dict[str, None] = {}
    for s in standings[bisect_left(standings, since, key=START) :]:
        now = s.category if track == "category" else s.level
        if now != value or until != s.start:
            if value is not None:
                spells.append(Spell(track, str(value), start, until, entries=tuple(why)))
            start, value, why = s.start, now, {}
        for entry in s.category_entries if track == "category" else s.level_entries:
            why[entry] = None
        until = s.until
    if value is not None:
        spells.append(Spell(track, str(value), start, until, entries=tuple(why)))
    return spells


def _unchanged_spells(standings: Sequence[Standing], before: Before | None) -> list[Spell]:
    """The old spells that ended before the first change."""
    if before is None:
        return []
    old: Sequence[Standing] = before.inputs[0]
    n = common_prefix(old, standings)
    if n < min(len(old), len(standings)) and _differ_in_end(old[n], standings[n]):
        n += 1  # only its end changed, so it still begins the same spell
    unchanged_until = standings[n - 1].start if n else date.min
    return [s for s in before.value if s.until is not None and s.until <= unchanged_until]


def _differ_in_end(a: Standing, b: Standing) -> bool:
    return a.start == b.start and a[2:] == b[2:]
