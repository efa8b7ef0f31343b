"""The worked cases of law through the command line: figures, lists, and what is refused.

The cases of `show` are proved on the domain in tests/law; here a sample of them goes all the way.
"""

from __future__ import annotations

from typing import Any

import pytest

from law.test_cases import CASES, found_at
from running import Tracker
from wire import Written

OPTIONS = ("area", "on", "known_at", "within")


def _named(case: dict[str, Any]) -> Any:
    doubt = " (in doubt)" if case["doubt"] else ""
    return pytest.param(case, id=f"{case['topic']}-{case['id']} {case['source']}{doubt}")


def _asking(*commands: str) -> list[Any]:
    return [_named(c) for c in CASES if c.get("query", {}).get("command") in commands]


def _sample() -> list[Any]:
    """The first two cases of each topic, and every case that asks as known at a moment."""
    seen: dict[str, int] = {}
    chosen = []
    for case in CASES:
        if case.get("query", {}).get("command") == "show":
            seen[case["topic"]] = seen.get(case["topic"], 0) + 1
            if seen[case["topic"]] <= 2 or "known_at" in case["query"]:
                chosen.append(_named(case))
    return chosen


def arguments(query: dict[str, Any]) -> list[str]:
    """What a newcomer would type for the query of a case."""
    command = query["command"]
    given = {k: v for k, v in query.items() if k in OPTIONS}
    typed = [command]
    if command == "return":
        typed += [given.pop("area"), query["year"]]
    elif command == "show":
        typed.append(query["subject"])
    for name, value in given.items():
        typed += [f"--{name.replace('_', '-')}", str(value)]
    return [*typed, "--format", "json"]


def answered(case: dict[str, Any], tracker: Tracker, file: Written) -> None:
    tracker("import", file(*case["facts"]), "--trust-times").done()
    answer = tracker(*arguments(case["query"])).json()
    # a path that begins with an index or a length is asked of a list
    result = {
        path: found_at(f"answer{_joined(path)}", {"answer": answer}) for path in case["expect"]
    }
    assert result == case["expect"], case["source"]


def _joined(path: str) -> str:
    return path if path.startswith("[") else f".{path}"


@pytest.mark.parametrize("case", _asking("counts", "return", "eligible", "diary"))
def test_figures_and_lists(case: dict[str, Any], tracker: Tracker, file: Written) -> None:
    answered(case, tracker, file)


@pytest.mark.parametrize("case", _sample())
def test_show(case: dict[str, Any], tracker: Tracker, file: Written) -> None:
    answered(case, tracker, file)


@pytest.mark.parametrize("case", _asking("return"))
def test_figures_are_explained_case_by_case(
    case: dict[str, Any], tracker: Tracker, file: Written
) -> None:
    tracker("import", file(*case["facts"]), "--trust-times").done()
    for path, value in case["expect"].items():
        if isinstance(value, int) and not isinstance(value, bool):
            explain = [*arguments(case["query"]), "--explain", path]
            assert len(tracker(*explain).json()["cases"]) == value


@pytest.mark.parametrize("case", [_named(c) for c in CASES if c.get("last_fact_refused")])
def test_refused(case: dict[str, Any], tracker: Tracker, file: Written) -> None:
    *accepted, last = case["facts"]
    if accepted:
        tracker("import", file(*accepted), "--trust-times").done()
    before = tracker.export()
    ran = tracker("import", file(last, name="last.jsonl"), "--trust-times").refused("last.jsonl:1")
    assert ran.out == ""
    assert last["data"].get("name", "Case") not in ran.err
    assert tracker.export() == before


def test_every_command_of_the_cases_is_run() -> None:
    asked = {case["query"]["command"] for case in CASES if "query" in case}
    assert asked == {"show", "counts", "return", "eligible", "diary"}
    assert len(_sample()) >= 15
