"""The law as at a day: a later version of every rule changes no answer about earlier days.

Given a later version of every rule, with other numbers and other words, when a question or a fact
is about an earlier day, then every answer is as before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings

from law.boundaries import BOUNDARIES
from law.later import FAR, answers, with_later_version
from law.strategies import histories
from law.test_cases import CASES, arrived
from spec import SUBJECT, law, record_together
from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History

ROOT = Path(__file__).parents[2]
LATER = with_later_version(None, FAR)
CHECKS = {name: check for boundary in BOUNDARIES for name, check in boundary.checks.items()}


@pytest.mark.parametrize("name", CHECKS)
def test_every_boundary_is_where_it_was(name: str) -> None:
    CHECKS[name](LATER)


@settings(max_examples=30, deadline=None)
@for_all(histories())
def test_every_answer_about_a_lawful_history_is_as_it_was(entries: list[Entry]) -> None:
    assert answers(entries, LATER) == answers(entries, law())


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in CASES])
def test_every_case_is_answered_and_refused_as_it_was(case: dict[str, Any]) -> None:
    assert _recorded(case, LATER) == _recorded(case, law())


def _recorded(case: dict[str, Any], rules: Law) -> dict[str, Any]:
    """The answers about the first subject of a case, or why one of its facts is refused."""
    first = case["facts"][0]["subject"]
    facts = [fact | {"subject": SUBJECT} for fact in case["facts"] if fact["subject"] == first]
    history = History(SUBJECT)
    try:
        record_together(history, arrived(facts), rules)
    except Refused as refused:
        return {"code": refused.code, "text": str(refused)}
    return answers(history.entries, rules)


def test_the_tables_alone_know_the_numbers_of_a_rule() -> None:
    """No other module reads them, so every number is looked up as at its governing day."""
    rooms = [ROOT / "src", ROOT / "projections", ROOT / "scheduler"]
    reading = {
        path.name
        for room in rooms
        for path in room.rglob("*.py")
        if ".numbers" in path.read_text("utf-8")
    }
    assert reading == {"tables.py"}
