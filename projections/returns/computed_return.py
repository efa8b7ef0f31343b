"""The return of one area and year as known at a moment, read from the views.

Called by `annual_return` for its figures, by `explaining` and `changes` for who is behind them.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from projections.engine.day_numbers import KNOWN, day, instant
from projections.returns.cases import (
    Case,
    Happened,
    Stint,
    figures,
    in_snapshot,
    last_day,
    of_the_year,
    tally,
)
from projections.returns.years import Year
from projections.views import counts
from tracker.domain.dates import civil
from tracker.store.database.interface import Cursor


class ComputedReturn:
    """The return of one area and year as known at a moment, every cell with its cases."""

    def __init__(self, c: Cursor, area: str, year: Year, known_at: datetime) -> None:
        self.area, self.year, self.known_at = area, year, known_at
        self.complete = civil(known_at) > year.end
        self.day = last_day(year, known_at)
        self._c = c
        self._happened = self._occurrences()

    def _occurrences(self) -> list[Happened]:
        # Category 4 is left out of every row of the area's return (contract, section 3).
        self._c.execute(
            "SELECT subject, kind, happened, ref, location, category, level, entries"
            " FROM view_occurrences WHERE area=:area AND happened>=:start AND happened<=:end"
            f" AND (category IS NULL OR category<>4) AND {KNOWN} ORDER BY happened, subject, ref",
            {
                "area": self.area,
                "start": day(self.year.start),
                "end": day(self.day),
                "known": instant(self.known_at),
            },
        )
        return [
            Happened(
                r[0], r[1], date.fromordinal(r[2]), r[3], r[4], r[5], r[6], tuple(json.loads(r[7]))
            )
            for r in self._c.fetchall()
        ]

    def snapshot(self) -> list[Case]:
        """The cases of row 1."""
        people = counts.snapshot_people(self._c, self.area, self.day, self.known_at)
        return in_snapshot(people, self.day)

    def of_the_year(self) -> list[Case]:
        """The cases of rows 2 to 8; none where the year has not begun."""
        if self.day < self.year.start:
            return []
        last = day(self.day)
        runs = counts.managed_at_level_2_or_3(
            self._c, self.area, self.year.start, self.day, self.known_at
        )
        stints = (
            Stint(who, level, category, date.fromordinal(min(until - 1, last)))
            for who, level, category, until in runs
        )
        return of_the_year(self._happened, stints)

    def cases(self) -> list[Case]:
        """Every case behind every cell; margins are the sums of their cells."""
        return [*self.snapshot(), *self.of_the_year()]

    def figures(self) -> dict[str, Any]:
        """Rows 1 to 8."""
        snapshot = counts.snapshot(self._c, self.area, self.day, self.known_at)
        return figures(tally(self.of_the_year()), snapshot)
