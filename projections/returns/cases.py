"""The cases of the annual return: which person, order or return counts in which cell.

What counts is said in `counting_rules`; here cases are made of what a rule counts, whether it was
read from the views (`computed_return`) or from one person's timeline (`of_person`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    rule: Rule, subject: str, runs: Iterable[CountedRun], first: date, last: date
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


def figures(cells: Mapping[str, int], snapshot: Snapshot) -> Figures:
    """Rows 1 to 8, from the tally of rows 2 to 8 and the table of row 1."""

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
    """Rows 1 to 8 of the cases of every row."""
    cells = tally(cases)
    return figures(cells, table(_by_level(cells, "snapshot", LEVELS)))


def _by_level(cells: Mapping[str, int], row: str, levels: tuple[int, ...]) -> list[Cell]:
    """(level, category, number) of the cells of a row with a table."""
    return [
        (n, k, number)
        for n in levels
        for k in CATEGORIES
        if (number := cells.get(f"{row}.level{n}.cat{k}", 0))
    ]


def flat(figures: Mapping[str, object], path: str = "") -> dict[str, Figure]:
    """The figures by their dotted paths, and what else is a number, a text or null."""
    found: dict[str, Figure] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{path}{name}.")
        elif value is None or isinstance(value, int | str):
            found[f"{path}{name}"] = value
    return found


def covers(cell: str, case: str) -> bool:
    """Whether a cell, which may be a margin, counts the cases of another cell."""
    asked, held = cell.split("."), case.split(".")
    if asked[0] != held[0]:
        return False
    padded = asked[1:] + ["total"] * (len(held) - len(asked))
    return all(a in ("total", h) for a, h in zip(padded, held[1:], strict=True))


CELLS = frozenset(flat(figures_of(()))) | {RATE}
