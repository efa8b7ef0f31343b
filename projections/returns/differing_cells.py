"""Two returns, or their figures, compared cell by cell: the one home of that comparison.

Called for what changed (`changes`), for what a restatement changed, and for what verifying computes
again (`recomputing`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from projections.returns.cases import flat

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import Figure


class DifferingCell(NamedTuple):
    """A cell by its dotted path, with both figures; None where one of the two has no such cell."""

    cell: str
    was: Figure
    now: Figure


def differing_cells(
    before: Mapping[str, object], after: Mapping[str, object], leave_out: Collection[str] = ()
) -> list[DifferingCell]:
    """The cells whose figures differ, in the order of the return; `leave_out` names cells."""
    was, now = flat(before), flat(after)
    return [
        DifferingCell(cell, was.get(cell), now.get(cell))
        for cell in dict.fromkeys((*was, *now))
        if was.get(cell) != now.get(cell) and cell not in leave_out
    ]
