"""Every view there is: adding one adds a line here. For the engine's processes and callers."""

from projections.engine.bitemporal import View
from projections.views.counts import VIEW as COUNTS
from projections.views.due import VIEW as DUE
from projections.views.eligibility import VIEW as ELIGIBILITY
from projections.views.occurrences import VIEW as ANNUAL_RETURN
from projections.views.spells import VIEW as SPELLS


def all_views() -> list[View]:
    """The registry of views: one of each."""
    return [SPELLS, COUNTS, ELIGIBILITY, ANNUAL_RETURN, DUE]
