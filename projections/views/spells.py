"""The view of spells: every spell of every individual, for any day as known at any moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from projections.engine.bitemporal import HistoryTable, Row, View
from projections.engine.day_numbers import END, KNOWN, ON_DAY, day, end, instant, iso, json_array
from projections.views.meetings import MEETINGS
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.spells import Spell
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import ReturnFinding

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


class SpellOnDay(TypedDict):
    """A spell that applies on a day, with days as YYYY-MM-DD."""

    track: str
    value: str
    ref: str
    start: str
    until: str | None
    rule: str | None
    entries: list[str]


class EndedSpell(NamedTuple):
    """An order or a ground of notification that ended.

    `still`: whether another order, or another ground, of the person goes on.
    """

    subject: str
    track: str
    value: str
    ref: str
    rule: str
    still: bool


class LiveFinding(NamedTuple):
    """A finding that is live, and since when."""

    subject: str
    finding: str
    ref: str
    start: date


def _row(s: Spell) -> Row:
    return (
        s.track, s.value, s.ref, day(s.start), end(s.until), s.rule,
        json_array(s.entries), int(s.indefinite),
    )  # fmt: skip


SPELLS = HistoryTable(
    "view_spells",
    COLUMNS,
    lambda t: (t.spell_groups,),
    lambda t: t.spell_groups.values(),
    _row,
    (
        "(value, start, until, known_from, known_until, subject) WHERE track='area'",
        "(subject, known_from, known_until, start, until, value, ref, entries)"
        " WHERE track='finding'",
        # as now known, about everybody: what ends on a day, and live findings
        f"(until, track, subject) WHERE track IN ('order','notification') AND known_until={END}",
        f"(start, until, subject) WHERE track='finding' AND known_until={END}",
    ),
)
VIEW = View("spells", 5, [SPELLS, MEETINGS], [Timeline.spell_groups, Timeline.meetings])


def spells_on(c: Cursor, subject: str, on: date, known_at: datetime) -> list[SpellOnDay]:
    """The spells of one individual that apply on a day, as known at a moment."""
    c.execute(
        f"SELECT {', '.join(COLUMNS)} FROM view_spells"
        f" WHERE subject=:subject AND {ON_DAY} AND {KNOWN} ORDER BY track, start, ref",
        {"subject": subject, "on": day(on), "known": instant(known_at)},
    )
    return [
        {"track": track, "value": value, "ref": ref, "start": date.fromordinal(start).isoformat(),
         "until": iso(until), "rule": rule, "entries": json.loads(entries)}
        for track, value, ref, start, until, rule, entries, _ in c.fetchall()
    ]  # fmt: skip


def managed_by(c: Cursor, area: str | None, on: date, known_at: datetime) -> list[tuple[str, str]]:
    """(subject, area) of the people managed on a day, by subject; `area` None: by any area."""
    where = "value=:area AND" if area is not None else ""
    c.execute(
        "SELECT subject, value FROM view_spells"
        f" WHERE track='area' AND {where} {ON_DAY} AND {KNOWN} ORDER BY subject",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return [(row[0], row[1]) for row in c.fetchall()]


def findings(c: Cursor, area: str, on: date, known_at: datetime) -> list[ReturnFinding]:
    """The findings live on a day about the people an area manages on that day, by subject."""
    c.execute(
        "SELECT s.subject, s.value, s.ref, s.start, s.entries FROM view_spells a"
        " CROSS JOIN view_spells s WHERE a.track='area' AND a.value=:area"
        f" AND {_applies('a')} AND s.subject=a.subject AND s.track='finding' AND {_applies('s')}"
        " ORDER BY s.subject, s.value, s.ref",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    return [
        {"finding": finding, "subject": subject, "ref": ref or None,
         "from": date.fromordinal(start).isoformat(), "entries": json.loads(entries)}
        for subject, finding, ref, start, entries in c.fetchall()
    ]  # fmt: skip


def areas_of(c: Cursor, subjects: Sequence[str], on: date) -> dict[str, str]:
    """By subject, the area that manages them on a day, as now known; others are left out."""
    c.execute(
        f"SELECT s.subject, s.value FROM {c.each} AS wanted CROSS JOIN view_spells s"
        " WHERE s.subject=wanted.value->>0 AND s.track='area' AND s.start<=? AND s.until>?"
        f" AND s.known_until={END}",
        (json.dumps([(subject,) for subject in subjects]), day(on), day(on)),
    )
    return {row[0]: row[1] for row in c.fetchall()}


def ended(c: Cursor, on: date) -> list[EndedSpell]:
    """The orders and grounds of notification that ended the day before, as now known.

    `on` is the first day without them.
    """
    c.execute(
        "SELECT e.subject, e.track, e.value, e.ref, e.rule,"
        " EXISTS (SELECT 1 FROM view_spells o WHERE o.subject=e.subject AND o.track=e.track"
        f" AND o.start<=:on AND o.until>:on AND o.known_until={END})"
        " FROM view_spells e WHERE e.until=:on AND e.track IN ('order','notification')"
        f" AND e.known_until={END} ORDER BY e.subject, e.track, e.ref",
        {"on": day(on)},
    )
    return [
        EndedSpell(subject, track, value, ref, rule, bool(still))
        for subject, track, value, ref, rule, still in c.fetchall()
    ]


def live_findings(c: Cursor, on: date) -> list[LiveFinding]:
    """All findings live on a day, as now known."""
    c.execute(
        "SELECT subject, value, ref, start FROM view_spells WHERE track='finding'"
        f" AND {ON_DAY} AND known_until={END} ORDER BY subject, value, ref",
        {"on": day(on)},
    )
    return [
        LiveFinding(subject, finding, ref, date.fromordinal(start))
        for subject, finding, ref, start in c.fetchall()
    ]


def _applies(alias: str) -> str:
    return (
        f"{alias}.start<=:on AND {alias}.until>:on"
        f" AND {alias}.known_from<=:known AND {alias}.known_until>:known"
    )
