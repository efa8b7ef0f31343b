"""`tracker counts`: level by category of an area, or of all areas, on a day."""

from __future__ import annotations

from tracker.cli.context import opened
from tracker.cli.parsing import area_asked, as_json, day_asked, moment_asked
from tracker.cli.return_tables import print_table
from tracker.cli.showing import print_json
from tracker.service import figures


def counts(area: str | None, on: str | None, known_at: str | None, format_: str) -> None:
    wants_json, day, at = as_json(format_), day_asked(on), moment_asked(known_at)
    area = area_asked(area)
    with opened() as app:
        answer = figures.counts(app, area, day, at)
    if wants_json:
        print_json(answer)
    else:
        print_table(f"{area or 'all areas'} on {day}, in the community", answer["snapshot"])
