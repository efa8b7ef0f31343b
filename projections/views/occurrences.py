"""The view of occurrences: what happened on one day, for rows 3 to 8 of the annual return."""

from __future__ import annotations

from projections.engine.bitemporal import HistoryTable, Row, View
from projections.engine.day_numbers import day, json_array
from tracker.domain.meaning.occurrences import Occurrence
from tracker.domain.meaning.timeline import Timeline

COLUMNS = {
    "kind": "{TEXT} NOT NULL",
    "happened": "INTEGER NOT NULL",
    "ref": "{TEXT} NOT NULL",
    "area": "{TEXT}",
    "location": "{TEXT} NOT NULL",
    "category": "INTEGER",
    "level": "INTEGER",
    "entries": "{TEXT} NOT NULL",
}


def _row(o: Occurrence) -> Row:
    why = json_array(o.entries)
    return o.kind, day(o.on), o.ref, o.area, o.location, o.category, o.level, why


OCCURRENCES = HistoryTable(
    "view_occurrences",
    COLUMNS,
    lambda t: (t.occurrence_groups,),
    lambda t: t.occurrence_groups.values(),
    _row,
    ("(area, happened)",),
)
VIEW = View("annual_return", 4, [OCCURRENCES], [Timeline.occurrence_groups])
