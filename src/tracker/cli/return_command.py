"""`tracker return`: the return of an area, who is behind a figure, what changed, what is frozen."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from tracker.cli import return_tables, why_tables, years_tables
from tracker.cli.context import opened, wrong_usage
from tracker.cli.parsing import area_asked, as_json, moment_asked, year_asked
from tracker.cli.showing import print_json
from tracker.cli.years_command import every
from tracker.domain.errors import TrackerError
from tracker.service import frozen, returns, trends
from tracker.service.app import App
from tracker.service.returns import Year

Answer = dict[str, Any]
Show = Callable[[Answer], None]


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
        answer, show = _answer(app, asked, year, at, since)
        if asked.to is not None:
            _publish(app, answer, asked.to)
            return
    if wants_json:
        print_json(answer)
    else:
        show(answer)
    if not answer.get("verified", True):
        raise TrackerError(f"the return of {asked.area} {asked.year} is not what was frozen")


def _since(asked: Asked) -> datetime | None:
    """The moment of `--changes-since`, where the options go together. Exit status 2 otherwise."""
    if asked.subject is not None and asked.explain is None:
        raise typer.BadParameter("--subject goes with --explain CELL")
    if asked.to is not None and (asked.explain or asked.changes_since or asked.movement):
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
) -> tuple[Answer, Show]:
    """The answer, and how it is shown."""
    area = asked.area
    if since is not None:
        return returns.changes(app, area, year, since, at), why_tables.print_changes
    if asked.movement:
        return trends.movement(app, area, year, at), years_tables.print_movement
    if asked.act.verify:
        return frozen.verify(app, area, year), return_tables.print_verified
    if asked.act.asked:
        return _done(app, area, year, at, asked.act), return_tables.print_return
    if asked.explain is None:
        return returns.annual_return(app, area, year, at), return_tables.print_return
    if asked.subject is not None:
        answer = returns.why_counted(app, area, year, at, asked.explain, asked.subject)
        return answer, why_tables.print_why
    return returns.explained(app, area, year, at, asked.explain), why_tables.print_cases


def _done(app: App, area: str, year: Year, at: datetime | None, act: Act) -> Answer:
    """Freezes, restates or signs off; the version that then stands."""
    if act.freeze:
        return frozen.freeze(app, area, year, at, act.who)
    if act.restate is not None:
        return frozen.restate(app, area, year, at, act.restate, act.who)
    return frozen.sign_off(app, area, year, _reasons(act.accept), act.who)


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


def _publish(app: App, answer: Answer, to: Path) -> None:
    from tracker.service.publishing import publish_return

    print(f"{publish_return(app, answer, to)}: {to}")
