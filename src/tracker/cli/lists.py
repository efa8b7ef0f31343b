"""`tracker eligible` and `tracker diary`: lists of people and what falls due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tracker.cli.context import (
    area_asked,
    as_json,
    day_asked,
    look_ahead,
    moment_asked,
    opened,
    print_json,
    print_rows,
)


def eligible(
    area: str | None, on: str | None, within: str, known_at: str | None, format_: str
) -> None:
    from projections.views import eligibility

    wants_json, day, at = as_json(format_), day_asked(on), moment_asked(known_at)
    area, until = area_asked(area), look_ahead(day, within)
    with opened() as app, app.reading(at, "eligibility") as (c, at):
        begins = app.law.rule("soa2003.s91a").in_force
        rows = eligibility.eligible(c, area, day, until, at, begins)
    columns = ("qualifying_on", "subject", "area", "eligible", "blocked_by", "pending", "rule")
    _give(rows, columns, wants_json)


def diary(
    area: str | None,
    on: str | None,
    within: str,
    known_at: str | None,
    ics: Path | None,
    format_: str,
) -> None:
    from projections.views import diary as view

    wants_json, day, at = as_json(format_), day_asked(on), moment_asked(known_at)
    area, until = area_asked(area), look_ahead(day, within)
    with opened() as app, app.reading(at, "spells", "due") as (c, at):
        rows = view.diary(app.log, c, app.law, area, day, until, at)
    if ics is not None:
        from tracker.cli.calendar import calendar

        ics.write_bytes(calendar(rows, at))
    _give(rows, ("due_on", "subject", "area", "what", "ref", "overdue", "rule"), wants_json)


def _give(rows: Sequence[Mapping[str, object]], columns: tuple[str, ...], wants_json: bool) -> None:
    if wants_json:
        print_json(rows)
        return
    if rows:
        print_rows("", columns, ([_cell(row.get(c)) for c in columns] for row in rows))
    else:
        print("nobody")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else {True: "yes", False: "no"}.get(value, str(value))
