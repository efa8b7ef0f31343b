"""Spells: half-open runs of days in which something holds (contract, section 3).

Made by `timeline` and the law; read by every view. Nothing else gives facts a meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Run:
    """A run of days `[start, until)` with one value; `until` None: no end."""

    start: date
    until: date | None
    value: str
    entries: tuple[str, ...] = ()

    def ending(self, day: date) -> Run:
        return replace(self, until=day)

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Spell:
    """One spell of one track.

    `ref` tells apart what may run side by side on a track (grounds by conviction or order,
    orders by id); spells of one track and ref never overlap. `rule` and `entries` say why.
    """

    track: str
    value: str
    start: date
    until: date | None
    ref: str = ""
    rule: str | None = None
    entries: tuple[str, ...] = ()
    indefinite: bool = False

    def holds(self, day: date) -> bool:
        return self.start <= day and (self.until is None or day < self.until)


def runs_of(points: Sequence[tuple[date, str, str]]) -> list[Run]:
    """Runs from (day, value, entry) in acting order: a day has the value it ends with."""
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
    """The value that holds on a day, None where none does."""
    for run in runs:
        if run.holds(day):
            return run.value
    return None
