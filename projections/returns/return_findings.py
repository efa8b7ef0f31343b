"""The findings of a return: what a co-ordinator should check before publishing it.

They are the findings about people's spells (`domain.meaning.findings`) that are live on its last
day, and those that need the year or the year before. The digest leaves them out. Called by
`annual_return`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from projections.engine.day_numbers import day
from projections.returns import counted_people
from projections.returns.cases import covers, flat
from projections.returns.computed_return import ComputedReturn
from projections.returns.years import Year
from projections.views import meetings, spells
from tracker.settings.configuration import ReportSettings
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import ReturnFinding


def findings(
    c: Cursor,
    computed: ComputedReturn,
    figures: Mapping[str, object],
    report: ReportSettings,
) -> list[ReturnFinding]:
    """Every finding of a return: those about people by subject, then those about cells.

    `figures` are those of the return. `report` says how much a cell must differ to be a finding.
    For a year that has not begun there are only findings about spells.
    """
    results = spells.findings(c, computed.area, computed.day, computed.known_at)
    if computed.day < computed.year.start:
        return results
    results += _without_meeting(c, computed)
    results.sort(key=lambda one: (one["subject"] or "", one["finding"], one["ref"] or ""))
    return results + _moved(c, computed, figures, report)


def _without_meeting(c: Cursor, r: ComputedReturn) -> list[ReturnFinding]:
    """People at level 2 or 3 in the year (row 2) about whom no meeting was held in it.

    A meeting in any area counts: people may have been transferred.
    """
    runs = counted_people.managed_at_level_2_or_3(c, r.area, r.year.start, r.day, r.known_at)
    last = {subject: min(until - 1, day(r.day)) for subject, _, _, until in runs}
    people = meetings.without_meeting(c, sorted(last.items()), r.year.start, r.day, r.known_at)
    return [
        {"finding": "no_meeting_in_year", "subject": subject, "ref": None,
         "from": date.fromordinal(start).isoformat(), "entries": json.loads(entries)}
        for subject, start, entries in people
    ]  # fmt: skip


# --- compared with the year before ----------------------------------------------------------------


def _moved(
    c: Cursor, r: ComputedReturn, figures: Mapping[str, object], report: ReportSettings
) -> list[ReturnFinding]:
    """Cells that differ much from last year's, both as known at the same moment.

    In a year not yet over only the snapshot is compared: the other rows lack some months. There is
    no such finding if nobody was counted last year.
    """
    before = flat(ComputedReturn(c, r.area, _year_before(r.year), r.known_at).figures())
    if not any(before.values()):
        return []
    now = flat({row: figures[row] for row in figures if r.complete or row == "snapshot"})
    moved = {
        cell: (was, figure)
        for cell, figure in now.items()
        if isinstance(figure, int) and isinstance(was := before.get(cell), int)
        if _exceeds(was, figure, report)
    }
    return [
        {"finding": "cell_moved", "subject": None, "ref": None, "from": r.day.isoformat(),
         "entries": [], "cell": cell, "was": moved[cell][0], "is": moved[cell][1]}
        for cell in _without_margins(list(moved))
    ]  # fmt: skip


def _exceeds(was: int, now: int, report: ReportSettings) -> bool:
    by = abs(now - was)
    return by >= report.moved_least and by > report.moved_share * was


def _without_margins(cells: Sequence[str]) -> list[str]:
    """The cells without totals that include another of them: the same people moved both."""
    return [cell for cell in cells if not any(covers(cell, one) for one in cells if one != cell)]


def _year_before(year: Year) -> Year:
    first = year.start.year - 1
    text = f"{first}-{year.start.year % 100:02}"
    return Year(text, date(first, 4, 1), date(year.start.year, 3, 31))
