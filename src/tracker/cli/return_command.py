"""`tracker return`: the return of an area, who is behind a figure, what changed, what is frozen."""

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
from tracker.cli.parsing import area_asked, as_json, moment_asked, year_asked
from tracker.cli.showing import print_json
from tracker.domain.errors import TrackerError
from tracker.service import frozen, returns
from tracker.service.app import App
from tracker.service.returns import Year

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import ReturnAnswer

A = TypeVar("A", bound=Mapping[str, object])


class Answered(NamedTuple):
    """An answer, and how it is shown on a screen."""

    answer: Mapping[str, object]
    show: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be done with the return of an area and year, and by whom."""

    freeze: bool = False
    sign_off: bool = False
    restate: str | None = None
    verify: bool = False
    by: str | None = None
    accept: Sequence[str] = ()

    @property
    def asked(self) -> int:
        return sum((self.freeze, self.sign_off, self.restate is not None, self.verify))

    @property
    def who(self) -> str:
        return self.by or getpass.getuser()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the return of an area and year."""

    area: str
    year: str
    known_at: str | None = None
    explain: str | None = None
    subject: str | None = None
    changes_since: str | None = None
    movement: bool = False
    act: Act = field(default_factory=Act)
    to: Path | None = None


def annual_returns(asked: Asked, year: str, format_: str) -> None:
    """The returns of every area, of which nothing else is asked but as known at a moment."""
    if replace(asked, known_at=None) != Asked("", ""):
        raise typer.BadParameter("--all goes with --known-at and --format, and nothing else")
    from tracker.cli.years_command import every

    every(year, asked.known_at, format_)


def annual_return(asked: Asked, format_: str) -> None:
    """The return; or who is behind a cell, why a person is not, what changed since a moment."""
    if not asked.area or not asked.year:
        raise typer.BadParameter("say of which AREA and YEAR, or --all YEAR")
    wants_json, at, since = as_json(format_), moment_asked(asked.known_at), _since(asked)
    area_asked(asked.area)
    year = year_asked(asked.year)
    _check_file(asked.to)
    with opened() as app:
        if asked.to is not None:
            _publish(app, _the_return(app, asked, year, at), asked.to)
            return
        answer, show = _answer(app, asked, year, at, since)
    if wants_json:
        print_json(answer)
    else:
        show()
    if not answer.get("verified", True):
        raise TrackerError(f"the return of {asked.area} {asked.year} is not what was frozen")


def _since(asked: Asked) -> datetime | None:
    """The moment of `--changes-since`, where the options go together. Exit status 2 otherwise."""
    if asked.subject is not None and asked.explain is None:
        raise typer.BadParameter("--subject goes with --explain CELL")
    if asked.to is not None and (
        asked.explain or asked.changes_since or asked.movement or asked.act.verify
    ):
        raise typer.BadParameter("--to writes the return itself: leave the other questions out")
    if asked.movement and (asked.explain or asked.changes_since or asked.act.asked):
        raise typer.BadParameter("--movement is asked alone")
    if asked.act.asked > 1:
        raise typer.BadParameter("--freeze, --sign-off, --restate and --verify: one at a time")
    if asked.changes_since is not None and asked.explain is not None:
        raise typer.BadParameter("--changes-since does not go with --explain")
    return moment_asked(asked.changes_since, "--changes-since")


def _answer(
    app: App, asked: Asked, year: Year, at: datetime | None, since: datetime | None
) -> Answered:
    area = asked.area
    if since is not None:
        return _shown(returns.changes(app, area, year, since, at), why_tables.print_changes)
    if asked.movement:
        from tracker.cli import years_tables
        from tracker.service import trends

        return _shown(trends.movement(app, area, year, at), years_tables.print_movement)
    if asked.act.verify:
        return _shown(frozen.verify(app, area, year), return_tables.print_verified)
    if asked.explain is None or asked.act.asked:
        return _shown(_the_return(app, asked, year, at), return_tables.print_return)
    if asked.subject is not None:
        why = returns.why_counted(app, area, year, at, asked.explain, asked.subject)
        return _shown(why, why_tables.print_why)
    return _shown(returns.explained(app, area, year, at, asked.explain), why_tables.print_cases)


def _shown(answer: A, show: Callable[[A], None]) -> Answered:
    return Answered(answer, partial(show, answer))


def _the_return(app: App, asked: Asked, year: Year, at: datetime | None) -> ReturnAnswer:
    """The return as it stands, once it was frozen, restated or signed off if that is asked."""
    act, area = asked.act, asked.area
    if act.freeze:
        return frozen.freeze(app, area, year, at, act.who)
    if act.restate is not None:
        return frozen.restate(app, area, year, at, act.restate, act.who)
    if act.sign_off:
        return frozen.sign_off(app, area, year, _reasons(act.accept), act.who)
    return returns.annual_return(app, area, year, at)


def _reasons(texts: Sequence[str]) -> dict[str, str]:
    """The reasons of `--accept`, by finding: `silent=checked by phone`, `silent:CHE-1=…`."""
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
