"""The order in which facts were recorded: the same facts, in any order that the rules allow, give
the same answers to the byte.

Facts of one day act in the order recorded, so those of one individual keep it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter
from pathlib import Path
from typing import cast
from unittest import mock

import pytest

from population import recorded
from reliability.stores import Stores, command
from reliability.tiers import tiers
from running import Tracker
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.domain.record import entry as domain
from tracker.domain.record.entry import Entry, voids
from tracker.domain.record.history import History
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import event_of, parse_event
from tracker.store.log import Log
from wire import Event, written

PEOPLE, FACTS = 3, 50
ORDERS_A_POPULATION = 10
MOVES = 20
BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
KNOWN_AT = "2026-06-01T00:00:00Z"
DAYS = ("2022-06-30", "2025-05-31")
RETURNS = (("cheshire", "2021-22"), ("cheshire", "2022-23"), ("merseyside", "2022-23"))
Unit = tuple[Entry, ...]


class Draft:
    """As much of a log as recording asks for: the record of one individual, on no disk."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def append(self, subject: str, decide: Callable[..., list[Entry]]) -> list[Entry]:
        found = decide(History(subject, self.entries), lambda source, id: None)
        self.entries += found
        return found


def units(entries: Sequence[Entry]) -> list[Unit]:
    """What was recorded together of one individual, such as a void and the right fact."""
    return [tuple(unit) for _, unit in groupby(entries, key=attrgetter("recorded_at"))]


def given(entry: Entry) -> Event:
    """A fact as it is recorded anew; a void is of the day on which it is recorded."""
    event = event_of(entry)
    if voids(entry) is not None:
        event["data"]["on"] = BEGIN.date().isoformat()
    return event


def days(unit: Unit) -> set[date]:
    return {entry.fact.on for entry in unit if voids(entry) is None}


def moved(chance: random.Random, order: Sequence[Unit]) -> list[Unit]:
    """One unit at another place; facts of one day keep their order."""
    start, end = sorted(chance.sample(range(len(order)), 2))
    passed = list(order[start : end + 1])
    if chance.random() < 0.5:
        one, *others = passed
        passed = [*others, one]
    else:
        *others, one = passed
        passed = [one, *others]
    if any(days(one) & days(other) for other in others):
        return list(order)
    return [*order[:start], *passed, *order[end + 1 :]]


def lawful(law: Law, order: Sequence[Unit]) -> bool:
    """Whether each unit may be recorded where it stands."""
    draft = Draft()
    try:
        for unit in order:
            arrived = [parse_event(given(entry)) for entry in unit]
            record_together(cast(Log, draft), law, arrived, BEGIN)
    except Refused:
        return False
    return True


def another_order(law: Law, chance: random.Random, order: list[Unit]) -> list[Unit]:
    """The record of one individual after so many moves, each of which the rules allow."""
    for _ in range(MOVES):
        tried = moved(chance, order)
        if tried != order and lawful(law, tried):
            order = tried
    return order


def merged(chance: random.Random, records: Iterable[Sequence[Unit]]) -> list[Unit]:
    """The records of everybody, as they may come in one among another."""
    waiting, found = [list(record) for record in records], list[Unit]()
    while any(waiting):
        found.append(chance.choice([record for record in waiting if record]).pop(0))
    return found


def orders(law: Law, chance: random.Random, entries: Sequence[Entry]) -> Iterator[list[Unit]]:
    """The facts of everybody in one order after another, first as they were recorded."""
    yield units(entries)
    subjects = sorted({entry.subject for entry in entries})
    records = [units([e for e in entries if e.subject == subject]) for subject in subjects]
    while True:
        records = [another_order(law, chance, record) for record in records]
        yield merged(chance, records)


def answers(tracker: Tracker, people: Sequence[str]) -> dict[str, str]:
    """What the tracker says of everybody and everything."""
    asked = [["show", person, "--on", day, "--why"] for person in people for day in DAYS]
    asked += [["counts", "--on", day] for day in DAYS]
    asked += [["eligible", "--on", DAYS[-1], "--within", "P20Y"]]
    asked += [["diary", "--on", DAYS[-1], "--within", "P2Y"]]
    asked += [["return", area, year] for area, year in RETURNS]
    more = ["--known-at", KNOWN_AT, "--format", "json"]
    return {" ".join(question): tracker(*question, *more).done().out for question in asked}


def answered(url: str, folder: Path, order: Sequence[Unit]) -> dict[str, str]:
    """The answers of a store into which the facts were imported in that order."""
    lines = [
        given(entry) | {"time": (BEGIN + timedelta(minutes=n)).isoformat()}
        for n, unit in enumerate(order)
        for entry in unit
    ]
    tracker, file = command(url), written(folder / "order.jsonl", lines)
    ran = tracker("import", file, "--trust-times").done()
    assert ran.out.startswith(f"{len(lines)} facts stored")
    return answers(tracker, sorted({entry.subject for unit in order for entry in unit}))


@tiers("R14", 6, 80)
def test_the_order_in_which_facts_were_recorded_changes_no_answer(
    stores: Stores, tmp_path: Path, law: Law, chance: random.Random, times: int
) -> None:
    seen = set()
    times //= stores.share
    for _ in range(0, times, ORDERS_A_POPULATION):
        entries = recorded(law, chance, PEOPLE, FACTS)
        number = min(times, ORDERS_A_POPULATION)
        first, *others = islice(orders(law, chance, entries), number + 1)
        expected = answered(stores(), tmp_path, first)
        for order in others:
            seen.add(tuple(entry.name for entry in of_one(order, "P-0")))
            assert answered(stores(), tmp_path, order) == expected
    print(f"{len(seen)} orders of one individual's facts")
    assert len(seen) > times * 0.8, "hardly any other order"


def of_one(order: Sequence[Unit], subject: str) -> list[Entry]:
    return [entry for unit in order for entry in unit if entry.subject == subject]


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
def test_sorting_by_insertion_is_seen(
    stores: Stores, tmp_path: Path, law: Law, chance: random.Random
) -> None:
    entries = recorded(law, chance, PEOPLE, FACTS)
    tried = list(islice(orders(law, chance, entries), 10))
    with mock.patch.object(domain, "_EFFECTIVE_ORDER", attrgetter("sequence")):
        found = [answered(stores(), tmp_path, order) for order in tried]
    assert any(one != found[0] for one in found)
