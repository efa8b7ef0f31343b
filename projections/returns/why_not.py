"""Why a person is, or is not, counted in a cell of the annual return: the first condition to fail.

Whether a person is counted is decided by the same rules as the figures (`cases`). Called for
`tracker return --explain CELL --subject REF`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.engine.records import records
from projections.returns.cases import Case, cases_of_person, covers, last_day
from projections.returns.conditions import (
    ACTUAL,
    Explanation,
    first_failing,
    in_words,
    last_days_before_changes,
    managed_by,
)
from projections.returns.counting_rules import SNAPSHOT, YEARLY, Condition
from projections.returns.events import not_counted
from projections.returns.explaining import cell_counted_in, rule_in_words, shape
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
    """Whether a person is counted in a cell, a total or the rate, and why.

    Raises NoSuchCell for a path that names no figure, Disagreement under another law or setting.
    Only that person's record is read.
    """
    check(c, law, MIXED)
    cell_counted, day = cell_counted_in(cell), last_day(year, known_at)
    entries = next((person for _, person in records(c, log.decoder().entry, [subject])), [])
    t = timeline(subject, entries, law, known_at)
    row = cases_of_person(t, area, year.start, day)
    cases = [case for case in row if covers(cell_counted, case.cell)]
    listed = [shape(c, case, known_at) for case in cases]
    if cases:
        behind = dict.fromkeys(entry for case in listed for entry in case["entries"])
        counted_in = ", ".join(case.cell for case in cases)
        explanation = Explanation(f"counted in {counted_in}", tuple(behind))
    else:
        explanation = reason(t, cell_counted, row, area, year.start, day)
    return {
        "area": area,
        "year": year.text,
        "known_at": moment(known_at),
        "cell": cell,
        "subject": subject,
        "counted": bool(cases),
        "reason": explanation.text,
        "rule": rule_in_words(cell),
        "entries": list(explanation.entries),
        "cases": listed,
    }


def reason(
    t: Timeline | None, cell: str, counted: Sequence[Case], area: str, start: date, day: date
) -> Explanation:
    """Why a person is not counted in a cell; `counted` are the person's cases in all rows."""
    if t is None:
        return Explanation("not known to the tracker at that moment")
    name, _, inner = cell.partition(".")
    if name == "snapshot":
        return _snapshot(t, inner, area, day)
    if day < start:
        return Explanation(f"the year had not begun on {day}")
    if name == "yearly_level2_3":
        explanation = _yearly(t, area, start, day)
    else:
        explanation = not_counted(t, cell, area, start, day)
    return explanation or _in_another_cell(t, name, counted)


def _in_another_cell(t: Timeline, row: str, counted: Sequence[Case]) -> Explanation:
    """The explanation for a person who is counted in another cell of the row."""
    case = next(case for case in counted if case.cell.startswith(f"{row}."))
    on = date.fromisoformat(case.on)
    entries = case.entries or ACTUAL["level"](t, on).entries
    return Explanation(f"counted once in the row: in {case.cell}, as on {case.on}", entries)


# --- rows 1 and 2 --------------------------------------------------------------------------------


def _snapshot(t: Timeline, inner: str, area: str, day: date) -> Explanation:
    level, column = inner.split(".")
    conditions = [managed_by(area), *SNAPSHOT.conditions]
    conditions += [] if level == "total" else [Condition("level", (int(level[-1]),))]
    conditions += [] if column == "total" else [Condition("category", (int(column[-1]),))]
    failed = first_failing(t, [day], conditions)
    assert failed is not None, "a person who meets every condition is counted"
    return failed.actual


def _yearly(t: Timeline, area: str, start: date, day: date) -> Explanation | None:
    conditions = [managed_by(area), *YEARLY.conditions]
    failed = first_failing(t, last_days_before_changes(t, start, day), conditions)
    if failed is None:
        return None
    met_then_failed = ", ".join(map(in_words, conditions[: failed.number + 1]))
    return Explanation(
        f"on no day from {start} to {day} {met_then_failed}: {failed.actual.text}",
        failed.actual.entries,
    )
