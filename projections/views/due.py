"""The view of what falls due: each person's deadlines, and area, category, level and location.

Its tables have what is known now about the days from each individual's last entry on. Their indexes
skip what has ended. Called by `diary` and the scheduler.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, zip_longest
from typing import NotRequired, TypedDict

from projections.engine.bitemporal import CurrentTable, Row, View
from projections.engine.day_numbers import FAR, day, end, json_array
from tracker.domain.dates import civil
from tracker.domain.meaning.outstanding import READS, Deadline, deadlines, turning_days
from tracker.domain.meaning.timeline import Timeline
from tracker.store.database.interface import Cursor


class DueRow(TypedDict):
    """A line of the diary, for the scheduler; here `due_on` is a date."""

    subject: str
    area: str
    what: str
    due_on: date
    rule: str
    ref: NotRequired[str]
    entries: list[str]
    overdue: bool


LEVEL_1_IN_COMMUNITY = "level=1 AND location='community'"
COLUMNS = "subject, area, what, due_on, rule, ref, entries, n"


def last_entry_day(t: Timeline) -> date:
    """The day of the last entry; after it, only the passing of time changes what is outstanding."""
    return t.entries[-1].fact.on


# --- what is outstanding --------------------------------------------------------------------------


def outstanding(t: Timeline) -> list[tuple[Deadline, date, date | None]]:
    """(deadline, first day listed, first day no longer listed) from the last entry on.

    The third is None if it stays listed.
    """
    first = last_entry_day(t)
    begun: dict[Deadline, date] = {}
    runs: list[tuple[Deadline, date, date | None]] = []
    for on in (first, *turning_days(t, first)):
        still = dict.fromkeys(deadlines(t, on), on)
        runs += [(d, begun.pop(d), on) for d in list(begun) if d not in still]
        begun = still | begun
    runs += [(d, start, None) for d, start in begun.items()]
    return sorted(runs, key=lambda run: (run[1], run[0].due_on, run[0].what, run[0].ref))


def _due(t: Timeline, _: int) -> list[Row]:
    area = t.area(last_entry_day(t))
    rows: list[Row] = []
    for d, start, until in outstanding(t):
        late = max(day(d.due_on) + 1, day(start))
        rows.append(
            (area, d.what, d.ref, day(d.due_on), d.rule, json_array(d.entries), day(start),
             end(until), late if late < end(until) else None)
        )  # fmt: skip
    return rows


def _due_inputs(t: Timeline) -> Iterator[object]:
    yield last_entry_day(t)
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
        "late": "INTEGER",  # the first day on which it is overdue; null: it never is
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
    c: Cursor, area: str | None, on: date, until: date, recorded_by: int | None = None
) -> list[DueRow]:
    """Deadlines outstanding on a day and due by `until`, as now known, by date and subject.

    `area` None: all areas. People whose last entry acts after the day are left out; so are, with
    `recorded_by` (microseconds since 1970), people with anything recorded after it.
    """
    at, by = day(on), day(until)
    ahead = f"due_on>={at} AND due_on<={by} AND start<={at} AND until>{at}"
    rows = _read_rows(c, area, on, [ahead, *_late(at)], recorded_by)
    return [one for one in rows if one["due_on"] <= until]


def overdue(c: Cursor, on: date, area: str | None = None) -> list[DueRow]:
    """Deadlines overdue on a day, as now known, by date and subject; `area` None: all areas."""
    return _read_rows(c, area, on, _late(day(on)), None)


def _late(at: int) -> list[str]:
    """SQL conditions for what is overdue on a day: without an end, and not yet ended."""
    return [f"until={FAR} AND late<={at}", f"until<{FAR} AND until>{at} AND late<={at}"]


def _read_rows(
    c: Cursor, area: str | None, on: date, where: Sequence[str], recorded_by: int | None
) -> list[DueRow]:
    """The rows that meet one of the conditions, by date, subject, `what` and `ref`."""
    areas = _areas(c) if area is None else [area]
    recorded = "" if recorded_by is None else (
        " AND EXISTS (SELECT 1 FROM view_present p WHERE p.subject=d.subject AND p.known_from=0"
        f" AND p.n=0 AND p.told<={recorded_by})"
    )  # fmt: skip
    select = (
        f"SELECT {COLUMNS} FROM view_due d WHERE area IN ({','.join('?' * len(areas)) or 'NULL'})"
    )
    c.execute(
        " UNION ALL ".join(f"{select} AND {condition}{recorded}" for condition in where),
        areas * len(where),
    )
    rows = sorted(c.fetchall(), key=lambda row: (row[3], row[0], row[2], row[5], row[7]))
    return [_shape(row, on) for row in rows]


def _areas(c: Cursor) -> list[str]:
    """The areas that have a row, found with one index lookup each."""
    c.execute(
        "WITH RECURSIVE each_area(area) AS (SELECT MIN(area) FROM view_due UNION ALL"
        " SELECT (SELECT MIN(d.area) FROM view_due d WHERE d.area>each_area.area) FROM each_area"
        " WHERE each_area.area IS NOT NULL) SELECT area FROM each_area WHERE area IS NOT NULL"
    )
    return [row[0] for row in c.fetchall()]


def _shape(row: Row, on: date) -> DueRow:
    subject, area, what, due_on, rule, ref, entries, _ = row
    due_by = date.fromordinal(due_on)
    line: DueRow = {
        "subject": subject, "area": area, "what": what, "due_on": due_by, "rule": rule,
        "entries": json.loads(entries), "overdue": due_by < on,
    }  # fmt: skip
    if ref:
        line["ref"] = ref
    return line


# --- where people stand ---------------------------------------------------------------------------


def _present(t: Timeline, recorded_at: int) -> list[Row]:
    """Runs of category and level from the day of the last entry on; there is at least one."""
    first = last_entry_day(t)
    last_entry = day(civil(max(e.recorded_at for e in t.entries)))
    area, location = t.area(first), t.location(first)
    starts = [first, *(s.start for s in t.standings if s.start > first)]
    runs = [(cell, next(days)) for cell, days in groupby(starts, lambda on: _cell(t, on))]
    rows: list[Row] = []
    for ((category, level), start), following in zip_longest(runs, runs[1:]):
        until = end(following[1] if following else None)
        last = day(first), last_entry, recorded_at
        rows.append((area, level, category, location, day(start), until, *last))
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
        "last_entry": "INTEGER NOT NULL",  # the civil day on which an entry was last recorded
        "told": "{LONG} NOT NULL",  # when anything, a void included, was last recorded
    },
    lambda t: iter([t.entries]),
    _present,
    (
        "(since)",
        f"(last_entry) WHERE {LEVEL_1_IN_COMMUNITY} AND until={FAR}",
        f"(until, last_entry) WHERE {LEVEL_1_IN_COMMUNITY} AND until<{FAR}",
    ),
)
# It reads every type of fact: any of them may be the last entry.
VIEW = View(
    "due",
    2,
    [DUE, PRESENT],
    [
        Timeline.areas, Timeline.locations, Timeline.stays, Timeline.orders, Timeline.grounds,
        Timeline.standings, Timeline.reviews, Timeline.applications, Timeline.died,
    ],
)  # fmt: skip


def silent_people(c: Cursor, on: date, before: date) -> list[tuple[str, str, date]]:
    """(subject, area, day last recorded) of people at level 1 in the community on a day.

    Only those about whom nothing was recorded from `before` on; the longest silent come first.
    """
    select = (
        "SELECT subject, area, last_entry FROM view_present"
        f" WHERE {LEVEL_1_IN_COMMUNITY} AND start<=:on AND"
    )
    c.execute(
        f"{select} until={FAR} AND last_entry<:before UNION ALL"
        f" {select} until<{FAR} AND until>:on AND last_entry<:before",
        {"on": day(on), "before": day(before)},
    )
    rows = sorted(c.fetchall(), key=lambda row: (row[2], row[0]))
    return [(row[0], row[1], date.fromordinal(row[2])) for row in rows]
