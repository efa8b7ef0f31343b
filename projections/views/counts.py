"""The view of counts: runs of days with one area, location, category and level, for each person.

Read by `returns.counted_people` (contract, section 4, rows 1 and 2).
"""

from __future__ import annotations

from projections.engine.bitemporal import HistoryTable, Row, View
from projections.engine.day_numbers import day, end
from tracker.domain.meaning.timeline import Timeline

COLUMNS = {
    "area": "{TEXT} NOT NULL",
    "location": "{TEXT} NOT NULL",
    "category": "INTEGER NOT NULL",
    "level": "INTEGER",
    "start": "INTEGER NOT NULL",
    "until": "INTEGER NOT NULL",
}


def _row(run: Row) -> Row:
    *value, start, until = run
    return (*value, day(start), end(until))


STANDING = HistoryTable(
    "view_standing",
    COLUMNS,
    lambda t: (t.counted,),
    lambda t: (t.counted,),
    _row,
    (
        # covers a count of all areas
        "(level, category, start, until, known_from, known_until) WHERE location='community'",
        "(area, start, until, known_from, known_until, location, category, level)",
    ),
)
VIEW = View("counts", 3, [STANDING], [Timeline.counted])
