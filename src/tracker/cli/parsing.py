"""What the options of commands mean: days, moments, areas, years. Exit status 2 otherwise."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import typer

from tracker.cli.context import now, wrong_usage
from tracker.domain.dates import civil, end_of_day, last_day_within, parse_term
from tracker.domain.errors import TrackerError

if TYPE_CHECKING:
    from tracker.service.returns import Year


def day_asked(text: str | None) -> date:
    """DATE of an option; today in Europe/London without one."""
    from tracker.domain.facts.values import parse_day

    if text is None:
        return civil(now())
    try:
        return parse_day(text)
    except Exception as error:
        raise typer.BadParameter(f"--on {text!r}: {error}") from None


def moment_asked(text: str | None, option: str = "--known-at") -> datetime | None:
    """T of an option: a moment with an offset, or the end of a day in Europe/London; None: now."""
    from tracker.service.moments import parse_moment

    if text is None:
        return None
    try:
        return parse_moment(text) if "T" in text.upper() else end_of_day(day_asked(text))
    except (TrackerError, typer.BadParameter):
        raise typer.BadParameter(
            f"{option} {text!r}: write 2023-03-31 or 2023-03-31T23:59:59+01:00"
        ) from None


def look_ahead(on: date, text: str) -> date:
    """The last day of `--within`."""
    try:
        return last_day_within(on, parse_term(text))
    except ValueError as error:
        raise typer.BadParameter(f"--within {text!r}: {error}") from None


def area_asked(text: str | None) -> str | None:
    """An area by its name; None stands for all of them."""
    from tracker.service.areas import check_area

    with wrong_usage():
        check_area(text)
    return text


def year_asked(text: str) -> Year:
    """YEAR of the command line."""
    from tracker.service.returns import Year

    try:
        return Year.parse(text)
    except TrackerError as error:
        raise typer.BadParameter(str(error)) from None


def as_json(format_: str) -> bool:
    """Whether `--format` asks for JSON."""
    if format_ not in ("table", "json"):
        raise typer.BadParameter(f"--format {format_!r}: table or json")
    return format_ == "json"
