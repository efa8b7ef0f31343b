"""The diary: what is overdue and what falls due, for the people an area manages on a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from projections.records import records
from projections.spells import managed_by
from tracker.domain import answers
from tracker.domain.law.clocks import deadlines
from tracker.domain.law.tables import Law
from tracker.domain.timeline import timeline
from tracker.store.database import Cursor
from tracker.store.log import Log


def diary(
    log: Log, c: Cursor, law: Law, area: str | None, on: date, until: date, known_at: datetime
) -> list[dict[str, Any]]:
    """Every deadline outstanding on a day and due by `until`, oldest first."""
    found: list[dict[str, Any]] = []
    managed = dict(managed_by(c, area, on, known_at))
    for subject, entries in records(c, log.decoder().entry, list(managed)):
        t, where = timeline(subject, entries, law, known_at), managed[subject]
        for d in deadlines(t, on) if t else ():
            if d.due_on <= until:
                found.append(
                    {"subject": subject, "area": where, **answers.deadline(d),
                     "overdue": d.due_on < on}
                )  # fmt: skip
    found.sort(key=lambda d: (d["due_on"], d["subject"], d["what"], d.get("ref", "")))
    return found
