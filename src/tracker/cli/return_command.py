"""`tracker return`: the return of an area, who is counted in a figure, what changed; freezing it.

Called by `main`.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import typer

from tracker.cli import return_tables, why_tables
from tracker.cli.context import opened, wrong_usage
from tracker.cli.parsing import area_option, asks_for_json, moment_option, year_argument
from tracker.cli.showing import print_json
from tracker.domain.errors import TrackerError
from tracker.service import frozen, returns
from tracker.service.app import App
from tracker.service.returns import Year

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import ReturnAnswer

A = TypeVar("A", bound=Mapping[str, object])


class PrintableAnswer(NamedTuple):
    """An answer, and the function that prints it as a table."""

    answer: Mapping[str, object]
    show: Callable[[], None]


@dataclass(frozen=True, slots=True)
class ReturnAction:
    """What to do with the return: freeze, sign off, restate or verify it; and who does it."""

    freeze: bool = False
    sign_off: bool = False
    restate: str | None = None
    verify: bool = False
    by: str | None = None
    accept: Sequence[str] = ()

    @property
    def count(self) -> int:
        """How many of the four are to be done; one at most is allowed."""
        return sum((self.freeze, self.sign_off, self.restate is not None, self.verify))

    @property
    def who(self) -> str:
        """Who does it: `--by`, or the user of this machine."""
        return self.by or getpass.getuser()


@dataclass(frozen=True, slots=True)
class ReturnQuestion:
    """The arguments and options of `tracker return`, as typed; see `return_options`."""

    area: str
    year: str
    known_at: str | None = None
    explain: str | None = None
    subject: str | None = None
    changes_since: str | None = None
    movement: bool = False
    action: ReturnAction = field(default_factory=ReturnAction)
    to: Path | None = None


def annual_returns(question: ReturnQuestion, year: str, format_: str) -> None:
    """Prints the returns of every area. Only `--known-at` and `--format` go with it."""
    if replace(question, known_at=None) != ReturnQuestion("", ""):
        raise typer.BadParameter("--all goes with --known-at and --format, and nothing else")
    from tracker.cli.years_command import every

    every(year, question.known_at, format_)


def annual_return(question: ReturnQuestion, format_: str) -> None:
    """Prints the return, or the answer to a question about it, or writes it to a file."""
    if not question.area or not question.year:
        raise typer.BadParameter("name AREA and YEAR, or --all YEAR")
    wants_json, at, since = (
        asks_for_json(format_),
        moment_option(question.known_at),
        _since(question),
    )
    area_option(question.area)
    year = year_argument(question.year)
    _check_file(question.to)
    with opened() as app:
        if question.to is not None:
            _publish(app, _the_return(app, question, year, at), question.to)
            return
        answer, show = _answer(app, question, year, at, since)
    if wants_json:
        print_json(answer)
    else:
        show()
    if not answer.get("verified", True):
        raise TrackerError(
            f"the return of {question.area} {question.year} differs from what was frozen"
        )


def _since(question: ReturnQuestion) -> datetime | None:
    """The moment of `--changes-since`, after checking that the options may be combined."""
    if question.subject is not None and question.explain is None:
        raise typer.BadParameter("--subject goes with --explain CELL")
    if question.to is not None and (
        question.explain or question.changes_since or question.movement or question.action.verify
    ):
        raise typer.BadParameter(
            "--to cannot be combined with --explain, --changes-since, --movement or --verify"
        )
    if question.movement and (question.explain or question.changes_since or question.action.count):
        raise typer.BadParameter("--movement can be combined with --known-at and --format only")
    if question.action.count > 1:
        raise typer.BadParameter("--freeze, --sign-off, --restate and --verify: one at a time")
    if question.changes_since is not None and question.explain is not None:
        raise typer.BadParameter("--changes-since does not go with --explain")
    return moment_option(question.changes_since, "--changes-since")


def _answer(
    app: App, question: ReturnQuestion, year: Year, at: datetime | None, since: datetime | None
) -> PrintableAnswer:
    area = question.area
    if since is not None:
        return _printable(returns.changes(app, area, year, since, at), why_tables.print_changes)
    if question.movement:
        from tracker.cli import years_tables
        from tracker.service import trends

        return _printable(trends.movement(app, area, year, at), years_tables.print_movement)
    if question.action.verify:
        return _printable(frozen.verify(app, area, year), return_tables.print_verified)
    if question.explain is None or question.action.count:
        return _printable(_the_return(app, question, year, at), return_tables.print_return)
    if question.subject is not None:
        why = returns.why_counted(app, area, year, at, question.explain, question.subject)
        return _printable(why, why_tables.print_why)
    return _printable(
        returns.explained(app, area, year, at, question.explain), why_tables.print_cases
    )


def _printable(answer: A, show: Callable[[A], None]) -> PrintableAnswer:
    return PrintableAnswer(answer, partial(show, answer))


def _the_return(
    app: App, question: ReturnQuestion, year: Year, at: datetime | None
) -> ReturnAnswer:
    """The current return, after freezing, restating or signing it off if an option says so."""
    action, area = question.action, question.area
    if action.freeze:
        return frozen.freeze(app, area, year, at, action.who)
    if action.restate is not None:
        return frozen.restate(app, area, year, at, action.restate, action.who)
    if action.sign_off:
        return frozen.sign_off(app, area, year, _reasons(action.accept), action.who)
    return returns.annual_return(app, area, year, at)


def _reasons(texts: Sequence[str]) -> dict[str, str]:
    """The reasons of `--accept` by finding, from `silent=checked by phone`, `silent:CHE-1=…`."""
    reasons: dict[str, str] = {}
    for text in texts:
        name, _, reason = text.partition("=")
        if not name.strip() or not reason.strip():
            raise typer.BadParameter(f"--accept {text!r}: write FINDING=REASON")
        reasons[name.strip()] = reason.strip()
    return reasons


def _check_file(to: Path | None) -> None:
    if to is not None:
        from tracker.service.publishing import check_file

        with wrong_usage("--to"):
            check_file(to)


def _publish(app: App, answer: ReturnAnswer, to: Path) -> None:
    from tracker.service.publishing import publish_return

    print(f"{publish_return(app, answer, to)}: {to}")
