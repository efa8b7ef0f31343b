"""The diary as an iCalendar file: one all-day event a deadline, references and no names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

if TYPE_CHECKING:
    from tracker.domain.answers.list_shapes import DiaryLine


def calendar(rows: Sequence[DiaryLine], at: datetime) -> bytes:
    """An iCalendar file (RFC 5545) of diary rows; the same rows and moment give the same bytes."""
    written = Calendar()
    written.add("prodid", "-//MAPPA tracker//diary//EN")
    written.add("version", "2.0")
    for row in rows:
        due = date.fromisoformat(row["due_on"])
        event = Event()
        parts = (row["subject"], row["what"], row.get("ref", ""), row["due_on"])
        event.add("uid", "-".join(p for p in parts if p).replace("/", "-") + "@mappa-tracker")
        event.add("dtstamp", at)
        event.add("dtstart", due)
        event.add("dtend", due + timedelta(days=1))
        event.add("summary", f"{row['subject']}: {row['what'].replace('_', ' ')}")
        event.add("description", f"{row['rule']}; area {row['area']}")
        written.add_component(event)
    return bytes(written.to_ical())
