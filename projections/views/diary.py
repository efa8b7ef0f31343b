"""The diary: what is overdue and what falls due, for the people an area manages on a day.

It reads the view of what falls due. People with an entry that acts after the day, or was recorded
after the moment, are folded from the log instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.engine import registry
from projections.engine.day_numbers import day, instant
from projections.engine.records import records
from projections.views import due
from tracker.domain.answers import show as answers
from tracker.domain.law.tables import Law
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import timeline
from tracker.store.agreement_check import MIXED, check
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

if TYPE_CHECKING:
    from tracker.domain.answers.list_shapes import DiaryLine

Areas = dict[str, str]  # by subject


def diary(
    log: Log, c: Cursor, law: Law, area: str | None, on: date, until: date, known_at: datetime
) -> list[DiaryLine]:
    """Every deadline outstanding on a day and due by `until`, by date; `area` None: all areas.

    Raises Disagreement if people have to be folded under another law than the views' own.
    """
    states = registry.read(c, log.database.kind)
    registry.refuse_stopped(states, ("spells", "due"))
    known = instant(known_at)
    more_was_recorded = known < states["due"].latest
    rows = due.due(c, area, on, until, recorded_by=known if more_was_recorded else None)
    lines = [_line(row) for row in rows]
    if more_was_recorded or acted_after(c, on):
        to_fold = _to_fold(c, area, on, known)
        lines += _folded(log, c, law, to_fold, on, until, known_at)
    lines.sort(key=lambda d: (d["due_on"], d["subject"], d["what"], d.get("ref", "")))
    return lines


def acted_after(c: Cursor, on: date) -> bool:
    """Whether any person's last entry acts after a day."""
    c.execute("SELECT MAX(since) FROM view_present")
    return any(row[0] is not None and row[0] > day(on) for row in c.fetchall())


def _to_fold(c: Cursor, area: str | None, on: date, known: int) -> Areas:
    """People managed on a day, as known at a moment, whom the view shows with later entries."""
    where = "s.value=:area AND" if area is not None else ""
    c.execute(
        f"SELECT s.subject, s.value FROM view_spells s WHERE s.track='area' AND {where}"
        " s.start<=:on AND s.until>:on AND s.known_from<=:known AND s.known_until>:known"
        " AND NOT EXISTS (SELECT 1 FROM view_present p WHERE p.subject=s.subject"
        " AND p.known_from=0 AND p.n=0 AND p.since<=:on AND p.told<=:known)",
        {"area": area, "on": day(on), "known": known},
    )
    return {row[0]: row[1] for row in c.fetchall()}


def _folded(
    log: Log, c: Cursor, law: Law, areas: Areas, on: date, until: date, known_at: datetime
) -> Iterator[DiaryLine]:
    """The diary lines of some people, folded from their entries."""
    check(c, law, MIXED)
    for subject, entries in records(c, log.decoder().entry, list(areas)):
        t = timeline(subject, entries, law, known_at)
        for d in deadlines(t, on) if t else ():
            if d.due_on <= until:
                late, area = d.due_on < on, areas[subject]
                yield {"subject": subject, "area": area, **answers.deadline(d), "overdue": late}


def _line(row: due.DueRow) -> DiaryLine:
    line = answers.deadline_line(
        row["what"], row["due_on"], row["rule"], row.get("ref", ""), row["entries"]
    )
    subject, area, late = row["subject"], row["area"], row["overdue"]
    return {"subject": subject, "area": area, **line, "overdue": late}
