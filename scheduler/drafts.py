"""The jobs of the year end: the draft return of every area, on 1 April and then every week.

Desks are told of what changed since the last draft, and why.
"""

from __future__ import annotations

from datetime import datetime

from projections.returns.trend import beginning_in, holding
from projections.returns.years import Year
from scheduler import year_end
from scheduler.items import Item, tell
from scheduler.work import Counts, Work
from tracker.intake.return_records import held


def at_year_end(work: Work) -> Counts:
    """The job of 1 April: the year that has just ended, as known at the end of 31 March."""
    year = year_that_ended_by(work)
    return _draft(work, year, year_end.night(year))


def weekly(work: Work) -> Counts:
    """The job of every week: the same year as then known, of every area that has not frozen it."""
    return _draft(work, year_that_ended_by(work), work.intended)


def year_that_ended_by(work: Work) -> Year:
    """The last reporting year that was over on the run's day."""
    return beginning_in(holding(work.day).start.year - 1)


def _draft(work: Work, year: Year, known_at: datetime) -> Counts:
    app = work.app

    def frozen(area: str, year_: str) -> bool:
        return bool(held(app.log, area, year_))

    drafted = year_end.draft(
        app.log, work.engine, app.law, year, known_at, app.areas, app.populations,
        app.settings.report, work.go_on, frozen,
    )  # fmt: skip
    items = [
        Item(f"draft:{year.text}:{known_at.isoformat()}:{area}:{n}", area, "year_end", "", line)
        for area, lines in drafted.changed.items()
        for n, line in enumerate(lines)
    ]
    with work.database.working() as c:
        told = tell(c, items, work.now())
    return {"areas": drafted.areas, "frozen": drafted.frozen, "changed": len(drafted.changed),
            "told": told}  # fmt: skip
