"""The view of spells: every spell of every individual, any day as known at any moment."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from projections.bitemporal import HOLDS, KNOWN, Bitemporal, BitemporalView, Row, day, instant
from tracker.domain.timeline import Timeline

COLUMNS = ("track", "value", "ref", "start", "until", "rule", "entries", "indefinite")


def _rows(t: Timeline) -> list[Row]:
    return [
        (s.track, s.value, s.ref, day(s.start), day(s.until), s.rule,
         json.dumps(s.entries), int(s.indefinite))
        for s in t.spells
    ]  # fmt: skip


class Spells(BitemporalView):
    name = "spells"
    version = 1
    parts = (Bitemporal("view_spells", COLUMNS, _rows, ("track, start",)),)


def holding(c: Any, subject: str, on: date, known_at: datetime) -> list[dict[str, Any]]:
    """The spells of one individual that hold on a day, as known at a moment."""
    c.execute(
        f"SELECT {', '.join(COLUMNS)} FROM view_spells"
        f" WHERE subject=:subject AND {HOLDS} AND {KNOWN} ORDER BY track, start, ref",
        {"subject": subject, "on": day(on), "known": instant(known_at)},
    )
    return [dict(zip(COLUMNS, row, strict=True)) for row in c.fetchall()]


def findings(c: Any, area: str, on: date, known_at: datetime) -> list[dict[str, Any]]:
    """The findings live on a day about the people an area manages that day, by subject."""
    c.execute(
        "SELECT s.subject, s.value, s.ref, s.start, s.entries FROM view_spells s"
        " CROSS JOIN view_spells a ON a.subject=s.subject AND a.track='area' AND a.value=:area"
        f" AND {_aliased('a')} WHERE s.track='finding' AND {_aliased('s')}"
        " ORDER BY s.subject, s.value, s.ref",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return [
        {"finding": v, "subject": s, "ref": r or None, "from": f, "entries": json.loads(e)}
        for s, v, r, f, e in map(tuple, c.fetchall())
    ]


def _aliased(alias: str) -> str:
    return (
        f"{alias}.start<=:on AND ({alias}.until IS NULL OR {alias}.until>:on)"
        f" AND {alias}.known_from<=:known"
        f" AND ({alias}.known_until IS NULL OR {alias}.known_until>:known)"
    )
