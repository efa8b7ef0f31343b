"""The view of spells: every spell of every individual, any day as known at any moment."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from projections.bitemporal import Row, Table, View
from projections.typed import HOLDS, KNOWN, day, end, instant, iso, listed
from tracker.domain.spells import Spell
from tracker.domain.timeline import Timeline
from tracker.store.database import Cursor

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
    ),
)
VIEW = View("spells", 2, [SPELLS], [Timeline.spell_groups])


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


def _aliased(alias: str) -> str:
    return (
        f"{alias}.start<=:on AND {alias}.until>:on"
        f" AND {alias}.known_from<=:known AND {alias}.known_until>:known"
    )
