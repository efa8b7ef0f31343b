"""The cases of the annual return: which person, order or return counts in which cell.

`counting_rules` says what counts. Here cases are made from the items that a rule counts, read from
the views (`computed_return`) or from one person's timeline (`cases_of_person`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from projections.returns.counted_people import Cell, higher_table, table
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
from tracker.domain.meaning.occurrences import CountedRun
from tracker.domain.meaning.timeline import Timeline

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import Figure, Figures, Snapshot

ORDERS = tuple(rule.row for rule in OCCURRENCES if not rule.once)


class Case(NamedTuple):
    """One person, order or return counted in a cell."""

    cell: str
    subject: str
    on: str
    ref: str = ""
    entries: tuple[str, ...] = ()


class CountedItem(NamedTuple):
    """A run of days, or an occurrence, that a rule counts.

    `on`: the last day of the run that counts, or the day of the occurrence.
    """

    subject: str
    on: date
    level: int | None
    category: int | None
    ref: str = ""
    entries: tuple[str, ...] = ()


def last_day(year: Year, known_at: datetime) -> date:
    """The last day a return counts: the year's last, or the civil day of `known_at` if earlier."""
    return min(year.end, civil(known_at))


def cases_of(rule: Rule, items: Iterable[CountedItem]) -> list[Case]:
    """The cases of one rule, from the items that it counts, in order of their days."""
    counted = _once(rule, items) if rule.once else items
    return [
        Case(rule.cell(c.level, c.category), c.subject, c.on.isoformat(), c.ref, c.entries)
        for c in counted
    ]


def _once(rule: Rule, items: Iterable[CountedItem]) -> Iterable[CountedItem]:
    """Each person once: the last item, or in a row with levels the last at the highest level."""
    best: dict[str, CountedItem] = {}
    for one in items:
        before = best.get(one.subject)
        if before is None or "level" not in rule.by or (one.level or 0) >= (before.level or 0):
            best[one.subject] = one
    return best.values()


def last_counted(until: date | None, last: date) -> date:
    """The last day of a run that counts, not after `last`; `until` is the first day after it."""
    return last if until is None else min(until - DAY, last)


def cases_of_person(t: Timeline | None, area: str, first: date, last: date) -> list[Case]:
    """One person's cases in an area, in every row, for the days `first` to `last` inclusive."""
    if t is None:
        return []
    runs = [run for run in t.counted if run.area == area]
    cases = [
        case for rule in (SNAPSHOT, YEARLY)
        for case in cases_of(rule, _of_runs(rule, t.subject, runs, first, last))
    ]  # fmt: skip
    happened = [o for o in t.occurrences if o.area == area]
    for rule in OCCURRENCES:
        items = [
            CountedItem(t.subject, o.on, o.level, o.category, o.ref, o.entries)
            for o in happened
            if counts(rule, o, first, last)
        ]
        cases += cases_of(rule, items)
    return cases


def _of_runs(
    rule: Rule, subject: str, runs: Iterable[CountedRun], first: date, last: date
) -> list[CountedItem]:
    return [
        CountedItem(subject, last_counted(run.until, last), run.level, run.category)
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


def figures(cells: Mapping[str, int], snapshot: Snapshot) -> Figures:
    """Rows 1 to 8 as the return nests them: row 1 as it is, rows 2 to 8 from their tally."""

    def number(cell: str) -> int:
        return cells.get(cell, 0)

    two, three = number(f"{SHPO}.level2"), number(f"{SHPO}.level3")
    return {
        "snapshot": snapshot,
        "yearly_level2_3": higher_table(_by_level(cells, "yearly_level2_3", HIGHER)),
        "cat1_cautioned_or_convicted_breach": number("cat1_cautioned_or_convicted_breach"),
        "cat1_lifetime_revoked": number("cat1_lifetime_revoked"),
        "orders": {
            "shpo": number("orders.shpo"),
            "shpo_foreign_travel": number("orders.shpo_foreign_travel"),
            "notification_order": number("orders.notification_order"),
        },
        "sro_breach_became_subject": number("sro_breach_became_subject"),
        "returned_to_custody_breach_of_licence": higher_table(_by_level(cells, LICENCE, HIGHER)),
        "breach_of_shpo": {"level2": two, "level3": three, "total": two + three},
    }


def figures_of(cases: Iterable[Case]) -> Figures:
    """Rows 1 to 8, counted from the cases of every row."""
    cells = tally(cases)
    return figures(cells, table(_by_level(cells, "snapshot", LEVELS)))


def _by_level(cells: Mapping[str, int], row: str, levels: tuple[int, ...]) -> list[Cell]:
    """(level, category, number) of each cell of a row that is not zero."""
    return [
        (n, k, number)
        for n in levels
        for k in CATEGORIES
        if (number := cells.get(f"{row}.level{n}.cat{k}", 0))
    ]


def flat(figures: Mapping[str, object], path: str = "") -> dict[str, Figure]:
    """Every number, text and None of nested figures, by dotted path."""
    leaves: dict[str, Figure] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            leaves |= flat(value, f"{path}{name}.")
        elif value is None or isinstance(value, int | str):
            leaves[f"{path}{name}"] = value
    return leaves


def covers(cell: str, case: str) -> bool:
    """Whether `cell`, which may be a total, includes the cases counted in the cell `case`."""
    cell_path, case_path = cell.split("."), case.split(".")
    if cell_path[0] != case_path[0]:
        return False
    padded = cell_path[1:] + ["total"] * (len(case_path) - len(cell_path))
    return all(a in ("total", b) for a, b in zip(padded, case_path[1:], strict=True))


CELLS = frozenset(flat(figures_of(()))) | {RATE}
