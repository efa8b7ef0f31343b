"""Corrections in a file: which entries are voided, which are set right, and which halves belong.

Called by `importing`. A void and the right fact are recorded together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tracker.domain.errors import Refused
from tracker.domain.facts import PREFIX, EntryVoided
from tracker.domain.open_json import JsonObject
from tracker.domain.record.entry import Entry, voids
from tracker.intake.cloudevents import parse_event, parse_json
from tracker.intake.lines import Unreadable, numbered, opened

VOIDED = EntryVoided.TYPE.removeprefix(PREFIX).encode()


@dataclass(slots=True)
class Corrections:
    """What the first pass found: entries voided, entries with a right fact, and of these the ones
    whose right fact is not even a fact, so that their void may not stand alone."""

    voided: set[str] = field(default_factory=set)
    corrected: set[str] = field(default_factory=set)
    doomed: set[str] = field(default_factory=set)


def find_corrections(path: Path, now: datetime) -> Corrections:
    """The corrections of a file; what cannot be read is left to the import proper to tell."""
    found = Corrections()
    with opened(path) as stream:
        try:
            for _, line in numbered(stream):
                # Either word may hide behind an escape.
                if line and (VOIDED in line or b'"corrects"' in line or b"\\u" in line):
                    _note_correction(found, line, now)
        except Unreadable:
            pass  # The import proper meets it again and says where.
    return found


def _note_correction(found: Corrections, line: bytes, now: datetime) -> None:
    try:
        event = parse_json(line)
    except Refused:
        return
    try:
        entry = parse_event(event).entry(now, 0)
    except Refused:
        target = _target_of_broken(event)
        if target is not None:
            found.corrected.add(target)
            found.doomed.add(target)
        return
    target = voids(entry)
    if target is not None:
        found.voided.add(target)
    elif entry.fact.corrects is not None:
        found.corrected.add(f"{entry.source} {entry.fact.corrects}")


def _target_of_broken(event: JsonObject) -> str | None:
    data = event.get("data")
    corrects = data.get("corrects") if isinstance(data, dict) else None
    return f"{event.get('source')} {corrects}" if isinstance(corrects, str) else None


def half_of(entry: Entry) -> str | None:
    """The name of the entry that this one voids or sets right, if it is half of a correction."""
    target = voids(entry)
    if target is None and entry.fact.corrects is not None:
        target = f"{entry.source} {entry.fact.corrects}"
    return target
