"""`tracker record`: one fact from options, or facts of one individual from standard input."""

from __future__ import annotations

import getpass
import json
import sys
import uuid
from dataclasses import dataclass
from typing import Any

import typer

from tracker.cli.context import now, opened
from tracker.cli.logs import logger
from tracker.domain.dates import LONDON, civil
from tracker.domain.errors import Refused, TrackerError
from tracker.domain.facts import PREFIX
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import Arrived, parse_event, parse_json
from tracker.intake.importing import Problem, too_long
from tracker.intake.lines import numbered

WHOLE_NUMBERS = frozenset({"category", "level", "further_years"})


@dataclass(frozen=True, slots=True)
class Given:
    """What was typed."""

    kind: str
    values: list[str]
    subject: str | None
    on: str | None
    by: str | None
    source: str
    entry_id: str | None
    corrects: str | None
    reason: str | None


def _value(key: str, text: str) -> Any:
    """What was typed after `=`: true, false, a JSON list or object, a number where one is due."""
    if text in ("true", "false") or text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            raise typer.BadParameter(f"{key}: not JSON: {text}") from None
    if key.rsplit(".", 1)[-1] in WHOLE_NUMBERS and text.isdecimal():
        return int(text)
    return text


def _data(values: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for item in values:
        key, equals, text = item.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{item!r}: write field=value")
        place = data
        *path, last = key.split(".")
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise typer.BadParameter(f"{item!r}: {part} is given twice")
        if last in place:
            raise typer.BadParameter(f"{item!r}: {key} is given twice")
        place[last] = _value(key, text)
    return data


def _defaults(by: str | None, source: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": source,
        "time": now().astimezone(LONDON).isoformat(timespec="seconds"),
        "recordedby": by or getpass.getuser(),
    }


def _typed(given: Given) -> list[Arrived]:
    if given.subject is None:
        raise typer.BadParameter("--subject is needed: whose record is it?")
    data = _data(given.values)
    data.setdefault("on", given.on or civil(now()).isoformat())
    kind = given.kind if given.kind.startswith(PREFIX) else PREFIX + given.kind
    event = _defaults(given.by, given.source) | {
        "type": kind, "subject": given.subject, "data": data,
    }  # fmt: skip
    if given.entry_id is not None:
        event["id"] = given.entry_id
    if given.corrects is None:
        return [parse_event(event)]
    if given.reason is None:
        raise typer.BadParameter("--corrects needs --reason: why is it corrected?")
    data["corrects"] = given.corrects
    void = _defaults(given.by, given.source) | {
        "type": PREFIX + "entry.voided",
        "subject": given.subject,
        "data": {
            "on": civil(now()).isoformat(),
            "entry": given.corrects,
            "reason": given.reason,
        },
    }
    return [parse_event(void), parse_event(event)]


def _read(given: Given) -> list[Arrived]:
    arrived: list[Arrived] = []
    for number, line in numbered(sys.stdin.buffer):
        try:
            if line is None:
                raise too_long()
            event = _defaults(given.by, given.source) | parse_json(line)
            arrived.append(parse_event(event))
        except Refused as refused:
            raise TrackerError(str(Problem("standard input", number, refused))) from None
    return arrived


def record(given: Given) -> None:
    arrived = _read(given) if given.kind == "-" else _typed(given)
    with opened() as app:
        stored, warned = record_together(app.log, app.law, arrived, now())
        logger().info("record.finished", stored=len(stored), known=len(arrived) - len(stored))
    for warning in warned:
        print(f"tracker: warning: {warning}", file=sys.stderr)
    for entry in stored:
        print(f"recorded {entry.name}")
    if not stored:
        print("known already; nothing changed" if arrived else "no fact given; nothing changed")
