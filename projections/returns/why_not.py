"""Why a person is, or is not, counted in a cell of the annual return: the first condition to fail.

Whether somebody is counted is asked of the same rule as the figures (`cases`). Called by
`tracker return --explain CELL --subject REF`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.engine.records import records
from projections.returns.cases import Case, covers, last_day, of_person
from projections.returns.conditions import (
    OTHERWISE,
    Said,
    first_failing,
    in_words,
    managed_by,
    telling_days,
)
from projections.returns.counting_rules import SNAPSHOT, YEARLY, Condition
from projections.returns.events import not_counted
from projections.returns.explaining import counted_in, rule_in_words, shape
from projections.returns.years import Year
from tracker.domain.answers.show import moment
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.store.agreement_check import MIXED, check
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import WhyCountedAnswer


def why(
    log: Log,
    c: Cursor,
    law: Law,
    area: str,
    year: Year,
    known_at: datetime,
    cell: str,
    subject: str,
) -> WhyCountedAnswer:
    """Whether a person is counted in a cell, a margin or the rate, and why.

    Raises NoSuchCell for a path that names no figure. Only that person's record is read.
    """
    check(c, law, MIXED)
    asked, day = counted_in(cell), last_day(year, known_at)
    entries = next((found for _, found in records(c, log.decoder().entry, [subject])), [])
    t = timeline(subject, entries, law, known_at)
    row = of_person(t, area, year.start, day)
    cases = [case for case in row if covers(asked, case.cell)]
    listed = [shape(c, case, known_at) for case in cases]
    if cases:
        behind = dict.fromkeys(entry for case in listed for entry in case["entries"])
        said = Said(f"counted in {', '.join(case.cell for case in cases)}", tuple(behind))
    else:
        said = reason(t, asked, row, area, year.start, day)
    return {
        "area": area,
        "year": year.text,
        "known_at": moment(known_at),
        "cell": cell,
        "subject": subject,
        "counted": bool(cases),
        "reason": said.text,
        "rule": rule_in_words(cell),
        "entries": list(said.entries),
        "cases": listed,
    }


def reason(
    t: Timeline | None, cell: str, counted: Sequence[Case], area: str, start: date, day: date
) -> Said:
    """Why a person is not counted in a cell; `counted` are the person's cases in every row."""
    if t is None:
        return Said("not known to the tracker at that moment")
    name, _, inner = cell.partition(".")
    if name == "snapshot":
        return _standing(t, inner, area, day)
    if day < start:
        return Said(f"the year had not begun on {day}")
    if name == "yearly_level2_3":
        said = _yearly(t, area, start, day)
    else:
        said = not_counted(t, cell, area, start, day)
    return said or _elsewhere(t, name, counted)


def _elsewhere(t: Timeline, row: str, counted: Sequence[Case]) -> Said:
    """Whoever meets every condition is counted in the row, and was asked for in another cell."""
    case = next(case for case in counted if case.cell.startswith(f"{row}."))
    on = date.fromisoformat(case.on)
    entries = case.entries or OTHERWISE["level"](t, on).entries
    return Said(f"counted once in the row: in {case.cell}, as on {case.on}", entries)


# --- rows 1 and 2 --------------------------------------------------------------------------------


def _standing(t: Timeline, inner: str, area: str, day: date) -> Said:
    level, column = inner.split(".")
    conditions = [managed_by(area), *SNAPSHOT.conditions]
    conditions += [] if level == "total" else [Condition("level", (int(level[-1]),))]
    conditions += [] if column == "total" else [Condition("category", (int(column[-1]),))]
    failed = first_failing(t, [day], conditions)
    assert failed is not None, "whoever meets every condition is counted"
    return failed.said


def _yearly(t: Timeline, area: str, start: date, day: date) -> Said | None:
    conditions = [managed_by(area), *YEARLY.conditions]
    failed = first_failing(t, telling_days(t, start, day), conditions)
    if failed is None:
        return None
    asked = ", ".join(map(in_words, conditions[: failed.number + 1]))
    return Said(f"on no day from {start} to {day} {asked}: {failed.said.text}", failed.said.entries)
