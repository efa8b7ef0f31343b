"""Finds the corrections in a file: pairs of a void and a right fact for the same entry.

Called by `importing`. The two halves of a correction are recorded together or not at all.
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
from tracker.intake.lines import Unreadable, numbered_lines, open_maybe_gzip

VOIDED = EntryVoided.TYPE.removeprefix(PREFIX).encode()


@dataclass(slots=True)
class Corrections:
    """The names of the entries that a file corrects.

    `voided` have a void in the file, `corrected` a right fact. Of these, `with_invalid_fact` have a
    right fact that cannot be parsed: their void must not be recorded without it.
    """

    voided: set[str] = field(default_factory=set)
    corrected: set[str] = field(default_factory=set)
    with_invalid_fact: set[str] = field(default_factory=set)


def find_corrections(path: Path, now: datetime) -> Corrections:
    """The corrections in a file. Lines that cannot be read are skipped: the import reports them.

    `now` is only a placeholder for the time of recording.
    """
    corrections = Corrections()
    with open_maybe_gzip(path) as stream:
        try:
            for _, line in numbered_lines(stream):
                # Either word may be written with escapes.
                if line and (VOIDED in line or b'"corrects"' in line or b"\\u" in line):
                    _note_correction(corrections, line, now)
        except Unreadable:
            pass  # The import itself fails at the same line and reports it.
    return corrections


def _note_correction(corrections: Corrections, line: bytes, now: datetime) -> None:
    try:
        event = parse_json(line)
    except Refused:
        return
    try:
        entry = parse_event(event).entry(now, 0)
    except Refused:
        target = _target_of_broken(event)
        if target is not None:
            corrections.corrected.add(target)
            corrections.with_invalid_fact.add(target)
        return
    target = voids(entry)
    if target is not None:
        corrections.voided.add(target)
    elif entry.fact.corrects is not None:
        corrections.corrected.add(f"{entry.source} {entry.fact.corrects}")


def _target_of_broken(event: JsonObject) -> str | None:
    data = event.get("data")
    corrects = data.get("corrects") if isinstance(data, dict) else None
    return f"{event.get('source')} {corrects}" if isinstance(corrects, str) else None


def corrected_entry(entry: Entry) -> str | None:
    """The name of the entry that this one voids or corrects; None if it does neither."""
    target = voids(entry)
    if target is None and entry.fact.corrects is not None:
        target = f"{entry.source} {entry.fact.corrects}"
    return target
