"""`tracker record`: one fact from options, or facts of one person from standard input.

Called by `main`.
"""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass

import typer

from tracker.cli.context import opened
from tracker.service import recording
from tracker.service.recording import Intent


@dataclass(frozen=True, slots=True)
class RecordOptions:
    """The arguments and options of `tracker record`, as options."""

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
        """Who records it: `--by`, or the user of this machine."""
        return self.by or getpass.getuser()


def record(options: RecordOptions) -> None:
    intent = None if options.kind == "-" else _intent(options)
    with opened(make=True) as app:
        if intent is not None:
            done = recording.record(app, intent)
        else:
            stdin = sys.stdin.buffer
            done = recording.record_lines(app, stdin, "standard input", options.who, options.source)
    for warning in done.warnings:
        print(f"tracker: warning: {warning}", file=sys.stderr)
    for entry in done.entries:
        print(f"recorded {entry.name}")
    if not done.entries:
        print("no change: already recorded" if done.known else "no change: no facts in the input")


def _intent(options: RecordOptions) -> Intent:
    if options.subject is None:
        raise typer.BadParameter("--subject is needed: the reference of the person")
    if options.corrects is not None and options.reason is None:
        raise typer.BadParameter("--corrects needs --reason: why is it corrected?")
    try:
        data = recording.typed_data(options.kind, options.values)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if options.on is not None:
        data.setdefault("on", options.on)
    return Intent(
        options.kind, options.subject, data, options.who, options.source, options.entry_id,
        options.corrects, options.reason,
    )  # fmt: skip
