"""The view of what falls due: what is outstanding on any day to come, and where people stand.

Its tables hold what is known now, of the days from each individual's last entry on; their indexes
lead to what is outstanding, whatever has ended. Called by `diary` and the scheduler.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, zip_longest
from typing import NotRequired, TypedDict

from projections.engine.bitemporal import CurrentTable, Row, View
from projections.engine.day_numbers import FAR, day, end, listed
from tracker.domain.dates import civil
from tracker.domain.meaning.outstanding import READS, Deadline, deadlines, turning_days
from tracker.domain.meaning.timeline import Timeline
from tracker.store.database.interface import Cursor


class DueRow(TypedDict):
    """A line of the diary as the scheduler reads it: `due_on` is a date."""

    subject: str
    area: str
    what: str
    due_on: date
    rule: str
    ref: NotRequired[str]
    entries: list[str]
    overdue: bool


QUIET = "level=1 AND location='community'"
SHOWN = "subject, area, what, due_on, rule, ref, entries, n"


def since(t: Timeline) -> date:
    """The day of the last entry: from it on, what is outstanding changes by time alone."""
    return t.entries[-1].fact.on


# --- what is outstanding --------------------------------------------------------------------------


def outstanding(t: Timeline) -> list[tuple[Deadline, date, date | None]]:
    """Each deadline with the run of days from the last entry on on which it is listed."""
    first = since(t)
    begun: dict[Deadline, date] = {}
    found: list[tuple[Deadline, date, date | None]] = []
    for on in (first, *turning_days(t, first)):
        still = dict.fromkeys(deadlines(t, on), on)
        found += [(d, begun.pop(d), on) for d in list(begun) if d not in still]
        begun = still | begun
    found += [(d, start, None) for d, start in begun.items()]
    return sorted(found, key=lambda run: (run[1], run[0].due_on, run[0].what, run[0].ref))


def _due(t: Timeline, _: int) -> list[Row]:
    area = t.area(since(t))
    rows: list[Row] = []
    for d, start, until in outstanding(t):
        late = max(day(d.due_on) + 1, day(start))
        rows.append(
            (area, d.what, d.ref, day(d.due_on), d.rule, listed(d.entries), day(start), end(until),
             late if late < end(until) else None)
        )  # fmt: skip
    return rows


def _due_inputs(t: Timeline) -> Iterator[object]:
    yield since(t)
    yield from (t.areas, t.locations, t.stays, t.standings, t.grounds, t.orders, t.reviews, t.died)
    yield from (e for e in t.entries if type(e.fact) in READS)


DUE = CurrentTable(
    "view_due",
    {
        "area": "{TEXT} NOT NULL",
        "what": "{TEXT} NOT NULL",
        "ref": "{TEXT} NOT NULL",
        "due_on": "INTEGER NOT NULL",
        "rule": "{TEXT} NOT NULL",
        "entries": "{TEXT} NOT NULL",
        "start": "INTEGER NOT NULL",
        "until": "INTEGER NOT NULL",
        "late": "INTEGER",  # the first day on which it is overdue; null: it passes with its day
    },
    _due_inputs,
    _due,
    (
        "(area, due_on)",
        f"(area, late) WHERE until={FAR}",
        f"(area, until, late) WHERE until<{FAR} AND late IS NOT NULL",
    ),
)


def due(
    c: Cursor, area: str | None, on: date, until: date, told_by: int | None = None
) -> list[DueRow]:
    """What is outstanding on a day and due by `until`, of an area or of all, by date and subject.

    The keys are those of `diary`, `due_on` is a date. As now known, of everybody whose last entry
    acts on or before the day; `told_by` (microseconds since 1970) leaves out those of whom more was
    recorded after it.
    """
    at, by = day(on), day(until)
    ahead = f"due_on>={at} AND due_on<={by} AND start<={at} AND until>{at}"
    found = _listed(c, area, on, [ahead, *_late(at)], told_by)
    return [one for one in found if one["due_on"] <= until]


def overdue(c: Cursor, on: date, area: str | None = None) -> list[DueRow]:
    """What is overdue on a day: as `due`."""
    return _listed(c, area, on, _late(day(on)), None)


def _late(at: int) -> list[str]:
    """What is overdue on a day: of what has no end, and of what has one and has not ended."""
    return [f"until={FAR} AND late<={at}", f"until<{FAR} AND until>{at} AND late<={at}"]


def _listed(
    c: Cursor, area: str | None, on: date, where: Sequence[str], told_by: int | None
) -> list[DueRow]:
    """What is found in one of some ways, by date, subject, what it is and of what."""
    areas = _areas(c) if area is None else [area]
    told = "" if told_by is None else (
        " AND EXISTS (SELECT 1 FROM view_present p WHERE p.subject=d.subject AND p.known_from=0"
        f" AND p.n=0 AND p.told<={told_by})"
    )  # fmt: skip
    of = f"SELECT {SHOWN} FROM view_due d WHERE area IN ({','.join('?' * len(areas)) or 'NULL'})"
    c.execute(" UNION ALL ".join(f"{of} AND {way}{told}" for way in where), areas * len(where))
    rows = sorted(c.fetchall(), key=lambda row: (row[3], row[0], row[2], row[5], row[7]))
    return [_shape(row, on) for row in rows]


def _areas(c: Cursor) -> list[str]:
    """The areas of which there is a row: one look into an index each."""
    c.execute(
        "WITH RECURSIVE each_area(area) AS (SELECT MIN(area) FROM view_due UNION ALL"
        " SELECT (SELECT MIN(d.area) FROM view_due d WHERE d.area>each_area.area) FROM each_area"
        " WHERE each_area.area IS NOT NULL) SELECT area FROM each_area WHERE area IS NOT NULL"
    )
    return [row[0] for row in c.fetchall()]


def _shape(row: Row, on: date) -> DueRow:
    subject, area, what, due_on, rule, ref, entries, _ = row
    due_by = date.fromordinal(due_on)
    found: DueRow = {
        "subject": subject, "area": area, "what": what, "due_on": due_by, "rule": rule,
        "entries": json.loads(entries), "overdue": due_by < on,
    }  # fmt: skip
    if ref:
        found["ref"] = ref
    return found


# --- where people stand ---------------------------------------------------------------------------


def _present(t: Timeline, told: int) -> list[Row]:
    """Runs of category and level from the day of the last entry on; there is always one."""
    first = since(t)
    last_entry = day(civil(max(e.recorded_at for e in t.entries)))
    area, location = t.area(first), t.location(first)
    starts = [first, *(s.start for s in t.standings if s.start > first)]
    runs = [(cell, next(days)) for cell, days in groupby(starts, lambda on: _cell(t, on))]
    rows: list[Row] = []
    for ((category, level), start), following in zip_longest(runs, runs[1:]):
        until = end(following[1] if following else None)
        rows.append(
            (area, level, category, location, day(start), until, day(first), last_entry, told)
        )
    return rows


def _cell(t: Timeline, on: date) -> tuple[int | None, int | None]:
    standing = t.standing(on)
    return (standing.category, standing.level) if standing else (None, None)


PRESENT = CurrentTable(
    "view_present",
    {
        "area": "{TEXT} NOT NULL",
        "level": "INTEGER",
        "category": "INTEGER",
        "location": "{TEXT} NOT NULL",
        "start": "INTEGER NOT NULL",
        "until": "INTEGER NOT NULL",
        "since": "INTEGER NOT NULL",
        "last_entry": "INTEGER NOT NULL",  # the civil day on which it was recorded
        "told": "{LONG} NOT NULL",  # the moment of the last record, a void among them
    },
    lambda t: iter([t.entries]),
    _present,
    (
        "(since)",
        f"(last_entry) WHERE {QUIET} AND until={FAR}",
        f"(until, last_entry) WHERE {QUIET} AND until<{FAR}",
    ),
)
# It skips no fact: the last entry may be of any type.
VIEW = View(
    "due",
    1,
    [DUE, PRESENT],
    [
        Timeline.areas, Timeline.locations, Timeline.stays, Timeline.orders, Timeline.grounds,
        Timeline.standings, Timeline.reviews, Timeline.applications, Timeline.died,
    ],
)  # fmt: skip


def silent(c: Cursor, on: date, before: date) -> list[tuple[str, str, date]]:
    """(subject, area, day of the last entry) of those at level 1 in the community on a day of whom
    nothing was recorded from `before` on, longest first.
    """
    of = f"SELECT subject, area, last_entry FROM view_present WHERE {QUIET} AND start<=:on AND"
    c.execute(
        f"{of} until={FAR} AND last_entry<:before UNION ALL"
        f" {of} until<{FAR} AND until>:on AND last_entry<:before",
        {"on": day(on), "before": day(before)},
    )
    rows = sorted(c.fetchall(), key=lambda row: (row[2], row[0]))
    return [(row[0], row[1], date.fromordinal(row[2])) for row in rows]
