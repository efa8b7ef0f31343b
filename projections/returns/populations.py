"""The population attached to an area and year, as a return shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from projections.returns.years import Year
from tracker.settings.configuration import Population as Residents

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import AttachedPopulation

Populations = Callable[[str, str], Residents | None]


def population_for(area: str, year: Year, populations: Populations) -> AttachedPopulation | None:
    """The population of an area and year; None if none is attached."""
    residents = populations(area, year.text)
    if residents is None:
        return None
    return {
        "aged_10_plus": residents.aged_10_plus,
        "base": residents.base,
        "source": residents.source,
    }
