"""What changed in a return between two moments of knowledge, and which entries caused it.

Only the people whose cases differ are read. Each is folded with and without the entries recorded in
between. Called by `tracker return --changes-since` and by the scheduler's year-end job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from projections.engine.records import records
from projections.returns.annual_return import rated
from projections.returns.cases import Case, cases_of_person, figures_of
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

Unit = tuple[Entry, ...]  # a fact, or a void with the fact that corrects it
RELEVANT = Timeline.topics(Timeline.counted, Timeline.occurrence_groups)


class CellChanges(NamedTuple):
    """The cells that a person left and joined; a cell appears once for each case."""

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

    Cells are listed with their figure then and now, including the rate and the population; people
    with the cells they left and joined and the entries that caused it. There may be no such entry:
    in a year not yet over, the last day counted moves on. `was` is the return stored at `since`, if
    there is one: its population may differ. Raises Disagreement under another law or setting.
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
                "entries": _responsible_entries(entries, law, after, since, moved[subject]),
            }
            for subject, entries in records(c, log.decoder().entry, sorted(moved))
        ],
    }


def differing(was: Mapping[str, object], now: Mapping[str, object]) -> list[ChangedCell]:
    """The figures that differ from those of an earlier return, by dotted path."""
    cells = differing_cells({name: was[name] for name in now}, now)
    return [{"cell": one.cell, "was": one.was, "is": one.now} for one in cells]


def _moved(then: Iterable[Case], now: Iterable[Case]) -> dict[str, CellChanges]:
    was = Counter((case.subject, case.cell) for case in then)
    is_ = Counter((case.subject, case.cell) for case in now)
    changes_by_person: dict[str, CellChanges] = {}
    for subject, cell in sorted((was - is_).elements()):
        changes_by_person.setdefault(subject, CellChanges([], [])).left.append(cell)
    for subject, cell in sorted((is_ - was).elements()):
        changes_by_person.setdefault(subject, CellChanges([], [])).joined.append(cell)
    return changes_by_person


# --- which entries caused it ---------------------------------------------------------------------


def _responsible_entries(
    entries: Sequence[Entry], law: Law, after: ComputedReturn, since: datetime, moved: CellChanges
) -> list[str]:
    """The names of the fewest entries recorded since that move the person between these cells.

    The last recorded are left out first: if either of two entries is enough, the earlier is named.
    """
    old = [e for e in entries if e.recorded_at <= since]
    new = [e for e in entries if since < e.recorded_at <= after.known_at]
    affected = {*moved.left, *moved.joined}

    def cells_with(units: Iterable[Unit]) -> Counter[str]:
        known = as_known([*old, *(entry for unit in units for entry in unit)])
        t = fold(entries[0].subject, known, law)
        cases = cases_of_person(t, after.area, after.year.start, after.day)
        return Counter(case.cell for case in cases if case.cell in affected)

    units = _units(new)
    now = cells_with(units)
    fewest = _fewest(units, lambda some: cells_with(some) == now)
    responsible = sorted((entry for unit in fewest for entry in unit), key=lambda e: e.sequence)
    return [entry.name for entry in responsible]


def _units(new: Sequence[Entry]) -> list[Unit]:
    """The entries in the order recorded, each correction with the void of what it corrects.

    An entry that was recorded and voided since is left out, and so is its void.
    """
    by_name = {e.name: e for e in new}
    voided = {target for e in new if (target := voids(e)) is not None}
    voids_of_earlier = {t: e for e in new if (t := voids(e)) is not None and t not in by_name}
    units: list[Unit] = []
    for entry in new:
        if voids(entry) is None and entry.name not in voided and entry.fact.TYPE in RELEVANT:
            void = voids_of_earlier.pop(_corrected_entry(entry, by_name), None)
            units.append((entry,) if void is None else (void, entry))
    units += [(void,) for void in voids_of_earlier.values()]
    return sorted(units, key=lambda unit: unit[-1].sequence)


def _corrected_entry(entry: Entry, new: Mapping[str, Entry]) -> str:
    """The name of the earlier entry that an entry corrects; "" if there is none."""
    while entry.fact.corrects is not None:
        name = f"{entry.source} {entry.fact.corrects}"
        if name not in new:
            return name
        entry = new[name]
    return ""


def _fewest(units: list[Unit], enough: Callable[[list[Unit]], bool]) -> list[Unit]:
    """The units without any that can be left out: long stretches are tried first, from the end."""
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
