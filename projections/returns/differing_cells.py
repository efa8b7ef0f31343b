"""Compares two returns, or their figures, cell by cell; no other module does.

Called for changes (`changes`), restatements (the service) and verification (`recomputing`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from projections.returns.cases import flat

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import Figure


class DifferingCell(NamedTuple):
    """A cell by its dotted path, with both figures; None if one of the two lacks the cell."""

    cell: str
    was: Figure
    now: Figure


def differing_cells(
    before: Mapping[str, object], after: Mapping[str, object], leave_out: Collection[str] = ()
) -> list[DifferingCell]:
    """The cells whose figures differ, in the order of the return, without those in `leave_out`."""
    was, now = flat(before), flat(after)
    return [
        DifferingCell(cell, was.get(cell), now.get(cell))
        for cell in dict.fromkeys((*was, *now))
        if was.get(cell) != now.get(cell) and cell not in leave_out
    ]
