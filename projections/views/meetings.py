"""The days on which a meeting was held about each person. A table of the view of spells.

That view reads every fact already: no other has to take meetings in. For `return_findings`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from projections.engine.bitemporal import HistoryTable, Row
from projections.engine.day_numbers import day, instant
from tracker.store.database.interface import Cursor

MEETINGS = HistoryTable(
    "view_meetings",
    {"held": "INTEGER NOT NULL"},
    lambda t: (t.meetings,),
    lambda t: (t.meetings,),
    lambda on: (day(on),),
)


def not_met(
    c: Cursor, people: Sequence[tuple[str, int]], start: date, last: date, known_at: datetime
) -> list[Row]:
    """(subject, first day of the level, its entries as JSON) of those without a meeting in a time.

    `people` are subjects, each with a day on which a level is held, as a number; the time is from
    `start` to `last`. By subject.
    """
    at = instant(known_at)
    c.execute(
        f"SELECT s.subject, s.start, s.entries FROM {c.each} AS given CROSS JOIN view_spells s"
        " WHERE s.subject=given.value->>0 AND s.track='level'"
        " AND s.start<=CAST(given.value->>1 AS INTEGER)"
        " AND s.until>CAST(given.value->>1 AS INTEGER) AND s.known_from<=? AND s.known_until>?"
        " AND NOT EXISTS (SELECT 1 FROM view_meetings m WHERE m.subject=s.subject AND m.held>=?"
        " AND m.held<=? AND m.known_from<=? AND m.known_until>?) ORDER BY s.subject",
        (json.dumps(people), at, at, day(start), day(last), at, at),
    )
    return c.fetchall()
