"""What the writers are given to deliver: parcels of facts, each stored whole or not at all.

A parcel is known by its number and size alone, so that a writer killed can be followed by another
that is given the same one again. Every fact has a `time` of its own, by which it is told from all
others whatever id it came under.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from wire import Event, event

FOUNDERS = 40
IMPORTED = 50
MOST = 1_000
SOURCE = "/reliability"
START = datetime(2020, 3, 1, tzinfo=UTC)
ON = "2020-02-01"


class Parcel(NamedTuple):
    """Facts that are recorded together: one of them, or a file of fifty to be imported."""

    number: int
    size: int = 1

    def time(self, place: int) -> str:
        return (START + timedelta(milliseconds=self.number * MOST + place)).isoformat()

    @property
    def times(self) -> tuple[str, ...]:
        """The facts of it, by what each is told from all others."""
        return _times(self)

    def events(self) -> list[Event]:
        return [self._event(place) for place in range(self.size)]

    def _event(self, place: int) -> Event:
        known_by = {"time": self.time(place), "source": SOURCE}
        id = f"{self.number}-{place}"
        if self.number == 0 or (place == 0 and self.number % 2):
            subject = f"P-{place}" if self.number == 0 else f"N-{self.number}"
            given = {"area": "cheshire", "name": f"Robin {id}", "date_of_birth": "1980-05-04"}
            return event(id, "individual.registered", ON, subject=subject, **known_by, **given)
        own = place % 2 and self.number % 2
        subject = f"N-{self.number}" if own else f"P-{self.number % FOUNDERS}"
        return event(id, "level.set", ON, subject=subject, level=place % 3 + 1, **known_by)


@cache
def _times(parcel: Parcel) -> tuple[str, ...]:
    return tuple(parcel.time(place) for place in range(parcel.size))


FOUNDING = Parcel(0, FOUNDERS)


def parcels(chance: random.Random, first: int, number: int, imports: float = 0.25) -> list[Parcel]:
    """So many parcels from a number on, some of them imports."""
    return [
        Parcel(n, IMPORTED if chance.random() < imports else 1)
        for n in range(first, first + number)
    ]


def all_times(given: Iterable[Parcel]) -> set[str]:
    return {time for parcel in given for time in parcel.times}
