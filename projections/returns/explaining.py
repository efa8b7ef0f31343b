"""Who is behind a cell of the annual return, by which rule, spells and entries.

Called through `annual_return` by the command line; `why_not` says why somebody is not there.
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


def counted_in(cell: str) -> str:
    """The cell whose people stand behind a cell: its own, or of the rate those in category 1.

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
    """The people and entries behind a cell, a margin or the rate (dotted path in the JSON).

    Raises NoSuchCell for a path that names no figure.
    """
    asked = counted_in(cell)
    computed = ComputedReturn(c, area, year, known_at)
    found = [case for case in computed.cases() if covers(asked, case.cell)]
    return {
        "area": area,
        "year": year.text,
        "known_at": moment(known_at),
        "cell": cell,
        "figure": _figure(figures, cell),
        "rule": rule_in_words(cell),
        "cases": [
            shape(c, case, known_at) for case in sorted(found, key=lambda x: (x.subject, x.on))
        ],
    }


def _figure(figures: RatedFigures, cell: str) -> int | None:
    value = flat(figures)[cell]
    return value if isinstance(value, int) else None


class _WhereKnown(TypedDict, total=False):
    """What a case has, or has not."""

    ref: str
    spells: list[CaseSpell]


def shape(c: Cursor, case: Case, known_at: datetime) -> CaseLine:
    """A case as it is listed: with its own entries, or the spells of its day and theirs."""
    more: _WhereKnown = {"ref": case.ref} if case.ref else {}
    entries = list(case.entries)
    if not entries:
        on = date.fromisoformat(case.on)
        held = [s for s in spells.holding(c, case.subject, on, known_at) if s["track"] in TRACKS]
        more["spells"] = [_spell(s) for s in held]
        entries = list(dict.fromkeys(e for s in held for e in s["entries"]))
    return {
        "subject": case.subject, "cell": case.cell, "on": case.on, **more, "entries": entries,
    }  # fmt: skip


def _spell(held: spells.HeldSpell) -> CaseSpell:
    return {
        "track": held["track"], "value": held["value"], "ref": held["ref"],
        "start": held["start"], "until": held["until"], "rule": held["rule"],
    }  # fmt: skip
