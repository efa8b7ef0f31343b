"""Writes the diary as an iCalendar file, with references and no names. For `tracker diary`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

if TYPE_CHECKING:
    from tracker.domain.answers.list_shapes import DiaryLine


def calendar(rows: Sequence[DiaryLine], at: datetime) -> bytes:
    """An iCalendar file (RFC 5545) with an all-day event for each deadline, stamped `at`.

    The same rows and moment give the same bytes.
    """
    file = Calendar()
    file.add("prodid", "-//MAPPA tracker//diary//EN")
    file.add("version", "2.0")
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
        file.add_component(event)
    return bytes(file.to_ical())
