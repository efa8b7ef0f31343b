"""Writes the diary as an iCalendar file, with references and no names. For `tracker diary`."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

if TYPE_CHECKING:
    from tracker.domain.answers.list_shapes import DiaryLine

_OURS = uuid.uuid5(uuid.NAMESPACE_URL, "tag:mappa-tracker,2026:diary")
# A person has one of these at a time, whichever ground, notification or meeting it comes from.
_ONE_A_PERSON = frozenset({"notification_ends", "periodic_notification", "review_qualifying"})


def calendar(rows: Sequence[DiaryLine], at: datetime) -> bytes:
    """An iCalendar file (RFC 5545) with an all-day event for each deadline, stamped `at`.

    The same rows and moment give the same bytes. A deadline keeps its UID when it moves; as its
    stamp is later, a calendar that has the earlier file moves the event.
    """
    file = Calendar()
    file.add("prodid", "-//MAPPA tracker//diary//EN")
    file.add("version", "2.0")
    for row, uid in zip(rows, _uids(rows), strict=True):
        due = date.fromisoformat(row["due_on"])
        event = Event()
        event.add("uid", uid)
        event.add("dtstamp", at)
        event.add("dtstart", due)
        event.add("dtend", due + timedelta(days=1))
        event.add("summary", f"{row['subject']}: {row['what'].replace('_', ' ')}")
        event.add("description", f"{row['rule']}; area {row['area']}")
        file.add_component(event)
    return bytes(file.to_ical())


def _uids(rows: Sequence[DiaryLine]) -> Iterator[str]:
    """The UID of each row: from person, kind and reference, never from the day, which may move.

    It is a hash, as RFC 7986 advises, and short whatever the reference.
    """
    before: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        ref = "" if row["what"] in _ONE_A_PERSON else row.get("ref", "")
        key = row["subject"], row["what"], ref
        before[key] += 1  # an action 1/A of meeting M and A of M/1 have the same reference
        yield f"{uuid.uuid5(_OURS, json.dumps([*key, before[key]]))}@mappa-tracker"
