"""The list of all views: a new view is added here. For callers of the engine and its processes."""

from projections.engine.bitemporal import View
from projections.views.counts import VIEW as COUNTS
from projections.views.due import VIEW as DUE
from projections.views.eligibility import VIEW as ELIGIBILITY
from projections.views.occurrences import VIEW as ANNUAL_RETURN
from projections.views.spells import VIEW as SPELLS


def all_views() -> list[View]:
    """All views, always the same objects."""
    return [SPELLS, COUNTS, ELIGIBILITY, ANNUAL_RETURN, DUE]
