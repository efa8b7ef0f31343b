"""`tracker return`: what changed since a moment and why, and why a person is not counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from running import Tracker
from wire import Written, convicted, event, level, registered

JSON = ("--format", "json")
RETURN = ("return", "cheshire", "2022-23", "--known-at", "2023-09-30")
L1, L2 = "snapshot.level1.cat1", "snapshot.level2.cat1"


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    """Somebody subject for life, of whom level 2 became known after the year, and another."""
    facts = [
        registered("1", "2020-01-06"),
        convicted("2", "2020-01-07"),
        registered("3", "2020-01-06", subject="CHE-2"),
        level("4", "2023-01-09", 2, time="2023-05-01T09:00:00Z"),
        event("5", "notification.given", "2023-05-02", kind="periodic"),
    ]
    tracker("import", file(*facts), "--trust-times").done()
    return tracker


class TestChangesSince:
    def test_lists_cells_people_and_entries(self, filled: Tracker) -> None:
        answer = filled(*RETURN, "--changes-since", "2023-04-01", *JSON).json()
        assert list(answer) == [
            "area", "year", "since", "known_at", "days", "cells", "people"
        ]  # fmt: skip
        assert (answer["since"], answer["known_at"]) == (
            "2023-04-01T22:59:59.999999Z", "2023-09-30T22:59:59.999999Z"
        )  # fmt: skip
        assert answer["days"] == {"was": "2023-03-31", "is": "2023-03-31"}
        assert {"cell": L1, "was": 1, "is": 0} in answer["cells"]
        assert {"cell": "yearly_level2_3.total.total", "was": 0, "is": 1} in answer["cells"]
        assert answer["people"] == [
            {
                "subject": "CHE-1",
                "left": [L1],
                "joined": [L2, "yearly_level2_3.level2.cat1"],
                "entries": ["/cheshire/ppu 4"],
            }
        ]

    def test_as_text(self, filled: Tracker) -> None:
        printed = filled(*RETURN, "--changes-since", "2023-04-01T12:00:00+01:00").done().out
        rows = [line.split() for line in printed.splitlines()]
        assert [L2, "0", "1"] in rows
        assert f"  CHE-1  left {L1}; joined {L2}, yearly_level2_3.level2.cat1" in printed
        assert "      /cheshire/ppu 4" in printed
        assert "/cheshire/ppu 5" not in printed, "a notification counts nowhere"

    def test_says_so_where_nothing_changed(self, filled: Tracker) -> None:
        printed = filled(*RETURN, "--changes-since", "2023-05-03").done().out
        assert printed.strip().endswith("no change")

    def test_says_so_where_only_the_day_counted_is_another(
        self, filled: Tracker, file: Written
    ) -> None:
        expired = [
            registered("6", "2018-01-08", subject="CHE-3"),
            convicted("7", "2018-01-09", subject="CHE-3", disposal={"kind": "fine"}),
        ]
        filled("import", file(*expired), "--trust-times").done()
        ask = ("return", "cheshire", "2022-23", "--known-at", "2023-01-31")
        printed = filled(*ask, "--changes-since", "2022-12-31").done().out
        assert (
            f"  CHE-3  left {L1}\n      no new entry: counted on a later day, 2023-01-31" in printed
        )

    def test_of_cheshire_are_those_between_two_returns(self, cheshire_template: Path) -> None:
        cheshire = Tracker(cheshire_template)
        answer = cheshire(*RETURN, "--changes-since", "2023-04-03T12:00:00+01:00", *JSON).json()
        before = cheshire(
            "return", "cheshire", "2022-23", "--known-at", "2023-04-03T12:00:00+01:00", *JSON
        ).json()
        after = cheshire(*RETURN, *JSON).json()
        assert answer["cells"], "in spring not everything was known"
        for cell in answer["cells"]:
            assert (at(before, cell["cell"]), at(after, cell["cell"])) == (cell["was"], cell["is"])
        assert all(person["entries"] for person in answer["people"])


def at(answer: dict[str, Any], cell: str) -> Any:
    value: Any = answer
    for part in cell.split("."):
        value = value[part]
    return value


class TestWhySomebodyIsNotCounted:
    def test_says_the_first_condition_that_fails(self, filled: Tracker) -> None:
        answer = filled(*RETURN, "--explain", L1, "--subject", "CHE-1", *JSON).json()
        assert list(answer) == [
            "area", "year", "known_at", "cell", "subject", "counted", "reason", "rule", "entries",
            "cases",
        ]  # fmt: skip
        assert (answer["counted"], answer["cases"]) == (False, [])
        assert answer["reason"] == "at level 2 on 2023-03-31"
        assert answer["entries"] == ["/cheshire/ppu 4"]
        assert answer["rule"].startswith("each person in the community on the last day")

    def test_or_where_the_person_is_counted(self, filled: Tracker) -> None:
        answer = filled(*RETURN, "--explain", L2, "--subject", "CHE-1", *JSON).json()
        assert answer["counted"] is True
        assert [case["cell"] for case in answer["cases"]] == [L2]
        assert "/cheshire/ppu 4" in answer["entries"]
        explained = filled(*RETURN, "--explain", L2, *JSON).json()
        assert explained["cases"] == answer["cases"]
        assert explained["rule"] == answer["rule"]

    def test_as_text(self, filled: Tracker) -> None:
        printed = filled(*RETURN, "--explain", "orders.shpo", "--subject", "CHE-2").done().out
        assert printed.splitlines() == [
            "CHE-2 is not counted in orders.shpo  (cheshire 2022-23): no SHPO is recorded",
            "The rule: each full SHPO made in the year on a person whose managing area it is "
            "that day, wherever the person is.",
        ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--subject", "CHE-1"], "--subject goes with --explain CELL"),
        (["--explain", "orders", "--subject", "CHE-1"], "no figure 'orders' in the return"),
        (["--explain", L1, "--changes-since", "2023-04-01"], "does not go with --explain"),
        (["--changes-since", "yesterday"], "--changes-since 'yesterday': write 2023-03-31"),
        (["--changes-since", "2024-01-01"], "is after 2023-09-30T22:59:59"),
    ],
)
def test_asked_wrongly_ends_with_status_2_and_says_why(
    filled: Tracker, arguments: list[str], said: str
) -> None:
    assert filled(*RETURN, *arguments).wrong_usage(said).out == ""
