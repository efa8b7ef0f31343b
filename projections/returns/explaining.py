"""Who is counted in a cell of the annual return, by which rule, spells and entries.

Called by the service through `annual_return`; `why_not` says why a person is not counted.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, TypedDict

from projections.returns.cases import CELLS, Case, covers, flat
from projections.returns.computed_return import ComputedReturn
from projections.returns.counting_rules import RATE, SAYS
from projections.returns.years import Year
from projections.views import spells
from tracker.domain.answers.show import moment
from tracker.domain.errors import InvalidQuestion
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import CaseLine, CaseSpell, ExplainedAnswer
    from tracker.domain.answers.figure_shapes import RatedFigures

TRACKS = ("area", "location", "notification", "category", "level")


class NoSuchCell(InvalidQuestion):
    """A path that names no figure of the return."""


def cell_counted_in(cell: str) -> str:
    """The cell whose people are counted: the cell itself, or category 1 for the rate.

    Raises NoSuchCell for a path that names no figure.
    """
    if cell not in CELLS:
        raise NoSuchCell(
            f"no figure {cell!r} in the return; a cell is a dotted path such as "
            "snapshot.level2.cat1, orders.shpo or rate_per_100k"
        )
    return "snapshot.total.cat1" if cell == RATE else cell


def rule_in_words(cell: str) -> str:
    """The counting rule of a cell's row, in words."""
    return SAYS.get(cell) or SAYS[cell.partition(".")[0]]


def explain(
    c: Cursor, area: str, year: Year, known_at: datetime, cell: str, figures: RatedFigures
) -> ExplainedAnswer:
    """The people counted in a cell, a total or the rate (`cell` is a dotted path), with entries.

    Raises NoSuchCell for a path that names no figure.
    """
    cell_counted = cell_counted_in(cell)
    computed = ComputedReturn(c, area, year, known_at)
    cases = [case for case in computed.cases() if covers(cell_counted, case.cell)]
    return {
        "area": area,
        "year": year.text,
        "known_at": moment(known_at),
        "cell": cell,
        "figure": _figure(figures, cell),
        "rule": rule_in_words(cell),
        "cases": [
            shape(c, case, known_at) for case in sorted(cases, key=lambda x: (x.subject, x.on))
        ],
    }


def _figure(figures: RatedFigures, cell: str) -> int | None:
    value = flat(figures)[cell]
    return value if isinstance(value, int) else None


class _OptionalKeys(TypedDict, total=False):
    """The keys that not every case has."""

    ref: str
    spells: list[CaseSpell]


def shape(c: Cursor, case: Case, known_at: datetime) -> CaseLine:
    """A case as listed: with its own entries, or with that day's spells and their entries."""
    more: _OptionalKeys = {"ref": case.ref} if case.ref else {}
    entries = list(case.entries)
    if not entries:
        on = date.fromisoformat(case.on)
        shown = [s for s in spells.spells_on(c, case.subject, on, known_at) if s["track"] in TRACKS]
        more["spells"] = [_spell(s) for s in shown]
        entries = list(dict.fromkeys(e for s in shown for e in s["entries"]))
    return {
        "subject": case.subject, "cell": case.cell, "on": case.on, **more, "entries": entries,
    }  # fmt: skip


def _spell(spell: spells.SpellOnDay) -> CaseSpell:
    return {
        "track": spell["track"], "value": spell["value"], "ref": spell["ref"],
        "start": spell["start"], "until": spell["until"], "rule": spell["rule"],
    }  # fmt: skip
