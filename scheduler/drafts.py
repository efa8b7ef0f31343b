"""The year-end jobs: compute a draft return of every area on 1 April, and then every week.

Desks get a line for what changed since the last draft, and why. Listed in `jobs`.
"""

from __future__ import annotations

from datetime import datetime

from projections.returns.trend import year_beginning_in, year_containing
from projections.returns.years import Year
from scheduler import year_end
from scheduler.items import Item, queue_items
from scheduler.work import Counts, Work
from tracker.intake.return_records import frozen_versions


def at_year_end(work: Work) -> Counts:
    """The job of 1 April: drafts the year that has just ended, as known at the end of 31 March."""
    year = latest_full_year(work)
    return _draft(work, year, year_end.end_of_year(year))


def weekly(work: Work) -> Counts:
    """The weekly job: drafts that year as now known, for every area that has not frozen it."""
    return _draft(work, latest_full_year(work), work.intended)


def latest_full_year(work: Work) -> Year:
    """The latest reporting year that had ended by the day of the run."""
    return year_beginning_in(year_containing(work.day).start.year - 1)


def _draft(work: Work, year: Year, known_at: datetime) -> Counts:
    app = work.app

    def frozen(area: str, year_: str) -> bool:
        return bool(frozen_versions(app.log, area, year_))

    drafted = year_end.draft_returns(
        app.log, work.engine, app.law, year, known_at, app.areas, app.populations,
        app.settings.report, work.check_stop, frozen,
    )  # fmt: skip
    items = [
        Item(f"draft:{year.text}:{known_at.isoformat()}:{area}:{n}", area, "year_end", "", line)
        for area, lines in drafted.changed.items()
        for n, line in enumerate(lines)
    ]
    with work.database.working() as c:
        queued = queue_items(c, items, work.now())
    return {"areas": drafted.areas, "frozen": drafted.frozen, "changed": len(drafted.changed),
            "told": queued}  # fmt: skip
