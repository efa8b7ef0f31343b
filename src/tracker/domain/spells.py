"""Spells: half-open runs of days on which something is true (contract, section 3).

Made by `timeline` and the law; read by every view. They are the only interpretation of facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple


class Run(NamedTuple):
    """A run of days `[start, until)` with one value; `until` is None where it has no end."""

    start: date
    until: date | None
    value: str
    entries: tuple[str, ...] = ()

    def ending(self, day: date) -> Run:
        """The same run, but ending before `day`."""
        return self._replace(until=day)

    def covers(self, day: date) -> bool:
        """Whether the day is one of its days."""
        return self.start <= day and (self.until is None or day < self.until)


class Spell(NamedTuple):
    """One spell on one track: `value` is true on the days `[start, until)`.

    `ref` separates what may run side by side on a track (grounds by conviction or order, orders
    by id): spells with the same track and ref never overlap. `rule` and `entries` say why.
    """

    track: str
    value: str
    start: date
    until: date | None
    ref: str = ""
    rule: str | None = None
    entries: tuple[str, ...] = ()
    indefinite: bool = False

    def covers(self, day: date) -> bool:
        """Whether the day is one of its days."""
        return self.start <= day and (self.until is None or day < self.until)


def runs_of(points: Sequence[tuple[date, str, str]]) -> list[Run]:
    """Runs from points (day, value, entry), sorted by day: each value lasts until the next one.

    Of several points on one day the last counts.
    """
    runs: list[Run] = []
    for i, (day, value, entry) in enumerate(points):
        if i + 1 < len(points) and points[i + 1][0] == day:
            continue
        if runs and runs[-1].value == value:
            continue
        if runs:
            runs[-1] = runs[-1].ending(day)
        runs.append(Run(day, None, value, (entry,) if entry else ()))
    return runs


def value_at(runs: Iterable[Run | Spell], day: date) -> str | None:
    """The value of the first run that covers a day; None where none does."""
    for run in runs:
        if run.covers(day):
            return run.value
    return None
