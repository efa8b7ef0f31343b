"""`tracker eligible` and `tracker diary`: who may apply for review, what falls due.

Called by `main`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tracker.cli.context import opened
from tracker.cli.parsing import area_option, asks_for_json, day_option, look_ahead, moment_option
from tracker.cli.showing import cell, print_json, print_rows, say
from tracker.service import lists


def eligible(
    area: str | None, on: str | None, within: str, known_at: str | None, format_: str
) -> None:
    wants_json, day, at = asks_for_json(format_), day_option(on), moment_option(known_at)
    area, until = area_option(area), look_ahead(day, within)
    with opened() as app:
        listed = lists.eligible(app, area, day, until, at)
    columns = ("qualifying_on", "subject", "area", "eligible", "blocked_by", "pending", "rule")
    _show(listed.rows, columns, wants_json, "nobody")


def diary(
    area: str | None,
    on: str | None,
    within: str,
    known_at: str | None,
    ics: Path | None,
    format_: str,
) -> None:
    wants_json, day, at = asks_for_json(format_), day_option(on), moment_option(known_at)
    area, until = area_option(area), look_ahead(day, within)
    with opened() as app:
        listed = lists.diary(app, area, day, until, at)
    if ics is not None:
        lists.write_calendar(listed, ics)
    columns = ("due_on", "subject", "area", "what", "ref", "overdue", "rule")
    _show(listed.rows, columns, wants_json, "nothing is due")


def _show(
    rows: Sequence[Mapping[str, object]], columns: tuple[str, ...], wants_json: bool, if_none: str
) -> None:
    if wants_json:
        print_json(rows)
    elif rows:
        print_rows("", columns, ([cell(row.get(c)) for c in columns] for row in rows))
    else:
        say(if_none)
