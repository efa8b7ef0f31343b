"""The view of spells: every spell of every individual, any day as known at any moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from projections.engine.bitemporal import Row, Table, View
from projections.engine.day_numbers import END, HOLDS, KNOWN, day, end, instant, iso, listed
from projections.views.meetings import MEETINGS
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.spells import Spell
from tracker.store.database.interface import Cursor

COLUMNS = {
    "track": "{TEXT} NOT NULL",
    "value": "{TEXT} NOT NULL",
    "ref": "{TEXT} NOT NULL",
    "start": "INTEGER NOT NULL",
    "until": "INTEGER NOT NULL",
    "rule": "{TEXT}",
    "entries": "{TEXT} NOT NULL",
    "indefinite": "INTEGER NOT NULL",
}


def _row(s: Spell) -> Row:
    return (
        s.track, s.value, s.ref, day(s.start), end(s.until), s.rule,
        listed(s.entries), int(s.indefinite),
    )  # fmt: skip


SPELLS = Table(
    "view_spells",
    COLUMNS,
    lambda t: (t.spell_groups,),
    lambda t: t.spell_groups.values(),
    _row,
    (
        "(value, start, until, known_from, known_until, subject) WHERE track='area'",
        "(subject, known_from, known_until, start, until, value, ref, entries)"
        " WHERE track='finding'",
        # what ends on a day, and what is to be looked at, of everybody, as now known
        f"(until, track, subject) WHERE track IN ('order','notification') AND known_until={END}",
        f"(start, until, subject) WHERE track='finding' AND known_until={END}",
    ),
)
VIEW = View("spells", 4, [SPELLS, MEETINGS], [Timeline.spell_groups, Timeline.meetings])


def holding(c: Cursor, subject: str, on: date, known_at: datetime) -> list[dict[str, Any]]:
    """The spells of one individual that hold on a day, as known at a moment."""
    c.execute(
        f"SELECT {', '.join(COLUMNS)} FROM view_spells"
        f" WHERE subject=:subject AND {HOLDS} AND {KNOWN} ORDER BY track, start, ref",
        {"subject": subject, "on": day(on), "known": instant(known_at)},
    )
    return [_shape(row) for row in c.fetchall()]


def _shape(row: Row) -> dict[str, Any]:
    found = dict(zip(COLUMNS, row, strict=True))
    return found | {"start": iso(found["start"]), "until": iso(found["until"])}


def managed_by(c: Cursor, area: str | None, on: date, known_at: datetime) -> list[tuple[str, str]]:
    """(subject, area) of the people an area, or any, manages on a day, by subject."""
    where = "value=:area AND" if area is not None else ""
    c.execute(
        f"SELECT subject, value FROM view_spells WHERE track='area' AND {where} {HOLDS} AND {KNOWN}"
        " ORDER BY subject",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return [(row[0], row[1]) for row in c.fetchall()]


def findings(c: Cursor, area: str, on: date, known_at: datetime) -> list[dict[str, Any]]:
    """The findings live on a day about the people an area manages that day, by subject."""
    c.execute(
        "SELECT s.subject, s.value, s.ref, s.start, s.entries FROM view_spells a"
        " CROSS JOIN view_spells s WHERE a.track='area' AND a.value=:area"
        f" AND {_aliased('a')} AND s.subject=a.subject AND s.track='finding' AND {_aliased('s')}"
        " ORDER BY s.subject, s.value, s.ref",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return [
        {"finding": v, "subject": s, "ref": r or None, "from": iso(f), "entries": json.loads(e)}
        for s, v, r, f, e in c.fetchall()
    ]


def areas_of(c: Cursor, subjects: Sequence[str], on: date) -> dict[str, str]:
    """The area that manages each of some people on a day, as now known."""
    c.execute(
        f"SELECT s.subject, s.value FROM {c.each} AS given CROSS JOIN view_spells s"
        " WHERE s.subject=given.value->>0 AND s.track='area' AND s.start<=? AND s.until>?"
        f" AND s.known_until={END}",
        (json.dumps([(subject,) for subject in subjects]), day(on), day(on)),
    )
    return {row[0]: row[1] for row in c.fetchall()}


def ended(c: Cursor, on: date) -> list[dict[str, Any]]:
    """The orders and grounds of notification whose first day without them is a day, as now known.

    Of a ground, whether the person is still subject by another one.
    """
    c.execute(
        "SELECT e.subject, e.track, e.value, e.ref, e.rule,"
        " EXISTS (SELECT 1 FROM view_spells o WHERE o.subject=e.subject AND o.track=e.track"
        f" AND o.start<=:on AND o.until>:on AND o.known_until={END})"
        " FROM view_spells e WHERE e.until=:on AND e.track IN ('order','notification')"
        f" AND e.known_until={END} ORDER BY e.subject, e.track, e.ref",
        {"on": day(on)},
    )
    names = ("subject", "track", "value", "ref", "rule", "still")
    return [dict(zip(names, row, strict=True)) for row in c.fetchall()]


def to_look_at(c: Cursor, on: date) -> list[dict[str, Any]]:
    """The findings live on a day about anybody, as now known."""
    c.execute(
        "SELECT subject, value, ref, start FROM view_spells WHERE track='finding'"
        f" AND {HOLDS} AND known_until={END} ORDER BY subject, value, ref",
        {"on": day(on)},
    )
    return [
        {"subject": s, "finding": v, "ref": r, "from": date.fromordinal(f)}
        for s, v, r, f in c.fetchall()
    ]


def _aliased(alias: str) -> str:
    return (
        f"{alias}.start<=:on AND {alias}.until>:on"
        f" AND {alias}.known_from<=:known AND {alias}.known_until>:known"
    )
