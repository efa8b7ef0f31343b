"""The return of one area and year as known at a moment, read from the views.

Called by `annual_return` for the figures, by `explaining` and `changes` for the people counted.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.engine.day_numbers import KNOWN, date_of
from projections.returns import counted_people
from projections.returns.cases import (
    Case,
    CountedItem,
    cases_of,
    figures,
    last_counted,
    last_day,
    tally,
)
from projections.returns.counting_rules import (
    HAPPENED,
    OCCURRENCES,
    SNAPSHOT,
    YEARLY,
    conditions_sql,
)
from projections.returns.years import Year
from tracker.domain.dates import civil
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import Figures


class ComputedReturn:
    """The return of one area and year as known at a moment, with the cases of every cell."""

    def __init__(self, c: Cursor, area: str, year: Year, known_at: datetime) -> None:
        self.area, self.year, self.known_at = area, year, known_at
        self.complete = civil(known_at) > year.end
        self.day = last_day(year, known_at)
        self._c = c

    def snapshot(self) -> list[Case]:
        """The cases of row 1."""
        people = counted_people.snapshot_people(self._c, self.area, self.day, self.known_at)
        return cases_of(SNAPSHOT, [CountedItem(who, self.day, n, k) for who, n, k in people])

    def yearly_cases(self) -> list[Case]:
        """The cases of rows 2 to 8; none if the year has not begun."""
        if self.day < self.year.start:
            return []
        happened = self._happened()
        return [
            *cases_of(YEARLY, self._managed()),
            *(case for rule in OCCURRENCES for case in cases_of(rule, happened[rule.kind])),
        ]

    def _managed(self) -> list[CountedItem]:
        runs = counted_people.managed_at_level_2_or_3(
            self._c, self.area, self.year.start, self.day, self.known_at
        )
        return [
            CountedItem(who, last_counted(date_of(until), self.day), level, category)
            for who, level, category, until in runs
        ]

    def _happened(self) -> dict[str, list[CountedItem]]:
        """The items that the rules of rows 3 to 8 count, by kind of occurrence."""
        any_rule = " OR ".join(f"({conditions_sql(rule)})" for rule in OCCURRENCES)
        self._c.execute(
            "SELECT kind, subject, happened, level, category, ref, entries FROM view_occurrences"
            f" WHERE area=:area AND {HAPPENED} AND ({any_rule}) AND {KNOWN}"
            " ORDER BY happened, subject, ref",
            counted_people.parameters(self.area, self.year.start, self.day, self.known_at),
        )
        by_kind: dict[str, list[CountedItem]] = {rule.kind: [] for rule in OCCURRENCES}
        for kind, who, on, level, category, ref, entries in self._c.fetchall():
            why = tuple(json.loads(entries))
            by_kind[kind].append(CountedItem(who, date.fromordinal(on), level, category, ref, why))
        return by_kind

    def cases(self) -> list[Case]:
        """The cases of every cell; a total is the sum of its cells."""
        return [*self.snapshot(), *self.yearly_cases()]

    def figures(self) -> Figures:
        """Rows 1 to 8."""
        snapshot = counted_people.snapshot(self._c, self.area, self.day, self.known_at)
        return figures(tally(self.yearly_cases()), snapshot)
