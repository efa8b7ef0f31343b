"""The views: what the log says, kept ready to read, and the engine that keeps them."""

from projections.annual_return import AnnualReturn
from projections.counts import Counts
from projections.eligibility import Eligibility
from projections.engine import Engine, View
from projections.spells import Spells


def all_views() -> list[View]:
    """The registry of views: one of each."""
    return [Spells(), Counts(), Eligibility(), AnnualReturn()]


__all__ = ["Engine", "View", "all_views"]
