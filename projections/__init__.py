"""The views: what the log says, kept ready to read, and the engine that keeps them."""

from projections.bitemporal import View
from projections.counts import VIEW as COUNTS
from projections.due import VIEW as DUE
from projections.eligibility import VIEW as ELIGIBILITY
from projections.engine import Engine
from projections.occurrences import VIEW as ANNUAL_RETURN
from projections.spells import VIEW as SPELLS


def all_views() -> list[View]:
    """The registry of views: one of each."""
    return [SPELLS, COUNTS, ELIGIBILITY, ANNUAL_RETURN, DUE]


__all__ = ["Engine", "View", "all_views"]
