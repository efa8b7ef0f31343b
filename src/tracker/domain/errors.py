"""The errors that the tracker reports to users. Raised by every room, shown by the command line."""

from __future__ import annotations

from datetime import date


class TrackerError(Exception):
    """Something the user can put right; its text says what and how. Exit status 1.

    `remedy` is a code for a way on that the caller can offer: the command line adds which option
    does it (`tracker.cli.hints`), so that the text itself names no option.
    """

    remedy: str | None = None

    def __init__(self, text: str, *, remedy: str | None = None) -> None:
        super().__init__(text)
        if remedy is not None:
            self.remedy = remedy


class InvalidQuestion(TrackerError):
    """A question that has no answer: it names an unknown area, cell or kind of file.

    Exit status 2 on the command line.
    """


class Refused(TrackerError):
    """A fact that may not be recorded.

    `code` is for programs and stable; `message` is for people and has no personal data. `rule` is
    the id of the rule (`soa2003.s103c.2`), `governed_on` the day at which the rule is read (None:
    the day of the fact), and `section` its place in the Act or in the record's own rules. `field`
    is the field at fault. `entries` names the entries it conflicts with. `overridable`: the fact
    can be recorded with an `override`.
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
