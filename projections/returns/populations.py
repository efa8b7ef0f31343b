"""The population attached to an area's year, as it stands in a return."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from projections.returns.years import Year
from tracker.settings.configuration import Population as Residents

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import AttachedPopulation

Populations = Callable[[str, str], Residents | None]


def attached(area: str, year: Year, populations: Populations) -> AttachedPopulation | None:
    """The population of an area and year; None where none is attached."""
    found = populations(area, year.text)
    if found is None:
        return None
    return {"aged_10_plus": found.aged_10_plus, "base": found.base, "source": found.source}
