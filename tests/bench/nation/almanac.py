"""The agenda: what is to happen on each day, and the facts as they are recorded.

What happens on a day is recorded on that day or up to three days later; some facts late, weeks to
years after; some are voided afterwards, most of these corrected. Facts that others refer to keep
their order; the rest may be recorded late in any order.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nation import words

FIRST_DAY = date(1900, 1, 1)
ISO = [(FIRST_DAY + timedelta(n)).isoformat() for n in range(55_000)]
ENDLESS = 10**6
LATE, VOIDED, SET_RIGHT = 0.039, 0.0128, 0.6
OPEN, HOURS = 8, 10
SECONDS = HOURS * 3600
CLOCK = [f"{OPEN + s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in range(SECONDS)]
DELAYS = (0, 0, 0, 0, 1, 1, 2, 3)


def number(year: int, month: int, day: int) -> int:
    """A day as a number, for all calculations here."""
    return (date(year, month, day) - FIRST_DAY).days


START, END = number(2004, 4, 1), number(2024, 4, 1)


def _offset(day: int) -> str:
    noon = datetime.fromisoformat(f"{ISO[day]}T12:00").replace(tzinfo=ZoneInfo("Europe/London"))
    return noon.isoformat()[-6:]


OFFSET = {day: _offset(day) for day in range(START, END)}


class Person:
    """The state of a person that decides what may happen next.

    `until`: about when the notification requirements end.
    """

    __slots__ = (
        "abroad", "born", "category", "convictions", "dead", "episodes", "first_notified",
        "indefinite", "inside", "last", "last_on", "level", "licence_until", "officer", "order",
        "orders", "ref", "reviewable", "source", "told", "until",
    )  # fmt: skip

    def __init__(self, ref: str, area: str, born: int) -> None:
        self.ref, self.born = ref, born
        self.dead = self.inside = self.abroad = self.indefinite = False
        self.reviewable = True
        self.told = self.last = self.last_on = self.convictions = self.orders = self.episodes = 0
        self.until = self.licence_until = self.first_notified = self.category = 0
        self.level = 1
        self.order: tuple[str, str, int, int] | None = None
        self.managed_by(area)

    def managed_by(self, area: str) -> None:
        self.source = f"/{area}/ppu"
        self.officer = f"{area}.officer{hash_of(self.ref) % 40}"


def hash_of(text: str) -> int:
    """The same number for a text in every run, unlike Python's own."""
    return sum(text.encode())


class Almanac:
    """The agenda of the days to come, and the facts waiting for the day they are recorded."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.random = self.chance.random
        self.today = START
        self.number = self.late = self.voided = 0
        days = END - START
        self._agenda: list[list[tuple[Callable[..., None], Person, tuple[Any, ...]]]]
        self._agenda = [[] for _ in range(days)]
        self._written: list[list[tuple[int, int, str]]] = [[] for _ in range(days)]

    def schedule(
        self, day: int, what: Callable[..., None], person: Person, *arguments: Any
    ) -> None:
        """Schedules something for a person on a day, today or later."""
        if day < END:
            self._agenda[day - START].append((what, person, arguments))

    def within(self, days: int) -> int:
        """A random day from tomorrow to so many days ahead."""
        return self.today + 1 + int(self.random() * days)

    def pick(self, of: tuple[Any, ...]) -> Any:
        return of[int(self.random() * len(of))]

    def pages(self) -> Iterator[str]:
        """Every day's facts as lines, in the order recorded."""
        for day in range(START, END):
            self.today = day
            for what, person, arguments in self._agenda[day - START]:
                if not person.dead:
                    what(self, person, *arguments)
            self._agenda[day - START] = []
            lines, self._written[day - START] = self._written[day - START], []
            lines.sort()
            yield "".join([line for _, _, line in lines])

    def _write(self, key: int, p: Person, id: str, kind: str, on: int, data: str) -> None:
        day, second = divmod(key, SECONDS)
        if day >= END:
            return
        self.number += 1
        line = (
            f'{{"specversion":"1.0","id":"{id}","source":"{p.source}","type":"uk.mappa.{kind}",'
            f'"subject":"{p.ref}","time":"{ISO[day]}T{CLOCK[second]}{OFFSET[day]}",'
            f'"recordedby":"{p.officer}","data":{{"on":"{ISO[on]}"{data}}}}}\n'
        )
        self._written[day - START].append((key, self.number, line))

    def record(self, p: Person, kind: str, on: int, data: str = "", loose: bool = False) -> None:
        """Records a fact. `loose`: no other fact refers to it, so it may be late or voided."""
        p.told += 1
        id, chance = f"{p.ref}.{p.told}", self.random
        key = (self.today + DELAYS[int(chance() * 8)]) * SECONDS + int(chance() * SECONDS)
        if key <= p.last:
            key = p.last + 1
        if loose and chance() < LATE:
            late = key + self._random_delay() * SECONDS
            if late < END * SECONDS:
                self.late += 1
                key = late
        else:
            p.last = key
        if on > p.last_on:
            p.last_on = on
        self._write(key, p, id, kind, on, data)
        if loose and chance() < VOIDED:
            self.void(p, id, key, kind, on, data, chance() < SET_RIGHT)

    def _random_delay(self) -> int:
        """A random delay of two weeks to four years, mostly weeks."""
        r = self.random()
        return 14 + int(r * 80 if r < 0.6 else r * 365 if r < 0.92 else r * 1400)

    def void(
        self, p: Person, id: str, after: int, kind: str, on: int, data: str, set_right: bool
    ) -> None:
        """Voids a fact some time after it was recorded, together with its correction."""
        key = after + (1 + self._random_delay() - 14) * SECONDS
        day = key // SECONDS
        if day >= END:
            return
        self.voided += 1
        reason = self.pick(words.REASONS)
        gone = f',"entry":"{id}","reason":"{reason}"'
        self._write(key, p, f"{id}v", "entry.voided", day, gone)
        if set_right:
            earlier = on - int(self.random() * 4) if kind == "notification.given" else on
            self._write(key, p, f"{id}c", kind, earlier, f'{data},"corrects":"{id}"')
