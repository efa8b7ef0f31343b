"""`counts`, `eligible`, `diary` and `return`: as JSON, as tables, and asked wrongly."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from running import Tracker
from wire import Event, Written, event, level, made, registered


def lifer(number: int, area: str = "cheshire") -> list[Event]:
    """Somebody subject for life, released in 2005 and notified: may apply from late 2020."""
    who = {"subject": f"L-{number}"}

    def fact(id: str, type: str, on: str, /, **data: Any) -> Event:
        return event(f"l{number}-{id}", type, on, **who, **data)

    return [
        registered(f"l{number}-1", "2005-01-04", **who, area=area),
        fact(
            "2", "conviction.recorded", "2005-01-05", conviction_id="C1", finding="conviction",
            offence="Rape", schedule_3=True, disposal={"kind": "life"},
        ),
        fact("3", "custody.entered", "2005-01-05", kind="sentence", conviction_id="C1"),
        fact("4", "custody.left", f"2005-09-0{number}", licence_for_life=True),
        fact("5", "notification.given", f"2005-09-0{number}", kind="initial"),
    ]  # fmt: skip


FACTS = [
    *lifer(1),
    *lifer(2),
    *lifer(3, "merseyside"),
    level("l2-6", "2005-10-01", 2, subject="L-2"),
    made("l2-7", "2019-05-01", subject="L-2", ends_on="2029-04-30"),
    event("l1-8", "review.applied", "2021-01-04", subject="L-1", review_id="V1"),
]


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(*FACTS), "--trust-times").done()
    return tracker


def asked(tracker: Tracker, *args: str) -> Any:
    return tracker(*args, "--format", "json").json()


class TestCounts:
    def test_of_an_area(self, filled: Tracker) -> None:
        answer = asked(filled, "counts", "--area", "cheshire", "--on", "2020-01-01")
        assert (answer["area"], answer["on"]) == ("cheshire", "2020-01-01")
        assert answer["known_at"].endswith("Z")
        assert answer["snapshot"] == {
            "level1": {"cat1": 1, "cat2": 0, "cat3": None, "total": 1},
            "level2": {"cat1": 1, "cat2": 0, "cat3": 0, "total": 1},
            "level3": {"cat1": 0, "cat2": 0, "cat3": 0, "total": 0},
            "total": {"cat1": 2, "cat2": 0, "cat3": 0, "total": 2},
        }

    def test_of_all_areas_together(self, filled: Tracker) -> None:
        answer = asked(filled, "counts", "--on", "2020-01-01")
        assert answer["area"] is None
        assert answer["snapshot"]["total"]["total"] == 3

    def test_of_an_area_without_anybody(self, filled: Tracker) -> None:
        answer = asked(filled, "counts", "--area", "gwent", "--on", "2020-01-01")
        assert answer["snapshot"]["total"] == {"cat1": 0, "cat2": 0, "cat3": 0, "total": 0}
        assert answer["snapshot"]["level1"]["cat3"] is None

    def test_as_a_table(self, filled: Tracker) -> None:
        printed = filled("counts", "--area", "cheshire", "--on", "2020-01-01").done().out
        rows = [line.split() for line in printed.splitlines()]
        assert ["Level", "1", "1", "0", "-", "1"] in rows
        assert ["Level", "2", "1", "0", "0", "1"] in rows
        assert ["Total", "2", "0", "0", "2"] in rows
        assert "cheshire on 2020-01-01, in the community" in printed
        assert "all areas on" in filled("counts").done().out


class TestEligible:
    def test_names_who_may_apply_and_what_bars_them(self, filled: Tracker) -> None:
        rows = asked(filled, "eligible", "--area", "cheshire", "--on", "2021-01-10")
        assert [row["subject"] for row in rows] == ["L-1", "L-2"]
        first, second = rows
        assert first["area"] == "cheshire"
        assert first["eligible"] is True
        assert first["pending"] == "V1"
        assert first["rule"].startswith("soa2003.s91b")
        assert "/cheshire/ppu l1-5" in first["entries"]
        assert (second["eligible"], second["blocked_by"]) == (False, ["S1"])
        assert second["pending"] is None
        assert first["qualifying_on"] <= second["qualifying_on"] <= "2021-01-10"

    def test_looks_ahead(self, filled: Tracker) -> None:
        ask = ("eligible", "--on", "2020-08-01")
        assert asked(filled, *ask) == []
        rows = asked(filled, *ask, "--within", "P1Y")
        assert [row["subject"] for row in rows] == ["L-1", "L-2", "L-3"]
        assert {row["eligible"] for row in rows} == {False}

    def test_includes_the_last_day_of_the_look_ahead(self, filled: Tracker) -> None:
        due = asked(filled, "eligible", "--on", "2021-01-10")[0]["qualifying_on"]
        day_before = date.fromisoformat(due) - timedelta(days=1)
        before = ("eligible", "--on", day_before.isoformat(), "--within")
        assert [row["subject"] for row in asked(filled, *before, "P1D")] == ["L-1"]
        assert asked(filled, *before, "P0D") == []

    def test_as_a_table(self, filled: Tracker) -> None:
        printed = filled("eligible", "--on", "2021-01-10").done().out
        assert "L-1" in printed
        assert "S1" in printed
        assert filled("eligible", "--on", "2010-01-01").done().out.strip() == "nobody"


class TestDiary:
    def test_lists_what_falls_due(self, filled: Tracker) -> None:
        ask = ("diary", "--area", "cheshire", "--on", "2029-04-20", "--within", "P28D")
        rows = [row for row in asked(filled, *ask) if row["what"] == "order_ends"]
        assert len(rows) == 1
        assert rows[0].items() >= {
            "subject": "L-2", "area": "cheshire", "what": "order_ends", "due_on": "2029-04-30",
            "overdue": False,
        }.items()  # fmt: skip
        assert rows[0]["rule"]

    def test_lists_what_is_overdue_first(self, filled: Tracker) -> None:
        rows = asked(filled, "diary", "--on", "2021-01-10", "--within", "P1Y")
        keys = [(row["due_on"], row["subject"]) for row in rows]
        assert keys == sorted(keys)
        assert all(row["overdue"] == (row["due_on"] < "2021-01-10") for row in rows)
        assert any(row["overdue"] for row in rows)

    def test_of_an_area_leaves_the_others_out(self, filled: Tracker) -> None:
        ask = ("diary", "--on", "2021-01-10", "--within", "P1Y")
        everywhere, here = asked(filled, *ask), asked(filled, *ask, "--area", "merseyside")
        assert {row["subject"] for row in here} == {"L-3"}
        assert here == [row for row in everywhere if row["area"] == "merseyside"]

    def test_as_a_table(self, filled: Tracker) -> None:
        printed = filled("diary", "--on", "2029-04-20", "--within", "P28D").done().out
        assert "order_ends" in printed
        assert "2029-04-30" in printed


class TestReturn:
    def test_as_tables(self, cheshire_template: Path) -> None:
        printed = Tracker(cheshire_template)("return", "cheshire", "2022-23").done().out
        rows = [line.split() for line in printed.splitlines()]
        for row in (
            ["Level", "1", "1417", "341", "-", "1758"],
            ["Level", "3", "2", "2", "2", "6"],
            ["Total", "1424", "352", "15", "1791"],
            ["Total", "14", "21", "22", "57"],
            ["Total", "1", "2", "7", "10"],
        ):
            assert row in rows
        for label, figure in (
            ("cautioned or convicted for breach", "24"), ("revoked on application", "10"),
            ("(SHPO)", "155"), ("Sexual Risk Order", "1"), ("aged 10 and over", "145"),
        ):  # fmt: skip
            assert any(
                label in line and line.split()[-1] == figure for line in printed.splitlines()
            )
        assert "981" not in printed.splitlines()[0]
        assert "Digest: " in printed

    def test_without_a_population_says_so(self, filled: Tracker) -> None:
        printed = filled("return", "gwent", "2019-20").done().out
        assert "not available: no population figure" in printed

    def test_explained_as_text(self, cheshire_template: Path) -> None:
        ask = ("return", "cheshire", "2022-23", "--explain", "snapshot.level3.cat1")
        printed = Tracker(cheshire_template)(*ask).done().out
        assert printed.startswith("snapshot.level3.cat1 = 2  (cheshire 2022-23)")
        assert printed.count("CHE-") >= 2
        assert "/cheshire/ppu che-" in printed

    def test_of_a_year_not_yet_over_says_so(self, filled: Tracker) -> None:
        printed = filled("return", "cheshire", "2022-23", "--known-at", "2022-10-01").done().out
        assert "year not yet over" in printed


class TestAskedWrongly:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["counts", "--area", "atlantis"], "no area 'atlantis'; areas: "),
            (["eligible", "--area", "Cheshire"], "no area 'Cheshire'"),
            (["diary", "--area", ""], "no area ''"),
            (["return", "atlantis", "2022-23"], "no area 'atlantis'"),
            (["return", "cheshire", "2022"], "not a reporting year: '2022'"),
            (["return", "cheshire", "2022-24"], "not a reporting year"),
            (["return", "cheshire", "2022-2023"], "not a reporting year"),
            (["return", "cheshire", "22-23"], "not a reporting year"),
            (["return", "cheshire"], "name AREA and YEAR"),
            (["counts", "--on", "2023-02-29"], "--on '2023-02-29': a date that does not exist"),
            (["counts", "--on", "31/03/2023"], "YYYY-MM-DD"),
            (["counts", "--on", "today"], "YYYY-MM-DD"),
            (["show", "CHE-1", "--on", "2023-13-01"], "--on '2023-13-01'"),
            (["show", "CHE-1", "--on", "0001-01-01"], "1850 to 2199"),
            (["counts", "--known-at", "yesterday"], "--known-at 'yesterday'"),
            (["show", "CHE-1", "--known-at", "2023-03-31T12:00:00"], "--known-at"),
            (["return", "cheshire", "2022-23", "--known-at", "2023-02-30"], "--known-at"),
            (["eligible", "--within", "28"], "--within '28'"),
            (["eligible", "--within", "4 weeks"], "--within '4 weeks'"),
            (["diary", "--within", "PT1H"], "--within 'PT1H'"),
            (["diary", "--within", "-P1D"], "--within"),
            (["counts", "--format", "yaml"], "--format 'yaml': table or json"),
            (["return", "cheshire", "2022-23", "--explain", "snapshot"], "no figure 'snapshot'"),
            (["return", "cheshire", "2022-23", "--explain", "snapshot.level4.cat1"], "no figure"),
            (["return", "cheshire", "2022-23", "--explain", "orders.shpo.x"], "no figure"),
            (["return", "cheshire", "2022-23", "--explain", "area"], "no figure 'area'"),
            (["return", "cheshire", "2022-23", "--explain", "complete"], "no figure"),
            (["return", "cheshire", "2022-23", "--explain", "population.aged_10_plus"], "no fig"),
            (["return", "cheshire", "2022-23", "--explain", ""], "no figure"),
            (["export", "--since", "x"], "--since"),
            (["teleport"], "No such command"),
        ],
    )
    def test_ends_with_status_2_and_says_why(
        self, tracker: Tracker, arguments: list[str], said: str
    ) -> None:
        tracker("migrate").done()
        ran = tracker(*arguments).wrong_usage(said)
        assert ran.out == ""

    def test_a_cell_that_cannot_be_is_explained_by_nobody(self, filled: Tracker) -> None:
        ask = ("return", "cheshire", "2022-23", "--explain", "snapshot.level1.cat3")
        answer = asked(filled, *ask)
        assert (answer["figure"], answer["cases"]) == (None, [])

    def test_json_is_json_of_texts_in_utf_8(self, filled: Tracker) -> None:
        out = filled("diary", "--on", "2021-01-10", "--format", "json").done().out
        assert out.endswith("]\n")
        assert isinstance(json.loads(out), list)
