"""`tracker counts` and `tracker return`: figures, and who is behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from tracker.cli import freezing, places, publishing
from tracker.cli.context import (
    App,
    area_asked,
    as_json,
    attached,
    day_asked,
    moment_asked,
    opened,
    print_json,
    print_rows,
)
from tracker.cli.freezing import Act as Act
from tracker.cli.places import CATEGORIES
from tracker.domain.answers.show import moment
from tracker.domain.errors import TrackerError
from tracker.intake.return_records import held as versions_of

LICENCE = "returned_to_custody_breach_of_licence"
SINGLE = (
    ("cat1_cautioned_or_convicted_breach",
     "Category 1 cautioned or convicted for breach of notification requirements"),
    ("cat1_lifetime_revoked", "Category 1 lifetime notification revoked on application"),
    ("orders.shpo", "Sexual Harm Prevention Order (SHPO)"),
    ("orders.shpo_foreign_travel", "SHPO with foreign travel restriction"),
    ("orders.notification_order", "Notification Order"),
    ("sro_breach_became_subject",
     "Became subject to notification following breach of a Sexual Risk Order"),
    ("breach_of_shpo.level2", "Returned to custody for breach of SHPO, Level 2"),
    ("breach_of_shpo.level3", "Returned to custody for breach of SHPO, Level 3"),
    ("breach_of_shpo.total", "Returned to custody for breach of SHPO, Total"),
    ("rate_per_100k", "Category 1 per 100,000 residents aged 10 and over"),
)  # fmt: skip


def counts(area: str | None, on: str | None, known_at: str | None, format_: str) -> None:
    from projections.returns.counted_people import snapshot as counted

    wants_json, day, at = as_json(format_), day_asked(on), moment_asked(known_at)
    area = area_asked(area)
    with opened() as app, app.reading(at, "counts") as (c, at):
        snapshot = counted(c, area, day, at)
    if wants_json:
        print_json(
            {"area": area, "on": day.isoformat(), "known_at": moment(at), "snapshot": snapshot}
        )
    else:
        print_table(f"{area or 'all areas'} on {day}, in the community", snapshot)


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


def the_return(app: App, area: str, year: Any, at: Any) -> dict[str, Any]:
    from projections.returns import annual_return as view

    with app.reading(at) as (c, moment_):
        return view.annual_return(c, area, year, moment_, attached(area, year.text))


def annual_return(asked: Asked, format_: str) -> None:
    """The return; or who is behind a cell, why a person is not, what changed since a moment."""
    from projections.returns import annual_return as view

    if not asked.area or not asked.year:
        raise typer.BadParameter("say of which AREA and YEAR, or --all YEAR")
    wants_json, at, since = as_json(format_), moment_asked(asked.known_at), _since(asked)
    area_asked(asked.area)
    year = places.year_asked(asked.year)
    if asked.to is not None:
        publishing.publishable(asked.to)
    with opened() as app:
        try:
            answer, show = _answered(app, asked, year, at, since)
        except view.NoSuchCell as error:
            raise typer.BadParameter(str(error)) from None
        if asked.to is not None:
            publishing.publish_return(app, answer, year, asked.to)
            return
    if wants_json:
        print_json(answer)
    else:
        show(answer)
    if not answer.get("verified", True):
        raise TrackerError(f"the return of {asked.area} {asked.year} is not what was frozen")


def annual_returns(asked: Asked, year: str, format_: str) -> None:
    """The returns of every area, of which nothing else is asked but as known at a moment."""
    if replace(asked, known_at=None) != Asked("", ""):
        raise typer.BadParameter("--all goes with --known-at and --format, and nothing else")
    places.every(year, asked.known_at, format_)


def _since(asked: Asked) -> datetime | None:
    """The moment of `--changes-since`, where the options go together. Exit status 2 otherwise."""
    if asked.subject is not None and asked.explain is None:
        raise typer.BadParameter("--subject goes with --explain CELL")
    if asked.to is not None and (asked.explain or asked.changes_since or asked.movement):
        raise typer.BadParameter("--to writes the return itself: leave the other questions out")
    if asked.movement and (asked.explain or asked.changes_since or asked.act.asked):
        raise typer.BadParameter("--movement is asked alone")
    if asked.changes_since is None:
        return None
    if asked.explain is not None:
        raise typer.BadParameter("--changes-since does not go with --explain")
    try:
        return moment_asked(asked.changes_since)
    except typer.BadParameter as error:
        said = str(error).replace("--known-at", "--changes-since")
        raise typer.BadParameter(said) from None


def _answered(
    app: App, asked: Asked, year: Any, at: datetime | None, since: datetime | None
) -> tuple[dict[str, Any], Callable[[dict[str, Any]], None]]:
    """The answer, and how it is shown."""
    if since is not None:
        return _changes(app, asked.area, year, at, since), _print_changes
    if asked.movement:
        return places.movement(app, asked.area, year, at), places.print_movement
    if asked.act.asked:
        show = freezing.print_verified if asked.act.verify else print_return
        return freezing.act(app, asked.area, year, at, asked.act), show
    held = versions_of(app.log, asked.area, year.text)
    if asked.explain is None:
        if held and at in (None, held[-1].known_at):
            return freezing.shown(app, held), print_return  # what was published is what it is
        return the_return(app, asked.area, year, at), print_return
    at = held[-1].known_at if held and at is None else at
    if asked.subject is not None:
        return _why(app, asked, year, at), _print_why
    return _explained(app, asked.area, year, at, asked.explain), _print_cases


def _changes(
    app: App, area: str, year: Any, at: datetime | None, since: datetime
) -> dict[str, Any]:
    from projections.returns.changes import changes

    population = attached(area, year.text)
    with app.reading(at) as (c, known_at):
        if since > known_at:
            raise typer.BadParameter(f"--changes-since is after {moment(known_at)}")
        return changes(app.log, c, app.law, area, year, since, known_at, population)


def _why(app: App, asked: Asked, year: Any, at: datetime | None) -> dict[str, Any]:
    from projections.returns.why_not import why

    cell, subject = asked.explain or "", asked.subject or ""
    with app.reading(at) as (c, known_at):
        return why(app.log, c, app.law, asked.area, year, known_at, cell, subject)


def _explained(app: App, area: str, year: Any, at: datetime | None, cell: str) -> dict[str, Any]:
    from projections.returns import annual_return as view

    with app.reading(at) as (c, known_at):
        answer = view.annual_return(c, area, year, known_at, attached(area, year.text))
        return view.explain(c, area, year, known_at, cell, answer)


def _row(label: str) -> str:
    return label.replace("level", "Level ").replace("total", "Total")


def print_table(title: str, cells: dict[str, dict[str, int | None]]) -> None:
    """A level × category table; `-` where there cannot be a figure."""
    columns = ["", *(f">{name}" for name in CATEGORIES.values())]
    rows = [
        [_row(row), *("-" if values[k] is None else str(values[k]) for k in CATEGORIES)]
        for row, values in cells.items()
    ]
    print_rows(title, columns, rows)


def _at(answer: dict[str, Any], path: str) -> Any:
    value: Any = answer
    for part in path.split("."):
        value = value[part]
    return value


def print_return(answer: dict[str, Any]) -> None:
    state = answer["status"] if answer["complete"] else f"{answer['status']}, year not yet over"
    print(
        f"MAPPA annual return, {answer['area']}, {answer['year']} ({state}), "
        f"as known at {answer['known_at']}\n"
    )
    print_table(f"In the community on {answer['period_end']}", answer["snapshot"])
    print()
    print_table("Levels 2 and 3, yearly total", answer["yearly_level2_3"])
    print()
    print_table("Level 2 and 3 returned to custody for breach of licence", answer[LICENCE])
    print()
    values = [(label, _at(answer, path)) for path, label in SINGLE]
    rows = [(label, "no population attached" if v is None else str(v)) for label, v in values]
    print_rows("", ("Over the year", ">Figure"), rows)
    if answer["population"]:
        print(f"\nPopulation: {answer['population']['source']}")
    open_ = sum(one.get("accepted") is None for one in answer["findings"])
    if open_:
        print(f"{open_} findings to look at (--format json lists them)")
    print(f"Digest: {answer['digest']}")
    if "frozen" in answer:
        freezing.print_frozen(answer)


def _print_cases(answer: dict[str, Any]) -> None:
    print(f"{answer['cell']} = {answer['figure']}  ({answer['area']} {answer['year']})")
    print(f"  {answer['rule']}")
    for case in answer["cases"]:
        print(f"  {case['subject']}  {case['on']}  {case['cell']}  {case.get('ref', '')}".rstrip())
        _print_entries(case["entries"])


def _print_entries(entries: Sequence[str]) -> None:
    for entry in entries:
        print(f"      {entry}")


def _print_why(answer: dict[str, Any]) -> None:
    how = "counted" if answer["counted"] else "not counted"
    print(
        f"{answer['subject']} is {how} in {answer['cell']}  ({answer['area']} {answer['year']}): "
        f"{answer['reason']}"
    )
    _print_entries(answer["entries"])
    print(f"The rule: {answer['rule']}.")


def _print_changes(answer: dict[str, Any]) -> None:
    title = f"{answer['area']} {answer['year']}, from {answer['since']} to {answer['known_at']}"
    if not answer["cells"] and not answer["people"]:
        print(f"{title}: nothing changed")
        return
    rows = [(cell["cell"], _figure(cell["was"]), _figure(cell["is"])) for cell in answer["cells"]]
    print_rows(title, ("Cell", ">Was", ">Is"), rows)
    print()
    for person in answer["people"]:
        moves = [f"{how} {', '.join(person[how])}" for how in ("left", "joined") if person[how]]
        print(f"  {person['subject']}  {'; '.join(moves)}")
        _print_entries(person["entries"] or [f"no entry: counted as on {answer['days']['is']}"])


def _figure(value: Any) -> str:
    return "-" if value is None else str(value)
