"""Several writers of the same individuals, what each was told, and whether that can have been.

For `test_contention`: every fact accepted has to be lawful on the record that stands before it, and
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


class Told(NamedTuple):
    """One attempt: the fact, what was said of it, the length of the record before and after."""

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
    given = {"subject": subject, "source": SOURCE}
    met = {"meeting_id": "M", "level": 2, "invited": ["police"], "attended": ["police"]}
    basis = {"rule": "soa2003.s91b.2", "entries": []}
    return [
        convicted(f"c{subject}", subject=subject),
        event(f"m{subject}", "meeting.held", "2020-01-08", **given, **met),
        event(f"f{subject}", "review.eligibility_flagged", "2020-01-09", **given,
              qualifying_on="2020-01-09", basis=basis),
    ]  # fmt: skip


def attempt(chance: random.Random, writer: int, number: int, people: int) -> Event:
    """A fact whose acceptance hangs on what others wrote, or that others try as well."""
    person = chance.randrange(people)
    given = {"subject": f"P-{person}", "source": f"/writer/{writer}"}
    kind = chance.choice(("level", "level", "order", "entered", "left", "left", "feed"))
    id = f"n{number}"
    if kind == "order":
        order = {"order_id": f"S{chance.randrange(6)}", "kind": "shpo", "ends_on": "2030-01-01"}
        return event(id, "order.made", ON, **given, **order)
    if kind == "entered":
        return event(id, "custody.entered", ON, **given, kind="remand")
    if kind == "left":
        return event(id, "custody.left", ON, **given)
    if kind == "feed":
        id, given["source"] = f"{person}-{chance.randrange(2)}", "/feed"
        return event(id, "level.set", ON, **given, level=2)
    return event(id, "level.set", ON, **given, level=chance.choice((1, 2, 3)))


def contend(
    url: str, said: str, writer: int, seed: int, number: int, people: int, fault: str = ""
) -> None:
    """A writer: tries so many facts and tells what came of each."""
    tell, law, chance = Said(said), the_law(), random.Random(seed)
    with installed(fault), open_log(url, now) as log:
        for n in range(number):
            given = attempt(chance, writer, n, people)
            before = len(log.history(given["subject"]).entries)
            start = time.monotonic()
            outcome = _tried(log, law, given)
            taken = time.monotonic() - start
            if fault == "refusals passed over":
                outcome = ACCEPTED
            after = before
            if outcome not in (ACCEPTED, KNOWN):
                after = len(log.history(given["subject"]).entries)
            tell(json.dumps([given, outcome, before, after, taken]))


def _tried(log: Log, law: Law, given: Event) -> str:
    try:
        return ACCEPTED if record_together(log, law, [parse_event(given)], now())[0] else KNOWN
    except Refused as refused:
        return refused.code


def told(files: Iterable[Path]) -> list[Told]:
    lines = [line for file in files for line in file.read_text().splitlines()]
    return [Told(*json.loads(line)) for line in lines]


@dataclass
class Verdict:
    """Counts of attempts and of what is wrong with what was told of them."""

    accepted: int = 0
    refused: int = 0
    known: int = 0
    lost: int = 0
    twice: int = 0
    untold: int = 0
    unlawful: int = 0
    wrongly_refused: int = 0

    @property
    def well(self) -> bool:
        wrong = (self.lost, self.twice, self.untold, self.unlawful, self.wrongly_refused)
        return not any(wrong)


def verdict(law: Law, entries: Sequence[Entry], attempts: Sequence[Told]) -> Verdict:
    """What was told, held against the record of each individual; the founders are not counted."""
    of: dict[str, list[Entry]] = {}
    for entry in entries:
        of.setdefault(entry.subject, []).append(entry)
    tried = [entry.name for entry in entries if entry.source != SOURCE]
    there = set(tried)
    accepted = Counter(one.name for one in attempts if one.outcome == ACCEPTED)
    known = [one for one in attempts if one.outcome == KNOWN]
    refused = [one for one in attempts if one.outcome not in (ACCEPTED, KNOWN)]
    return Verdict(
        len(accepted), len(refused), len(known),
        lost=len((accepted.keys() | {one.name for one in known}) - there),
        twice=sum(number > 1 for number in accepted.values()) + len(tried) - len(there),
        untold=len(there - accepted.keys()),
        unlawful=sum(_unlawful(law, record) for record in of.values()),
        wrongly_refused=sum(not _refusable(law, of[one.event["subject"]], one) for one in refused),
    )  # fmt: skip


def _unlawful(law: Law, record: Sequence[Entry]) -> int:
    """How many entries would be refused where they stand."""
    history, found = History(record[0].subject), 0
    for entry in record:
        found += _refuses(law, history, entry)
        history.append(entry)
    return found


def _refusable(law: Law, record: Sequence[Entry], one: Told) -> bool:
    """Whether the record ever was such, while it was tried, that it had to be refused."""
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
