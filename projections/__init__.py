"""The views: what the log says, kept ready to read, and the engine that keeps them."""

from projections.engine.bitemporal import View
from projections.engine.engine import Engine
from projections.views.counts import VIEW as COUNTS
from projections.views.due import VIEW as DUE
from projections.views.eligibility import VIEW as ELIGIBILITY
from projections.views.occurrences import VIEW as ANNUAL_RETURN
from projections.views.spells import VIEW as SPELLS


def all_views() -> list[View]:
    """The registry of views: one of each."""
    return [SPELLS, COUNTS, ELIGIBILITY, ANNUAL_RETURN, DUE]


__all__ = ["Engine", "View", "all_views"]
