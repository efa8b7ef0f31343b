"""The days on which a meeting was held about each person: a table of the view of spells.

That view reads every type of fact anyway, so no other view has to. For `return_findings`.
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


def without_meeting(
    c: Cursor, people: Sequence[tuple[str, int]], start: date, last: date, known_at: datetime
) -> list[Row]:
    """(subject, first day of the level, its entries as JSON) of people without a meeting.

    `people` are (subject, ordinal of a day at the level). Only meetings from `start` to `last`
    inclusive count. Ordered by subject.
    """
    at = instant(known_at)
    c.execute(
        f"SELECT s.subject, s.start, s.entries FROM {c.each} AS wanted CROSS JOIN view_spells s"
        " WHERE s.subject=wanted.value->>0 AND s.track='level'"
        " AND s.start<=CAST(wanted.value->>1 AS INTEGER)"
        " AND s.until>CAST(wanted.value->>1 AS INTEGER) AND s.known_from<=? AND s.known_until>?"
        " AND NOT EXISTS (SELECT 1 FROM view_meetings m WHERE m.subject=s.subject AND m.held>=?"
        " AND m.held<=? AND m.known_from<=? AND m.known_until>?) ORDER BY s.subject",
        (json.dumps(people), at, at, day(start), day(last), at, at),
    )
    return c.fetchall()
