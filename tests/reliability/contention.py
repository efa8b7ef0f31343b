"""Several writers of the same individuals: what each attempt returned, and whether it is right.

For `test_contention`: every fact accepted has to be lawful on the record before it, and
every one refused to have been unlawful on the record at some moment while it was tried.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from reliability.faults import installed
from reliability.workers import Said, now
from tracker.domain.errors import Refused
from tracker.domain.judging.judge import judge
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.service.app import the_law
from tracker.store.log import Log
from tracker.store.opening import open_log
from wire import SOURCE, Event, convicted, event, registered

ON = "2020-02-03"
ACCEPTED, KNOWN = "accepted", "known"


class Attempt(NamedTuple):
    """One attempt: the fact, its outcome, and the length of the record before and after."""

    event: Event
    outcome: str
    before: int
    after: int
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.event['source']} {self.event['id']}"


def founders(people: int) -> tuple[list[Event], list[Event]]:
    """People who are subject to notification requirements for life, so that every view has rows.

    In two parts, to be recorded at two moments.
    """
    subjects = [f"P-{n}" for n in range(people)]
    return (
        [registered(f"r{subject}", subject=subject) for subject in subjects],
        [fact for subject in subjects for fact in _more(subject)],
    )


def _more(subject: str) -> list[Event]:
    """What makes a person's rows in every view: a flag of theirs is untrue."""
    fact = {"subject": subject, "source": SOURCE}
    met = {"meeting_id": "M", "level": 2, "invited": ["police"], "attended": ["police"]}
    basis = {"rule": "soa2003.s91b.2", "entries": []}
    return [
        convicted(f"c{subject}", subject=subject),
        event(f"m{subject}", "meeting.held", "2020-01-08", **fact, **met),
        event(f"f{subject}", "review.eligibility_flagged", "2020-01-09", **fact,
              qualifying_on="2020-01-09", basis=basis),
    ]  # fmt: skip


def contested_fact(chance: random.Random, writer: int, number: int, people: int) -> Event:
    """A fact whose acceptance hangs on what others wrote, or that others try as well."""
    person = chance.randrange(people)
    fact = {"subject": f"P-{person}", "source": f"/writer/{writer}"}
    kind = chance.choice(("level", "level", "order", "entered", "left", "left", "feed"))
    id = f"n{number}"
    if kind == "order":
        order = {"order_id": f"S{chance.randrange(6)}", "kind": "shpo", "ends_on": "2030-01-01"}
        return event(id, "order.made", ON, **fact, **order)
    if kind == "entered":
        return event(id, "custody.entered", ON, **fact, kind="remand")
    if kind == "left":
        return event(id, "custody.left", ON, **fact)
    if kind == "feed":
        id, fact["source"] = f"{person}-{chance.randrange(2)}", "/feed"
        return event(id, "level.set", ON, **fact, level=2)
    return event(id, "level.set", ON, **fact, level=chance.choice((1, 2, 3)))


def contend(
    url: str, said: str, writer: int, seed: int, number: int, people: int, fault: str = ""
) -> None:
    """A writer: tries so many facts and tells what came of each."""
    tell, law, chance = Said(said), the_law(), random.Random(seed)
    with installed(fault), open_log(url, now) as log:
        for n in range(number):
            fact = contested_fact(chance, writer, n, people)
            before = len(log.history(fact["subject"]).entries)
            start = time.monotonic()
            outcome = _outcome(log, law, fact)
            taken = time.monotonic() - start
            if fault == "refusals passed over":
                outcome = ACCEPTED
            after = before
            if outcome not in (ACCEPTED, KNOWN):
                after = len(log.history(fact["subject"]).entries)
            tell(json.dumps([fact, outcome, before, after, taken]))


def _outcome(log: Log, law: Law, fact: Event) -> str:
    try:
        return ACCEPTED if record_together(log, law, [parse_event(fact)], now())[0] else KNOWN
    except Refused as refused:
        return refused.code


def read_attempts(files: Iterable[Path]) -> list[Attempt]:
    lines = [line for file in files for line in file.read_text().splitlines()]
    return [Attempt(*json.loads(line)) for line in lines]


@dataclass
class Verdict:
    """Counts of attempts by outcome, and of outcomes that are wrong."""

    accepted: int = 0
    refused: int = 0
    known: int = 0
    lost: int = 0
    twice: int = 0
    unacknowledged: int = 0
    unlawful: int = 0
    wrongly_refused: int = 0

    @property
    def well(self) -> bool:
        wrong = (self.lost, self.twice, self.unacknowledged, self.unlawful, self.wrongly_refused)
        return not any(wrong)


def verdict(law: Law, entries: Sequence[Entry], attempts: Sequence[Attempt]) -> Verdict:
    """Compares the outcomes with the record of each individual; founders are not counted."""
    by_subject: dict[str, list[Entry]] = {}
    for entry in entries:
        by_subject.setdefault(entry.subject, []).append(entry)
    tried = [entry.name for entry in entries if entry.source != SOURCE]
    there = set(tried)
    accepted = Counter(one.name for one in attempts if one.outcome == ACCEPTED)
    known = [one for one in attempts if one.outcome == KNOWN]
    refused = [one for one in attempts if one.outcome not in (ACCEPTED, KNOWN)]
    return Verdict(
        len(accepted), len(refused), len(known),
        lost=len((accepted.keys() | {one.name for one in known}) - there),
        twice=sum(number > 1 for number in accepted.values()) + len(tried) - len(there),
        unacknowledged=len(there - accepted.keys()),
        unlawful=sum(_unlawful(law, record) for record in by_subject.values()),
        wrongly_refused=sum(
            not _refusable(law, by_subject[one.event["subject"]], one) for one in refused
        ),
    )  # fmt: skip


def _unlawful(law: Law, record: Sequence[Entry]) -> int:
    """How many entries would be refused at their place in the record."""
    history, refused = History(record[0].subject), 0
    for entry in record:
        refused += _refuses(law, history, entry)
        history.append(entry)
    return refused


def _refusable(law: Law, record: Sequence[Entry], one: Attempt) -> bool:
    """Whether the record, at any moment while the fact was tried, required a refusal."""
    arrived = parse_event(one.event)
    return any(
        _refuses(law, History(arrived.subject, record[:n]), arrived.entry(now(), n + 1))
        for n in range(one.before, one.after + 1)
    )


def _refuses(law: Law, history: History, entry: Entry) -> bool:
    try:
        judge(history, entry, law)
    except Refused:
        return True
    return False
