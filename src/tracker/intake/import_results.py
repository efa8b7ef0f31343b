"""The results of an import: what it stored, or which lines it refused and why. For `importing`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tracker.domain.errors import Refused, TrackerError
from tracker.intake.lines import LONGEST_LINE

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was refused, and why. `text` is the line; None if the line was too long."""

    file: str
    line: int
    refused: Refused
    text: bytes | None = None

    def as_json(self) -> str:
        """The refused line with its reason, for the file that `--keep-good` writes."""
        return json.dumps(
            {
                "file": self.file,
                "line": self.line,
                "code": self.refused.code,
                "field": self.refused.field,
                "rule": self.refused.rule,
                "section": self.refused.section,
                "reason": self.refused.message,
                "conflicts_with": list(self.refused.entries),
                "overridable": self.refused.overridable,
                "text": (self.text or b"").decode("utf-8", "replace").rstrip("\r\n"),
            },
            ensure_ascii=False,
        )

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: "
        return where + (f"{self.refused.field}: " if self.refused.field else "") + str(self.refused)


class ImportRefused(TrackerError):
    """Nothing of the file was stored. `count` lines were refused; `problems` has the first few."""

    remedy = "keep_good"

    def __init__(self, problems: list[Problem], count: int) -> None:
        self.problems, self.count = problems, count
        lines = [str(p) for p in problems[:SHOWN]]
        if count > len(lines):
            lines.append(f"… and {count - len(lines)} more lines refused")
        lines.append("nothing was stored; correct the file, or import only the good lines")
        super().__init__("\n".join(lines))


@dataclass(slots=True)
class Outcome:
    """What an import did: how many facts it stored, knew already and refused.

    `warned` counts the warnings; `warnings` has the first of them.
    """

    stored: int = 0
    known: int = 0
    refused: int = 0
    warned: int = 0
    warnings: list[str] = field(default_factory=list)


def line_too_long() -> Refused:
    """The refusal of a line that is longer than LONGEST_LINE bytes."""
    return Refused("long_line", f"a line of over {LONGEST_LINE} bytes")
