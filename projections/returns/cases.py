"""The cases of the annual return: which person, order or return counts in which cell.

What counts is said in `counting_rules`; here cases are made of what a rule counts, whether it was
read from the views (`computed_return`) or from one person's timeline (`of_person`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from projections.returns.counted_people import Cells
from projections.returns.counted_people import table as table_of
from projections.returns.counting_rules import (
    CATEGORIES,
    HIGHER,
    LEVELS,
    LICENCE,
    OCCURRENCES,
    RATE,
    SHPO,
    SNAPSHOT,
    YEARLY,
    Rule,
    counts,
)
from projections.returns.years import Year
from tracker.domain.dates import DAY, civil
from tracker.domain.meaning.occurrences import Counted
from tracker.domain.meaning.timeline import Timeline

PEOPLE = tuple(rule.row for rule in OCCURRENCES if rule.once and not rule.by)
ORDERS = tuple(rule.row for rule in OCCURRENCES if not rule.once)


@dataclass(frozen=True, slots=True)
class Case:
    """One person, order or return counted in a cell."""

    cell: str
    subject: str
    on: str
    ref: str = ""
    entries: tuple[str, ...] = ()


class Counting(NamedTuple):
    """A run of days, or an occurrence, that a rule counts: with the last day that it counts on."""

    subject: str
    on: date
    level: int | None
    category: int | None
    ref: str = ""
    entries: tuple[str, ...] = ()


def last_day(year: Year, known_at: datetime) -> date:
    """The last day that a return counts: of the year, or the day of the moment before that."""
    return min(year.end, civil(known_at))


def cases_of(rule: Rule, counting: Iterable[Counting]) -> list[Case]:
    """The cases of one rule, from all that it counts in the order of its days."""
    kept = _once(rule, counting) if rule.once else counting
    return [
        Case(rule.cell(c.level, c.category), c.subject, c.on.isoformat(), c.ref, c.entries)
        for c in kept
    ]


def _once(rule: Rule, counting: Iterable[Counting]) -> Iterable[Counting]:
    """Each person once: where the row has levels at the highest, and there by the last."""
    best: dict[str, Counting] = {}
    for one in counting:
        before = best.get(one.subject)
        if before is None or "level" not in rule.by or (one.level or 0) >= (before.level or 0):
            best[one.subject] = one
    return best.values()


def last_counted(until: date | None, last: date) -> date:
    """The last day of a run that counts; `until` is the first day after it."""
    return last if until is None else min(until - DAY, last)


def of_person(t: Timeline | None, area: str, first: date, last: date) -> list[Case]:
    """The cases of one person in every row, of the days from `first` to `last`."""
    if t is None:
        return []
    runs = [run for run in t.counted if run.area == area]
    cases = [
        case for rule in (SNAPSHOT, YEARLY)
        for case in cases_of(rule, _of_runs(rule, t.subject, runs, first, last))
    ]  # fmt: skip
    happened = [o for o in t.occurrences if o.area == area]
    for rule in OCCURRENCES:
        counting = [
            Counting(t.subject, o.on, o.level, o.category, o.ref, o.entries)
            for o in happened
            if counts(rule, o, first, last)
        ]
        cases += cases_of(rule, counting)
    return cases


def _of_runs(
    rule: Rule, subject: str, runs: Iterable[Counted], first: date, last: date
) -> list[Counting]:
    return [
        Counting(subject, last_counted(run.until, last), run.level, run.category)
        for run in runs
        if counts(rule, run, first, last)
    ]


# --- cells and figures --------------------------------------------------------------------------


def tally(cases: Iterable[Case]) -> dict[str, int]:
    """How many cases each cell counts."""
    cells: dict[str, int] = {}
    for case in cases:
        cells[case.cell] = cells.get(case.cell, 0) + 1
    return cells


def figures(cells: Mapping[str, int], snapshot: Cells) -> dict[str, Any]:
    """Rows 1 to 8, from the tally of rows 2 to 8 and the table of row 1."""
    shpo = {f"level{n}": cells.get(f"{SHPO}.level{n}", 0) for n in HIGHER}
    single = {cell: cells.get(cell, 0) for cell in PEOPLE}
    became = single.pop("sro_breach_became_subject")
    return {
        "snapshot": snapshot,
        "yearly_level2_3": table(cells, "yearly_level2_3", HIGHER),
        **single,
        "orders": {cell.partition(".")[2]: cells.get(cell, 0) for cell in ORDERS},
        "sro_breach_became_subject": became,
        LICENCE: table(cells, LICENCE, HIGHER),
        SHPO: shpo | {"total": sum(shpo.values())},
    }


def table(cells: Mapping[str, int], name: str, levels: tuple[int, ...] = LEVELS) -> Cells:
    """The level × category table of a row, with its margins."""
    found = [
        (n, k, number)
        for n in levels
        for k in CATEGORIES
        if (number := cells.get(f"{name}.level{n}.cat{k}", 0))
    ]
    return table_of(found, levels)


def flat(figures: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The figures by their dotted paths."""
    found: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = value
    return found


def covers(cell: str, case: str) -> bool:
    """Whether a cell, which may be a margin, counts the cases of another cell."""
    asked, held = cell.split("."), case.split(".")
    if asked[0] != held[0]:
        return False
    padded = asked[1:] + ["total"] * (len(held) - len(asked))
    return all(a in ("total", h) for a, h in zip(padded, held[1:], strict=True))


CELLS = frozenset(flat(figures({}, table_of(())))) | {RATE}
