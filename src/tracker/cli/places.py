"""Years and places together: `return --all`, `return --movement`, `trend` and `forecast`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from tracker.cli import freezing
from tracker.cli.context import (
    App,
    area_asked,
    as_json,
    attached,
    moment_asked,
    opened,
    print_json,
    print_rows,
)
from tracker.domain.errors import TrackerError
from tracker.domain.judging.frozen_returns import Version
from tracker.intake.return_records import held as versions_of
from tracker.settings import configuration

if TYPE_CHECKING:
    from projections.returns.annual_return import Year

Answer = dict[str, Any]
CATEGORIES = {"cat1": "Category 1", "cat2": "Category 2", "cat3": "Category 3", "total": "Total"}
# What of a return fits on one line, by its path.
LINE = {
    "snapshot.level1.total": "Level 1",
    "snapshot.level2.total": "Level 2",
    "snapshot.level3.total": "Level 3",
    "snapshot.total.cat1": "Cat 1",
    "snapshot.total.cat2": "Cat 2",
    "snapshot.total.cat3": "Cat 3",
    "snapshot.total.total": "Total",
    "rate_per_100k": "Rate",
    "yearly_level2_3.total.total": "Levels 2-3",
    "cat1_cautioned_or_convicted_breach": "Breach",
    "cat1_lifetime_revoked": "Revoked",
    "orders.shpo": "SHPO",
    "orders.shpo_foreign_travel": "Travel",
    "orders.notification_order": "Notif. order",
    "sro_breach_became_subject": "SRO breach",
    "returned_to_custody_breach_of_licence.total.total": "Licence breach",
    "breach_of_shpo.total": "SHPO breach",
}


def year_asked(text: str) -> Year:
    """YEAR of the command line; exit status 2 for anything but a reporting year."""
    from projections.returns.annual_return import Year

    try:
        return Year.parse(text)
    except TrackerError as error:
        raise typer.BadParameter(str(error)) from None


def _line(figures: Mapping[str, Any]) -> list[str]:
    from projections.returns.cases import flat

    found = flat(figures)
    return [_figure(found[path]) for path in LINE]


def _figure(value: Any) -> str:
    return "-" if value is None else str(value)


def _columns(*first: str) -> list[str]:
    return [*first, *(f">{name}" for name in LINE.values())]


# --- every area ----------------------------------------------------------------------------------


def every(text: str, known_at: str | None, format_: str) -> None:
    """The return of every area for a year, and the nation's figures."""
    wants_json, at, year = as_json(format_), moment_asked(known_at), year_asked(text)
    with opened() as app:
        answer = all_areas(app, year, at)
    if wants_json:
        print_json(answer)
    else:
        _print_every(answer)


def all_areas(app: App, year: Year, at: datetime | None) -> Answer:
    """The returns as `tracker return` gives each: frozen where it is, else as known at a moment."""
    from projections.returns.annual_return import annual_return
    from projections.returns.national import every as together

    areas = sorted(configuration.areas())
    held = {area: versions_of(app.log, area, year.text) for area in areas}
    frozen = {
        area: freezing.shown(app, versions)
        for area, versions in held.items()
        if versions and at in (None, versions[-1].known_at)
    }
    with app.reading(at) as (c, known_at):
        returns = [
            frozen.get(area) or annual_return(c, area, year, known_at, attached(area, year.text))
            for area in areas
        ]
        return together(c, year, known_at, returns, app.law.category_4)


def _print_every(answer: Answer) -> None:
    state = "" if answer["complete"] else ", year not yet over"
    print(f"MAPPA annual returns, {answer['year']}{state}, as known at {answer['known_at']}\n")
    national = answer["national"]
    rows = [[one["area"], one["status"], *_line(one)] for one in answer["areas"]]
    print_rows("", _columns("Area", "Status"), [*rows, ["all areas", "", *_line(national)]])
    four = national["category_4"]
    print(
        f"\nCategory 4, all areas: {four['snapshot']['total']} in the community, "
        f"{four['yearly_level2_3']['total']} at level 2 or 3 in the year (setting category_4: "
        f"{four['setting']})"
    )
    print(
        "Over the year everybody is counted once for all areas; who moved may be counted in two "
        "areas."
    )


# --- movement ------------------------------------------------------------------------------------


def movement(app: App, area: str, year: Year, at: datetime | None) -> Answer:
    """From last year's snapshot, as published where it is frozen, to that of the return shown."""
    from projections.returns.movement import movement as between_snapshots
    from projections.returns.trend import beginning_in

    held = versions_of(app.log, area, year.text)
    at = held[-1].known_at if held and at is None else at
    before = versions_of(app.log, area, beginning_in(year.start.year - 1).text)
    with app.reading(at) as (c, known_at):
        last = _standing(before, known_at)
        told = last.known_at if last else None
        return between_snapshots(c, app.log, app.law, area, year, known_at, told)


def _standing(held: Sequence[Version], known_at: datetime) -> Version | None:
    """The last version of what was known by a moment."""
    return next((v for v in reversed(held) if v.known_at <= known_at), None)


def print_movement(answer: Answer) -> None:
    """A table for each level, of the reasons by category, and one for all levels."""
    days, last_known_at = answer["days"], answer["last_known_at"]
    print(f"Movement, {answer['area']}, {answer['year']}, as known at {answer['known_at']}")
    if last_known_at != answer["known_at"]:
        print(f"From last year's snapshot as published, known at {last_known_at}")
    cells = {one["cell"]: one for one in answer["cells"]}
    for level in ("level1", "level2", "level3", "total"):
        row = [cells.get(f"snapshot.{level}.{category}") for category in CATEGORIES]
        title = level.replace("level", "Level ").replace("total", "All levels")
        print()
        print_rows(title, ["", *(f">{name}" for name in CATEGORIES.values())], _moved(row, days))


def _moved(cells: Sequence[Answer | None], days: Mapping[str, str]) -> list[list[str]]:
    """From one day to the other, with a line for each reason that anybody had."""
    rows = [[f"On {days['last']}", *(_figure(cell and cell["last"]) for cell in cells)]]
    for way, sign in (("joined", "+"), ("left", "-")):
        reasons = dict.fromkeys(reason for cell in cells if cell for reason in cell[way])
        for reason in reasons:
            numbers = [cell and cell[way].get(reason, 0) for cell in cells]
            shown = [f"{sign}{n}" if n else _figure(n) for n in numbers]
            rows.append([f"{way}: {reason.replace('_', ' ')}", *shown])
    return [*rows, [f"On {days['this']}", *(_figure(cell and cell["this"]) for cell in cells)]]


# --- trend ---------------------------------------------------------------------------------------


def trend(area: str, known_at: str | None, format_: str) -> None:
    """Ten years of an area up to the last complete one."""
    wants_json, at = as_json(format_), moment_asked(known_at)
    area_asked(area)
    with opened() as app:
        answer = trend_of(app, area, at)
    if wants_json:
        print_json(answer)
        return
    print(f"{area}, year by year, as known at {answer['known_at']} where it is not frozen\n")
    rows = [
        [one["year"], one["source"], *_line(one | {"rate_per_100k": one["rate"]})]
        for one in answer["trend"]
    ]
    print_rows("", _columns("Year", "Figures"), rows)


def trend_of(app: App, area: str, at: datetime | None, last: Year | None = None) -> Answer:
    """{area, known_at, trend}: ten years up to one, by default the last that is complete."""
    from projections.returns import trend as view
    from tracker.domain.answers.show import moment

    with app.reading(at) as (c, known_at):
        years = view.years_up_to(last or view.last_complete(known_at))
        versions = {y.text: versions_of(app.log, area, y.text) for y in years}
        frozen = {year: v for year, held in versions.items() if (v := _standing(held, known_at))}
        found = view.trend(c, area, years, known_at, frozen, lambda year: attached(area, year))
        return {"area": area, "known_at": moment(known_at), "trend": found}


# --- forecast ------------------------------------------------------------------------------------


def forecast(area: str, years: int, known_at: str | None, chart: Path | None, format_: str) -> None:
    """What is to come for an area if nothing else changes."""
    from projections.returns import forecast as view

    wants_json, at = as_json(format_), moment_asked(known_at)
    area_asked(area)
    if chart is not None and chart.suffix.lower() not in (".svg", ".png"):
        raise typer.BadParameter(f"--chart: {chart.name!r} ends in neither .svg nor .png")
    with opened() as app, app.reading(at, "spells", "counts", "eligibility") as (c, at):
        answer = view.forecast(c, area, at, years)
    if chart is not None:
        from tracker.documents.forecast_chart import drawn

        chart.write_bytes(drawn(answer, configuration.areas()[area].name, chart.suffix.lower()))
    if wants_json:
        print_json(answer)
    else:
        _print_forecast(answer)


def _print_forecast(answer: Answer) -> None:
    print(
        f"{answer['area']} from {answer['on']}, if nothing else changes; people in the community "
        "on 31 March\n"
    )
    now = [f"on {answer['on']}", "", "", "", *_by_category(answer)]
    rows = [
        [
            one["year"],
            str(one["review_qualifying"]),
            ", ".join(f"{kind} {number}" for kind, number in one["order_ends"].items()) or "0",
            str(one["notification_ends"]),
            *_by_category(one),
        ]
        for one in answer["years"]
    ]
    ends = (">Qualify for review", "Orders end", ">Notification ends")
    columns = ["Year", *ends, *(f">{name}" for name in CATEGORIES.values())]
    print_rows("", columns, [now, *rows])


def _by_category(one: Answer) -> list[str]:
    return [_figure(one["snapshot"]["total"][category]) for category in CATEGORIES]
