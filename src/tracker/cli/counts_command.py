"""`tracker counts`: how many people on a day, by level and category. Called by `main`."""

from __future__ import annotations

from tracker.cli.context import opened
from tracker.cli.parsing import area_option, asks_for_json, day_option, moment_option
from tracker.cli.return_tables import print_table
from tracker.cli.showing import print_json
from tracker.service import figures


def counts(area: str | None, on: str | None, known_at: str | None, format_: str) -> None:
    wants_json, day, at = asks_for_json(format_), day_option(on), moment_option(known_at)
    area = area_option(area)
    with opened() as app:
        answer = figures.counts(app, area, day, at)
    if wants_json:
        print_json(answer)
    else:
        print_table(f"{area or 'all areas'} on {day}, in the community", answer["snapshot"])
