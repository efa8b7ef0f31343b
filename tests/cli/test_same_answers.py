"""Every read command answers the same, to the byte: on SQLite and on PostgreSQL, sealed or not,
before and after a rebuild, for people by chance with late, voided and corrected facts.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from population import recorded
from postgres import drop_database, fresh_database
from running import Ran, Tracker
from tracker.domain.dates import civil
from tracker.domain.law.tables import Law
from tracker.intake.cloudevents import event_of
from tracker.intake.times import parse_time
from tracker.store.database.sqlite import sqlite3  # type: ignore[attr-defined]
from wire import Event, Written, event, made

FACTS = 300
# in the order of their bytes, which is not that of any language
SUBJECTS = ["10", "9", "A.b", "AB", "Ab", "P-10", "P-9", "a-b", "a.b", "a_b", "ab", "p-1"]
# what an encoding, a quotation or a pattern somewhere on the way would change
ODD = 'Zoë “Łu” O\'Bríen \\ "%s" ? {x} :y 🦉 e\u0301 \u2028'
YEARS = ("2021-22", "2022-23")
OFF = {"TRACKER_SEALING": "off"}
JSON = ("--format", "json")
Question = tuple[str, ...]
Answers = dict[Question, Ran]


def lifer(subject: str, area: str) -> list[Event]:
    """Somebody whose review has begun, and who has every kind of personal text."""
    number = 0

    def fact(kind: str, on: str, /, **data: Any) -> Event:
        nonlocal number
        number += 1
        return event(f"e{number}", kind, on, subject=subject, source=f"/{area}/ł", **data)

    return [
        fact("individual.registered", "2005-01-04", area=area, name=ODD, identifiers={"pnc": ODD},
             date_of_birth="1961-02-28"),
        fact("conviction.recorded", "2005-01-05", conviction_id="Ç1", finding="conviction",
             offence=ODD, schedule_3=True, disposal={"kind": "life"}),
        fact("custody.entered", "2005-01-05", kind="sentence", conviction_id="Ç1"),
        fact("custody.left", "2005-09-01", licence_for_life=True),
        fact("notification.given", "2005-09-02", kind="initial", details=ODD),
        fact("level.set", "2005-09-03", level=2,
             override={"rule": "any", "reason": ODD, "by": "Supt Grey"}),
        fact("meeting.held", "2021-02-01", meeting_id="M1", level=2, invited=["police"],
             attended=["police"], next_review_on="2021-04-26",
             actions=[{"action_id": "A1", "text": ODD, "owner": "ł", "due_on": "2021-05-01"}]),
        fact("review.applied", "2021-03-01", review_id="V1"),
        fact("review.acknowledged", "2021-03-04", review_id="V1"),
    ]  # fmt: skip


def barred(subject: str) -> list[Event]:
    """Somebody else, whom an order made since keeps from applying again."""
    order = made("s1", "2021-05-04", subject=subject, source="/barring", ends_on="2029-04-30",
                 prohibitions=[{"text": ODD}], requirements=[{"text": ODD}])  # fmt: skip
    return [*lifer(subject, "merseyside"), order]


def dressed(event: Event) -> Event:
    """A fact of the population, of people with odd references and names."""
    about = SUBJECTS[int(event["subject"].removeprefix("P-"))]
    data = event["data"] | ({"name": f"{ODD} {about}"} if "name" in event["data"] else {})
    return event | {"subject": about, "data": data}


@pytest.fixture
def events(law: Law, chance: random.Random) -> list[Event]:
    people = recorded(law, chance, len(SUBJECTS), FACTS)
    return [*(dressed(event_of(entry)) for entry in people), *lifer("L", "cheshire"), *barred("l")]


@pytest.fixture
def stores(tmp_path: Path, postgres_server: str) -> Iterator[dict[str, Tracker]]:
    """The command line on a store of each database, sealed and unsealed."""
    urls = [fresh_database(), fresh_database()]
    sealed, unsealed = ({"TRACKER_STORE": url} for url in urls)
    yield {
        "SQLite": Tracker(tmp_path / "sealed.db"),
        "SQLite, unsealed": Tracker(tmp_path / "unsealed.db", OFF),
        "PostgreSQL": Tracker(tmp_path, sealed),
        "PostgreSQL, unsealed": Tracker(tmp_path, unsealed | OFF),
    }
    for url in urls:
        drop_database(url)


def asked_of_the_views(on: date, at: datetime) -> list[Question]:
    when = ("--on", on.isoformat(), "--known-at", at.isoformat())
    return [
        ("counts", *when),
        ("counts", "--area", "cheshire", *when),
        ("eligible", "--within", "P60Y", *when),
        ("diary", "--area", "merseyside", "--within", "P10Y", *when),
    ]


def asked_of_everybody(command: str, on: date, at: datetime, *more: str) -> list[Question]:
    when = ("--on", on.isoformat(), "--known-at", at.isoformat())
    return [(command, one, *more, *when) for one in (*SUBJECTS, "L", "l")]


def asked_of_returns(tracker: Tracker, at: datetime, chance: random.Random) -> list[Question]:
    """The returns, and who is behind some of the figures in them."""
    result: list[Question] = []
    for year in YEARS:
        asked = ("return", "cheshire", year, "--known-at", at.isoformat())
        figures = tracker(*asked, *JSON).json()
        counted = sorted(cell for cell in cells(figures) if not cell.startswith("population"))
        explained = chance.sample(counted, min(2, len(counted)))
        result += [asked, *((*asked, "--explain", cell) for cell in explained)]
    return result


def cells(figures: Any, path: str = "") -> list[str]:
    """The dotted path of every figure above nought."""
    if isinstance(figures, dict):
        return [c for name, row in figures.items() for c in cells(row, f"{path}.{name}".strip("."))]
    return [path] if isinstance(figures, int) and not isinstance(figures, bool) and figures else []


def questions(tracker: Tracker, events: Sequence[Event], chance: random.Random) -> list[Question]:
    """At the end and at a moment in between, of the day itself and of one long before or after."""
    times = [parse_time(event["time"]) for event in events[:FACTS]]
    last, between = max(times), chance.choice(times[FACTS // 3 :])
    before = between - timedelta(microseconds=chance.randrange(2))
    another_day = civil(last) + timedelta(days=chance.randrange(-900, 500))
    return [
        *asked_of_the_views(civil(before), before),
        *asked_of_the_views(another_day, last),
        *asked_of_everybody("show", civil(before), before, "--why"),
        *asked_of_everybody("show", another_day, last, "--why"),
        *asked_of_everybody("review", another_day, last),
        *asked_of_returns(tracker, last, chance),
    ]


def answers(tracker: Tracker, asked: Sequence[Question]) -> Answers:
    """What each command said, with its exit status; and every fact."""
    return {q: tracker(*q, *JSON) for q in asked} | {("export",): tracker("export")}


def differing(answers: Answers, expected: Answers) -> list[Question]:
    for question, ran in answers.items():
        if ran != expected[question]:
            print(question, "\n", ran.status, ran.out, ran.err, "\nand not\n", expected[question])
    return [question for question in expected if answers[question] != expected[question]]


def worth_comparing(events: Sequence[Event], result: Answers) -> None:
    """Nobody counted, late or voided, and nothing answered, would prove nothing."""
    late = [e for e in events[:FACTS] if e["time"][:7] != e["data"]["on"][:7]]
    assert len(late) > FACTS / 20
    assert sum(e["type"].endswith("entry.voided") for e in events) > FACTS / 50
    assert any("corrects" in e["data"] for e in events)
    assert result["export",].out.count("\n") == len(events)
    for command in ("counts", "eligible", "diary", "return", "show", "review"):
        answered = [
            json.loads(r.out) for q, r in result.items() if q[0] == command and not r.status
        ]
        assert all(answered), command
    explained = [json.loads(ran.out) for q, ran in result.items() if "--explain" in q]
    assert explained
    assert all(case["entries"] for one in explained for case in one["cases"])


def test_answers_do_not_depend_on_database_sealing_or_rebuild(
    stores: dict[str, Tracker], events: list[Event], chance: random.Random, file: Written
) -> None:
    for tracker in stores.values():
        tracker("migrate").done()
        tracker("import", file(*events), "--trust-times").done()
    first = stores["SQLite"]
    asked = questions(first, events, chance)
    expected = answers(first, asked)
    worth_comparing(events, expected)
    for name, tracker in stores.items():
        assert not differing(answers(tracker, asked), expected), name
        for how in (("rebuild",), ("rebuild", "--beside")):
            tracker(*how).done()
            assert not differing(answers(tracker, asked), expected), f"{name}, after {how}"
        tracker("verify", "--views").done()


def test_a_row_that_a_view_lacked_would_be_seen_until_a_rebuild(
    tracker: Tracker, events: list[Event], chance: random.Random, file: Written
) -> None:
    """The deliberate fault."""
    tracker("import", file(*events), "--trust-times").done()
    asked = [q for q in questions(tracker, events, chance) if q[0] not in ("show", "review")]
    expected = answers(tracker, asked)
    for table in ("view_standing", "view_spells", "view_eligibility"):
        with closing(sqlite3.connect(tracker.store)) as connection, connection:
            connection.execute(f"DELETE FROM {table} WHERE subject IN ('L', 'l')")
        assert differing(answers(tracker, asked), expected), table
        tracker("rebuild").done()
        assert not differing(answers(tracker, asked), expected), table
