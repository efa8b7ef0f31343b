"""`tracker counts` and `tracker return`: figures, and who is behind them."""

from __future__ import annotations

from typing import Any

import typer

from tracker import configuration
from tracker.cli.context import (
    App,
    area_asked,
    as_json,
    day_asked,
    moment_asked,
    opened,
    print_json,
    print_rows,
)
from tracker.domain.answers import moment
from tracker.domain.errors import TrackerError
from tracker.intake.cloudevents import parse_time

CATEGORIES = {"cat1": "Category 1", "cat2": "Category 2", "cat3": "Category 3", "total": "Total"}
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
    from projections import counts as view

    wants_json, day, at = as_json(format_), day_asked(on), moment_asked(known_at)
    area = area_asked(area)
    with opened() as app, app.reading(at, "counts") as (c, at):
        snapshot = view.snapshot(c, area, day, at)
    if wants_json:
        print_json(
            {"area": area, "on": day.isoformat(), "known_at": moment(at), "snapshot": snapshot}
        )
    else:
        print_table(f"{area or 'all areas'} on {day}, in the community", snapshot)


def the_return(app: App, area: str, year: Any, at: Any) -> dict[str, Any]:
    from projections import annual_return as view

    population = configuration.population(area, year.text)
    held = population.model_dump(include={"aged_10_plus", "base", "source"}) if population else None
    with app.reading(at) as (c, moment_):
        return view.annual_return(c, area, year, moment_, held)


def annual_return(
    area: str, year: str, known_at: str | None, explain: str | None, format_: str
) -> None:
    from projections import annual_return as view

    wants_json, at = as_json(format_), moment_asked(known_at)
    area_asked(area)
    try:
        asked = view.Year.parse(year)
    except TrackerError as error:
        raise typer.BadParameter(str(error)) from None
    with opened() as app:
        answer = the_return(app, area, asked, at)
        if explain is not None:
            with app.reading(parse_time(answer["known_at"])) as (c, moment_):
                try:
                    answer = view.explain(c, area, asked, moment_, explain, answer)
                except view.NoSuchCell as error:
                    raise typer.BadParameter(str(error)) from None
    if wants_json:
        print_json(answer)
    elif explain is not None:
        _print_cases(answer)
    else:
        print_return(answer)


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
    if answer["findings"]:
        print(f"{len(answer['findings'])} findings to look at (--format json lists them)")
    print(f"Digest: {answer['digest']}")


def _print_cases(answer: dict[str, Any]) -> None:
    print(f"{answer['cell']} = {answer['figure']}  ({answer['area']} {answer['year']})")
    for case in answer["cases"]:
        print(f"  {case['subject']}  {case['on']}  {case['cell']}  {case.get('ref', '')}".rstrip())
        for entry in case["entries"]:
            print(f"      {entry}")
