"""`tracker return --all`, `trend` and `forecast`. Called by `main` and by `return_command`."""

from __future__ import annotations

from pathlib import Path

from tracker.cli.context import opened, wrong_usage
from tracker.cli.parsing import area_option, asks_for_json, moment_option, year_argument
from tracker.cli.showing import print_json
from tracker.cli.years_tables import print_every, print_forecast, print_trend
from tracker.service import returns, trends


def every(year_text: str, known_at: str | None, format_: str) -> None:
    """Prints the return of every area for a year, and the national figures."""
    wants_json, at, year = asks_for_json(format_), moment_option(known_at), year_argument(year_text)
    with opened() as app:
        answer = returns.every_area(app, year, at)
    if wants_json:
        print_json(answer)
    else:
        print_every(answer)


def trend(area: str, known_at: str | None, format_: str) -> None:
    """Prints ten years of an area's figures, up to the last complete year."""
    wants_json, at = asks_for_json(format_), moment_option(known_at)
    area_option(area)
    with opened() as app:
        answer = trends.trend(app, area, at)
    if wants_json:
        print_json(answer)
    else:
        print_trend(answer)


def forecast(area: str, years: int, known_at: str | None, chart: Path | None, format_: str) -> None:
    """Prints what will happen in an area if nothing else changes; draws the caseload if asked."""
    wants_json, at = asks_for_json(format_), moment_option(known_at)
    area_option(area)
    if chart is not None:
        with wrong_usage("--chart"):
            trends.check_chart(chart.name)
    with opened() as app:
        answer = trends.forecast(app, area, years, at)
    if chart is not None:
        trends.write_chart(answer, chart)
    if wants_json:
        print_json(answer)
    else:
        print_forecast(answer)
