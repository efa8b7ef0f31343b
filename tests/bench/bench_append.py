"""One durable append with judging, sealing and proof, compared with inserting its row alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import machine
import raw
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from support import NOW, Empty, Stores, imported, interleaved, law, national_file, opened, say_rate

from tracker.intake.appending import record_together
from tracker.intake.cloudevents import IncomingFact, parse_event
from tracker.store.log import Log

FACTS, PEOPLE = 60_000, 1_500
EACH, ROUNDS = 100, 15
FIRST_DAY = date(2024, 4, 2)
IN_HAND = 500


class Registrant(Aggregate):
    """The library's default: an aggregate whose event is a dict, stored as JSON."""

    def __init__(self) -> None:
        self.facts = 0

    @event("Recorded")
    def recorded(self, fact: dict[str, Any]) -> None:
        self.facts += 1


def _alive(file: Path) -> list[str]:
    """The subjects of a log without a recorded death."""
    found: dict[str, bool] = {}
    for line in file.read_bytes().splitlines():
        fact = json.loads(line)
        found[fact["subject"]] = found.get(fact["subject"], True) and "died" not in fact["type"]
    return [subject for subject, alive in found.items() if alive]


def _facts(subjects: list[str], source: str) -> Iterator[IncomingFact]:
    """Notifications with personal details about one subject after another, without end."""
    for n in count():
        turn, at = divmod(n, len(subjects))
        subject, on = subjects[at], (FIRST_DAY + timedelta(turn)).isoformat()
        data = {"on": on, "kind": "change", "details": f"new address: {n} Mill Lane"}
        yield parse_event(
            {"specversion": "1.0", "id": str(n), "source": source, "subject": subject,
             "type": "uk.mappa.notification.given", "time": "2024-06-02T10:30:00Z",
             "recordedby": "cheshire.officer7", "data": data}
        )  # fmt: skip


def _append(log: Log, facts: Iterable[IncomingFact]) -> None:
    for fact in facts:
        record_together(log, law(), [fact], NOW)


def _ours(log: Log, facts: Iterator[IncomingFact]) -> Callable[[], None]:
    return lambda: _append(log, islice(facts, EACH))


def _rows(rival: raw.Rival, rows: Iterator[raw.Row]) -> Callable[[], None]:
    return lambda: rival.one(list(islice(rows, EACH)))


def _saved(url: str) -> Callable[[], None]:
    """Saves events like ours with the library's own `save`."""
    module = "eventsourcing.sqlite" if url.startswith("sqlite") else "eventsourcing.postgres"
    env = {"PERSISTENCE_MODULE": module, "SQLITE_DBNAME": url.removeprefix("sqlite:///")}
    if not url.startswith("sqlite"):
        address, _, env["POSTGRES_DBNAME"] = url.removeprefix("postgresql://").rpartition("/")
        user, _, host = address.rpartition("@")
        env["POSTGRES_USER"], _, env["POSTGRES_PASSWORD"] = user.partition(":")
        env["POSTGRES_HOST"], _, env["POSTGRES_PORT"] = host.partition(":")
    app, people = Application[UUID](env=env), [Registrant() for _ in range(EACH)]
    app.save(*people)

    def work() -> None:
        for person in people:
            person.recorded({"on": "2024-06-01", "kind": "change", "details": "1 Mill Lane"})
            app.save(person)

    return work


def _like(rows: list[raw.Row], start: int) -> Iterator[raw.Row]:
    """Rows like those stored, each the next of its own aggregate."""
    for n in count(start):
        row = rows[n % len(rows)]
        yield (n, uuid4().hex, 1, *row[3:])


def _measure(name: str, empty: Empty, file: Path) -> None:
    with ExitStack() as stack:
        log = stack.enter_context(opened(stack.enter_context(empty())))
        own = stack.enter_context(opened(stack.enter_context(empty())))
        subjects, stored = _alive(file), imported(log, file)
        base = raw.rows_of(log)
        in_hand = _facts(subjects[:IN_HAND], "/in-hand")
        _append(log, islice(in_hand, IN_HAND))
        sample, start = raw.rows_of(log, stored), stored + 1
        driver = stack.enter_context(raw.driver(empty()))
        library = stack.enter_context(raw.library(empty()))
        ours = raw.OurRecorder(own)
        for rival in (driver, library, ours):
            rival.bulk(base)
        took = interleaved(
            {
                "the disk's waits alone": lambda: machine.waits(EACH),
                "raw": _rows(driver, _like(sample, start)),
                "the recorder alone": _rows(ours, _like(sample, start)),
                "decide, seal, proof; record in hand": _ours(log, in_hand),
                "decide, seal, proof; record to be read": _ours(
                    log, _facts(subjects[IN_HAND:], "/read")
                ),
                "the library's recorder": _rows(library, _like(sample, start)),
                "the library's save": _saved(stack.enter_context(empty())),
            },
            ROUNDS,
        )
    bound = "≥ 0.55" if name == "SQLite" else "≥ 0.6"
    bounds = dict.fromkeys(took, bound) | {"the recorder alone": "≥ 0.8"}
    base_time = took.pop("raw")
    for what, time in took.items():
        baseline = "library" in what or "disk" in what
        say_rate(f"{name}, {what}", EACH, time, "raw, a row a transaction", base_time,
                 "a baseline" if baseline else bounds[what])  # fmt: skip
    print(f"  records of {len(base) / PEOPLE:.0f} facts on average; {machine.disk()}")


def run(stores: Stores) -> None:
    """Prints the rates of single durable appends on each database, and their ratio to raw rows."""
    with national_file(FACTS, PEOPLE) as file:
        for name, empty in stores.items():
            _measure(name, empty, file)
