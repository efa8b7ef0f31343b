"""What changed in a return between two moments at which something was known, and which entries did.

Only the people whose cases differ are read; each is folded with and without what was recorded in
between. Called by `tracker return --changes-since` and by the scheduler's year-end job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from projections.engine.records import records
from projections.returns.annual_return import rated
from projections.returns.cases import Case, figures_of, of_person
from projections.returns.computed_return import ComputedReturn
from projections.returns.differing_cells import differing_cells
from projections.returns.years import Year
from tracker.domain.answers.show import moment
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, fold
from tracker.domain.record.entry import Entry, as_known, voids
from tracker.store.agreement_check import MIXED, check
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import ChangesAnswer
    from tracker.domain.answers.figure_shapes import AttachedPopulation, ChangedCell

Unit = tuple[Entry, ...]  # what counts, or stops counting, together
BEARING = Timeline.topics(Timeline.counted, Timeline.occurrence_groups)


class Moved(NamedTuple):
    """The cells that a person left and joined, each as often as they are counted there."""

    left: list[str]
    joined: list[str]


def changes(
    log: Log,
    c: Cursor,
    law: Law,
    area: str,
    year: Year,
    since: datetime,
    known_at: datetime,
    population: AttachedPopulation | None = None,
    was: Mapping[str, object] | None = None,
) -> ChangesAnswer:
    """What changed in a return from what was known at `since` to what was known at `known_at`.

    Cells with their figure then and now, the rate and the population among them; people with the
    cells they left and joined and the entries that did it. No entry did it where the day counted
    is another one, in a year not yet over. `was` is the return as it was kept at `since`, where it
    was kept: its population may have been another.
    """
    check(c, law, MIXED)
    before, after = ComputedReturn(c, area, year, since), ComputedReturn(c, area, year, known_at)
    then, now = before.cases(), after.cases()
    figures_then: Mapping[str, object] = was or rated(figures_of(then), population)
    moved = _moved(then, now)
    return {
        "area": area,
        "year": year.text,
        "since": moment(since),
        "known_at": moment(known_at),
        "days": {"was": before.day.isoformat(), "is": after.day.isoformat()},
        "cells": differing(figures_then, rated(figures_of(now), population)),
        "people": [
            {
                "subject": subject,
                "left": moved[subject].left,
                "joined": moved[subject].joined,
                "entries": _did_it(entries, law, after, since, moved[subject]),
            }
            for subject, entries in records(c, log.decoder().entry, sorted(moved))
        ],
    }


def differing(was: Mapping[str, object], now: Mapping[str, object]) -> list[ChangedCell]:
    """The figures that are others than those of an earlier return, by their dotted paths."""
    cells = differing_cells({name: was[name] for name in now}, now)
    return [{"cell": one.cell, "was": one.was, "is": one.now} for one in cells]


def _moved(then: Iterable[Case], now: Iterable[Case]) -> dict[str, Moved]:
    was = Counter((case.subject, case.cell) for case in then)
    is_ = Counter((case.subject, case.cell) for case in now)
    found: dict[str, Moved] = {}
    for subject, cell in sorted((was - is_).elements()):
        found.setdefault(subject, Moved([], [])).left.append(cell)
    for subject, cell in sorted((is_ - was).elements()):
        found.setdefault(subject, Moved([], [])).joined.append(cell)
    return found


# --- which entries did it ------------------------------------------------------------------------


def _did_it(
    entries: Sequence[Entry], law: Law, after: ComputedReturn, since: datetime, moved: Moved
) -> list[str]:
    """The fewest entries recorded in between that lead from the cells left to those joined.

    What was recorded last is left out first: of two that each would do, the first did it.
    """
    old = [e for e in entries if e.recorded_at <= since]
    new = [e for e in entries if since < e.recorded_at <= after.known_at]
    asked = {*moved.left, *moved.joined}

    def found(units: Iterable[Unit]) -> Counter[str]:
        known = as_known([*old, *(entry for unit in units for entry in unit)])
        t = fold(entries[0].subject, known, law)
        cases = of_person(t, after.area, after.year.start, after.day)
        return Counter(case.cell for case in cases if case.cell in asked)

    units = _units(new)
    now = found(units)
    fewest = _fewest(units, lambda some: found(some) == now)
    did_it = sorted((entry for unit in fewest for entry in unit), key=lambda e: e.sequence)
    return [entry.name for entry in did_it]


def _units(new: Sequence[Entry]) -> list[Unit]:
    """What was recorded, in order, each right fact with the void of what it sets right.

    What was recorded and voided again is left out with its void.
    """
    by_name = {e.name: e for e in new}
    gone = {target for e in new if (target := voids(e)) is not None}
    undoing = {t: e for e in new if (t := voids(e)) is not None and t not in by_name}
    units: list[Unit] = []
    for entry in new:
        if voids(entry) is None and entry.name not in gone and entry.fact.TYPE in BEARING:
            void = undoing.pop(_set_right(entry, by_name), None)
            units.append((entry,) if void is None else (void, entry))
    units += [(void,) for void in undoing.values()]
    return sorted(units, key=lambda unit: unit[-1].sequence)


def _set_right(entry: Entry, new: Mapping[str, Entry]) -> str:
    """The name of the entry, recorded before, that one takes the place of; "" for none."""
    while entry.fact.corrects is not None:
        name = f"{entry.source} {entry.fact.corrects}"
        if name not in new:
            return name
        entry = new[name]
    return ""


def _fewest(units: list[Unit], enough: Callable[[list[Unit]], bool]) -> list[Unit]:
    """Units of which none can be left out: whole stretches are tried first, the last ones first."""
    size = len(units)
    while size:
        before = len(units)
        for end in range(before, 0, -size):
            fewer = units[: max(end - size, 0)] + units[end:]
            if enough(fewer):
                units = fewer
        if size > 1 or len(units) == before:
            size //= 2
    return units
