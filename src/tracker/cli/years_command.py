"""`tracker return --all`, `trend` and `forecast`: years and places together."""

from __future__ import annotations

from pathlib import Path

from tracker.cli.context import opened, wrong_usage
from tracker.cli.parsing import area_asked, as_json, moment_asked, year_asked
from tracker.cli.showing import print_json
from tracker.cli.years_tables import print_every, print_forecast, print_trend
from tracker.service import returns, trends


def every(text: str, known_at: str | None, format_: str) -> None:
    """The return of every area for a year, and the nation's figures."""
    wants_json, at, year = as_json(format_), moment_asked(known_at), year_asked(text)
    with opened() as app:
        answer = returns.every_area(app, year, at)
    if wants_json:
        print_json(answer)
    else:
        print_every(answer)


def trend(area: str, known_at: str | None, format_: str) -> None:
    """Ten years of an area up to the last complete one."""
    wants_json, at = as_json(format_), moment_asked(known_at)
    area_asked(area)
    with opened() as app:
        answer = trends.trend(app, area, at)
    if wants_json:
        print_json(answer)
    else:
        print_trend(answer)


def forecast(area: str, years: int, known_at: str | None, chart: Path | None, format_: str) -> None:
    """What is to come for an area if nothing else changes."""
    wants_json, at = as_json(format_), moment_asked(known_at)
    area_asked(area)
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
