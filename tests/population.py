"""A population made up by chance: people with lawful, late, voided and corrected facts.

Used to compare the views with a fold of the same facts by brute force.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from projections import Engine, all_views
from tracker.domain.dates import civil, end_of_day
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.store.database.interface import Cursor
from tracker.store.log import Decide, Log
from tracker.store.opening import open_log
from wire import Event, event

START = datetime(2021, 11, 1, 9, tzinfo=UTC)
AREAS = ("cheshire", "cheshire", "merseyside")
Data = dict[str, Any]


def _term(chance: random.Random) -> str:
    return chance.choice(("P5M", "P8M", "P18M", "P30M", "P4Y", "P10Y"))


def _day(chance: random.Random, day: date, ahead: int) -> str:
    return (day + timedelta(days=chance.randrange(1, ahead))).isoformat()


def _conviction(c: random.Random, on: date) -> Data:
    kind = c.choice(
        ("imprisonment", "imprisonment", "community_order", "suspended_sentence", "life", "fine")
    )
    term = {"term": _term(c)} if kind in ("imprisonment", "suspended_sentence") else {}
    return {
        "conviction_id": f"C{c.randrange(4)}", "finding": "conviction", "offence": "Rape",
        "schedule_3": c.random() < 0.8, "disposal": {"kind": kind, **term},
    }  # fmt: skip


def _order(c: random.Random, on: date) -> Data:
    made = {"order_id": f"S{c.randrange(4)}", "kind": c.choice(("shpo", "shpo", "sro"))}
    if c.random() < 0.6:
        made["ends_on"] = (on + timedelta(days=c.randrange(2000, 4000))).isoformat()
    if c.random() < 0.3:
        made["travel_ends_on"] = _day(c, on, 1500)
    return made


def _custody(c: random.Random, on: date) -> Data:
    because: Data = c.choice(
        ({}, {"because_of": "licence"}, {"because_of": "order", "order_id": "S1"},
         {"conviction_id": "C0"}, {"conviction_id": "C1"})
    )  # fmt: skip
    return {"kind": c.choice(("recall", "recall", "sentence", "remand", "hospital")), **because}


KINDS: dict[str, tuple[int, Callable[[random.Random, date], Data]]] = {
    "conviction.recorded": (8, _conviction),
    "conviction.quashed": (1, lambda c, on: {"conviction_id": f"C{c.randrange(4)}"}),
    "custody.entered": (8, _custody),
    "custody.left": (8, lambda c, on: {"licence_until": _day(c, on, 900)}),
    "licence.ended": (1, lambda c, on: {}),
    "notification.given": (5, lambda c, on: {"kind": c.choice(("initial", "periodic", "change"))}),
    "order.made": (6, _order),
    "order.discharged": (1, lambda c, on: {"order_id": f"S{c.randrange(4)}"}),
    "order.quashed": (1, lambda c, on: {"order_id": f"S{c.randrange(4)}"}),
    "breach.reported": (4, lambda c, on: {"breach_id": f"B{c.randrange(2)}", "of": "notification"}),
    "breach.concluded": (
        8,
        lambda c, on: {
            "breach_id": f"B{c.randrange(2)}",
            "outcome": c.choice(("cautioned", "convicted", "charged")),
        },
    ),
    "category.assigned": (8, lambda c, on: {"category": c.choice((2, 2, 3, 3, 4))}),
    "category.ended": (3, lambda c, on: {"category": c.choice((2, 3, 4))}),
    "level.set": (10, lambda c, on: {"level": c.choice((1, 2, 2, 3))}),
    "individual.transferred": (3, lambda c, on: {"to_area": c.choice(AREAS)}),
    "individual.died": (1, lambda c, on: {}),
    "individual.departed": (1, lambda c, on: {}),
    "individual.returned": (1, lambda c, on: {}),
    "review.qualifying_date_set": (
        6,
        lambda c, on: {
            "qualifying_on": _day(c, on, 400), "authorised_by": "Supt Q", "reason": "set",
            "override": {"rule": "any", "reason": "set", "by": "Supt Q"},
        },
    ),
    "review.applied": (2, lambda c, on: {"review_id": f"V{c.randrange(3)}"}),
    "meeting.held": (
        3,
        lambda c, on: {
            "meeting_id": f"M{c.randrange(10**6)}", "level": c.choice((2, 3)),
            "invited": ["police", "probation"], "attended": ["police"],
            "next_review_on": _day(c, on, 200),
        },
    ),
    "review.eligibility_flagged": (
        2,
        lambda c, on: {
            "qualifying_on": on.isoformat(), "basis": {"rule": "soa2003.s91b.2", "entries": []},
        },
    ),
}  # fmt: skip


class Population:
    """People about whom facts come in over time, several at some moments."""

    def __init__(self, chance: random.Random, people: int) -> None:
        self.chance, self.now, self.number = chance, START, 0
        self.people = [f"P-{n}" for n in range(people)]
        self.ids: dict[str, list[str]] = {person: [] for person in self.people}

    def _event(self, person: str, kind: str, on: date, data: Data) -> Event:
        self.number += 1
        time = self.now.isoformat()
        return event(f"e{self.number}", kind, on.isoformat(), subject=person, time=time, **data)

    def _fact(self, person: str, **more: Any) -> Event:
        kind = self.chance.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
        late = self.chance.choice((0, 0, 0, 3, 30, 200, 700))
        on = civil(self.now) - timedelta(days=self.chance.randrange(late + 1))
        return self._event(person, kind, on, KINDS[kind][1](self.chance, on) | more)

    def _void(self, person: str, entry: str) -> Event:
        given = {"entry": entry, "reason": "not so"}
        return self._event(person, "entry.voided", civil(self.now), given)

    def together(self) -> list[Event]:
        """What comes in next: a fact, a registration, a void or a correction."""
        if self.chance.random() < 0.7:
            self.now += timedelta(minutes=self.chance.randrange(1, 4000))
        person = self.chance.choice(self.people)
        ids = self.ids[person]
        if not ids:
            born = {"name": "A Person", "date_of_birth": "1975-05-05"}
            on = civil(self.now) - timedelta(days=self.chance.randrange(1500))
            area = {"area": self.chance.choice(AREAS)}
            return [self._event(person, "individual.registered", on, area | born)]
        if self.chance.random() < 0.15 and len(ids) > 1:
            wrong = self.chance.choice(ids[1:])
            void = self._void(person, wrong)
            return [void] if self.chance.random() < 0.5 else [
                void, self._fact(person, corrects=wrong)
            ]  # fmt: skip
        return [self._fact(person)]


class _Memory:
    """As much of a log as `record_together` asks for, without a disk to wait for."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def known(self, source: str, id: str) -> Entry | None:
        return next((e for e in self.entries if (e.source, e.id) == (source, id)), None)

    def append(self, subject: str, decide: Decide) -> list[Entry]:
        own = [e for e in self.entries if e.subject == subject]
        found = decide(History(subject, own), self.known)
        self.entries += found
        return found


def recorded(law: Law, chance: random.Random, people: int, facts: int) -> list[Entry]:
    """About so many facts by chance, as they are recorded; what is not lawful is left out."""
    population, log = Population(chance, people), _Memory()
    while len(log.entries) < facts:
        arrived = [parse_event(event) for event in population.together()]
        before = len(log.entries)
        try:
            record_together(cast(Log, log), law, arrived, population.now)
        except Refused:
            continue
        stored = log.entries[before:]
        population.ids[stored[0].subject] += [entry.id for entry in stored]
    return log.entries


@contextmanager
def refilled(path: Path, entries: Sequence[Entry]) -> Iterator[Log]:
    """A store of these entries alone, as they were recorded."""
    with open_log(f"sqlite:///{path}", lambda: datetime.now(UTC)) as log:
        fill(log, entries)
        yield log


def fill(log: Log, entries: Sequence[Entry]) -> None:
    """Adds entries to a log as they were recorded, in one transaction."""
    with log.writing() as unit:
        for entry in entries:
            unit.history(entry.subject)
            unit.add(entry)


@contextmanager
def views(log: Log, law: Law, entries: Sequence[Entry]) -> Iterator[Cursor]:
    """A cursor on the views of a log with these entries."""
    fill(log, entries)
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        yield c


def moments(chance: random.Random, entries: list[Entry], number: int) -> list[datetime]:
    """Moments of recording, just before them, and ends of days."""
    found = []
    for entry in chance.sample(entries, number):
        at = entry.recorded_at
        found.append(chance.choice((at, at - timedelta(microseconds=1), end_of_day(at.date()))))
    return found


def folded(entries: list[Entry], law: Law, known_at: datetime) -> list[Timeline]:
    """Everybody as known at a moment, by the fold alone."""
    found = []
    for subject in sorted({entry.subject for entry in entries}):
        t = timeline(subject, [e for e in entries if e.subject == subject], law, known_at)
        if t is not None:
            found.append(t)
    return found
