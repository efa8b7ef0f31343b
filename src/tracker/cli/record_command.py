"""`tracker record`: one fact from options, or facts of one individual from standard input."""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass

import typer

from tracker.cli.context import opened
from tracker.service import recording
from tracker.service.recording import Intent


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
    try:
        data = recording.typed_data(typed.kind, typed.values)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from None
    if typed.on is not None:
        data.setdefault("on", typed.on)
    return Intent(
        typed.kind, typed.subject, data, typed.who, typed.source, typed.entry_id, typed.corrects,
        typed.reason,
    )  # fmt: skip
