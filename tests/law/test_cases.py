"""The worked cases of law that the domain alone can answer: `show` and refusals.

They are in cases.json and cases-2.json.
Counts, returns, lists and what the store refuses by itself are run through the command line.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from spec import law, moment, record_together
from tracker.domain.answers.show import show
from tracker.domain.errors import Refused
from tracker.domain.meaning.timeline import timeline
from tracker.domain.record.history import History
from tracker.intake.cloudevents import IncomingFact, parse_line

CASES: list[dict[str, Any]] = [
    case
    for name in ("cases.json", "cases-2.json")
    for case in json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))["cases"]
]
BY_THE_STORE = {"RX40"}  # trusted times that run backwards are the stamp's to refuse
LATER = "2030-01-01"
_STEP = re.compile(r"(?P<key>[^.\[\]]+)(?:\[(?:(?P<index>\d+)|(?P<by>\w+)=(?P<value>[^\]]*))\])?")


def _cases(command: str | None) -> list[Any]:
    return [
        pytest.param(
            case,
            id=f"{case['topic']}-{case['id']} {case['source']}"
            + (" (in doubt)" if case["doubt"] else ""),
        )
        for case in CASES
        if case.get("query", {}).get("command") == command and case["id"] not in BY_THE_STORE
    ]


def arrived(facts: list[dict[str, Any]]) -> list[IncomingFact]:
    return [parse_line(json.dumps(fact).encode()) for fact in facts]


def found_at(path: str, answer: Any) -> Any:
    """The value at a path of a case; None where something on the way is missing."""
    for step in path.split("."):
        if step == "length":
            answer = len(answer) if isinstance(answer, list) else None
            continue
        match = _STEP.fullmatch(step)
        assert match is not None, f"not a path: {path}"
        answer = answer.get(match["key"]) if isinstance(answer, dict) else None
        if match["index"] is not None:
            at = int(match["index"])
            answer = answer[at] if isinstance(answer, list) and at < len(answer) else None
        elif match["by"] is not None:
            entries = answer if isinstance(answer, list) else []
            answer = next((e for e in entries if str(e.get(match["by"])) == match["value"]), None)
    return answer


@pytest.mark.parametrize("case", _cases("show"))
def test_show(case: dict[str, Any]) -> None:
    query, coming = case["query"], arrived(case["facts"])
    history = History(query["subject"])
    record_together(history, coming, law())
    known_at = moment(query["known_at"]) if "known_at" in query else moment(LATER)
    known = timeline(query["subject"], history.entries, law(), known_at)
    assert known is not None
    answer = show(known, date.fromisoformat(query["on"]), known_at)
    found = {path: found_at(path, answer) for path in case["expect"]}
    assert found == case["expect"], case["source"]


@pytest.mark.parametrize("case", _cases(None))
def test_refused(case: dict[str, Any]) -> None:
    before = arrived(case["facts"][:-1])
    history = History(before[0].subject if before else "LAW")
    record_together(history, before, law())
    with pytest.raises(Refused):
        record_together(history, arrived(case["facts"][-1:]), law())


def test_the_cases_are_all_there() -> None:
    assert len(CASES) == len({case["id"] for case in CASES}) == 254 + 79


def test_a_path_that_is_missing_is_null() -> None:
    answer = {"a": [{"k": "x", "v": 1}], "b": {"c": None}}
    assert found_at("a.length", answer) == 1
    assert found_at("a[0].v", answer) == found_at("a[k=x].v", answer) == 1
    for path in ("a[1].v", "a[k=y].v", "b.c.d", "z[k=x]", "z.length"):
        assert found_at(path, answer) is None
