"""Parses the options of commands: days, moments, areas, years. Called by every command.

A value that cannot be parsed is wrong usage: exit status 2.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import typer

from tracker.cli.context import now, wrong_usage
from tracker.domain.dates import civil, end_of_day, last_day_within, parse_term
from tracker.domain.errors import TrackerError

if TYPE_CHECKING:
    from tracker.service.returns import Year


def day_option(text: str | None) -> date:
    """The day of `--on`; today in London if it is left out."""
    from tracker.domain.facts.values import parse_day

    if text is None:
        return civil(now())
    try:
        return parse_day(text)
    except Exception as error:
        raise typer.BadParameter(f"--on {text!r}: {error}") from None


def moment_option(text: str | None, option: str = "--known-at") -> datetime | None:
    """The moment of `--known-at`: a time with an offset, or a day, which means its end in London.

    None if it is left out. `option` is the name for the error message.
    """
    if text is None:
        return None
    from tracker.service.moments import parse_moment

    try:
        return parse_moment(text) if "T" in text.upper() else end_of_day(day_option(text))
    except (TrackerError, typer.BadParameter):
        raise typer.BadParameter(
            f"{option} {text!r}: write 2023-03-31 or 2023-03-31T23:59:59+01:00"
        ) from None


def look_ahead(on: date, text: str) -> date:
    """The last day within the period of `--within`, counted from `on`."""
    try:
        return last_day_within(on, parse_term(text))
    except ValueError as error:
        raise typer.BadParameter(f"--within {text!r}: {error}") from None


def area_option(text: str | None) -> str | None:
    """The area of `--area`, checked; None means all areas."""
    from tracker.service.areas import check_area

    with wrong_usage():
        check_area(text)
    return text


def year_argument(text: str) -> Year:
    """The reporting year of the argument YEAR."""
    from tracker.service.returns import Year

    try:
        return Year.parse(text)
    except TrackerError as error:
        raise typer.BadParameter(str(error)) from None


def asks_for_json(format_: str) -> bool:
    """True for `--format json`, False for `--format table`."""
    if format_ not in ("table", "json"):
        raise typer.BadParameter(f"--format {format_!r}: table or json")
    return format_ == "json"
