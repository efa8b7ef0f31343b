"""The population attached to an area's year, as it stands in a return."""

from __future__ import annotations

from collections.abc import Callable

from projections.returns.annual_return import Population
from projections.returns.years import Year
from tracker.settings import configuration

Populations = Callable[[str, str], configuration.Population | None]


def attached(
    area: str, year: Year, populations: Populations = configuration.population
) -> Population | None:
    """{aged_10_plus, base, source}; None where no population is attached."""
    population = populations(area, year.text)
    return population.attached if population else None
