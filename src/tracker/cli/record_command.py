"""`tracker record`: one fact from options, or facts of one individual from standard input."""

from __future__ import annotations

import getpass
import json
import sys
from dataclasses import dataclass
from typing import Any

import typer

from tracker.cli.context import opened
from tracker.service import recording
from tracker.service.recording import Intent

WHOLE_NUMBERS = frozenset({"category", "level", "further_years"})


@dataclass(frozen=True, slots=True)
class Typed:
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

    @property
    def who(self) -> str:
        return self.by or getpass.getuser()


def record(typed: Typed) -> None:
    intent = None if typed.kind == "-" else _intent(typed)
    with opened() as app:
        if intent is not None:
            done = recording.record(app, intent)
        else:
            stdin = sys.stdin.buffer
            done = recording.record_lines(app, stdin, "standard input", typed.who, typed.source)
    for warning in done.warnings:
        print(f"tracker: warning: {warning}", file=sys.stderr)
    for entry in done.entries:
        print(f"recorded {entry.name}")
    if not done.entries:
        print("known already; nothing changed" if done.known else "no fact given; nothing changed")


def _intent(typed: Typed) -> Intent:
    if typed.subject is None:
        raise typer.BadParameter("--subject is needed: whose record is it?")
    if typed.corrects is not None and typed.reason is None:
        raise typer.BadParameter("--corrects needs --reason: why is it corrected?")
    data = _data(typed.values)
    if typed.on is not None:
        data.setdefault("on", typed.on)
    return Intent(
        typed.kind, typed.subject, data, typed.who, typed.source, typed.entry_id, typed.corrects,
        typed.reason,
    )  # fmt: skip


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
