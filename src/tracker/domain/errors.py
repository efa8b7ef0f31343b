"""The one family of errors the domain raises; called by everything that records a fact."""

from __future__ import annotations

from datetime import date


class TrackerError(Exception):
    """Something the user can put right; its text says what and how. Exit status 1."""


class InvalidQuestion(TrackerError):
    """A question that cannot be answered as it was put: an unknown area, cell or kind of file.

    Exit status 2 on the command line.
    """


class Refused(TrackerError):
    """A fact that may not be recorded.

    `code` is stable, `message` is for people and holds no personal data. `rule` is the id of the
    rule (`soa2003.s103c.2`), `governed_on` the day that governs it (None: the day of the fact), and
    `section` where the Act or the record's own rules have it. `field` is the field at fault,
    `entries` the entries it conflicts with, `overridable` whether an `override` would have it
    recorded all the same.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        rule: str | None = None,
        governed_on: date | None = None,
        field: str | None = None,
        entries: tuple[str, ...] = (),
        overridable: bool = False,
    ) -> None:
        super().__init__(message)
        self.section: str | None = None
        self.code = code
        self.message = message
        self.rule = rule
        self.governed_on = governed_on
        self.field = field
        self.entries = entries
        self.overridable = overridable

    def __str__(self) -> str:
        parts = [self.message]
        if self.rule:
            section = f"{self.section}, " if self.section else ""
            parts.append(f"[{section}{self.rule}]")
        if self.entries:
            parts.append(f"(conflicts with {', '.join(self.entries)})")
        if self.overridable:
            parts.append("(an `override` with rule, reason and by records it all the same)")
        return " ".join(parts)
