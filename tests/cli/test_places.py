"""`return --all` and `--movement`, `trend`, `forecast`: as JSON, as tables, asked wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from running import Tracker
from wire import Written, convicted, event, level, made, registered

DATA = Path(__file__).with_name("data")
JSON = ("--format", "json")
KNOWN = ("--known-at", "2023-09-30")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    """Somebody in Cheshire whose level 2 became known late, and somebody in Merseyside."""
    facts = [
        registered("1", "2020-01-06"),
        convicted("2", "2020-01-07"),
        level("4", "2022-09-01", 3),
        made("5", "2022-10-03", ends_on="2028-06-30"),
        level("3", "2022-03-01", 2, time="2022-12-01T09:00:00Z"),
        registered("6", "2020-01-06", area="merseyside", subject="MER-1"),
        convicted("7", "2020-01-07", subject="MER-1", disposal={"kind": "fine"}),
        event("8", "category.assigned", "2022-05-02", subject="MER-1", category=4),
        event("9", "category.ended", "2023-06-02", subject="MER-1", category=4),
    ]
    tracker("import", file(*facts), "--trust-times").done()
    return tracker


def asked(tracker: Tracker, *args: str) -> Any:
    return tracker(*args, *JSON).json()


def frozen(tracker: Tracker, year: str, known_at: str) -> Any:
    return asked(tracker, "return", "cheshire", year, "--known-at", known_at, "--freeze",
                 "--by", "ann")  # fmt: skip


class TestEveryArea:
    def test_the_areas_are_those_of_the_command_and_the_nation_theirs(
        self, filled: Tracker
    ) -> None:
        answer = asked(filled, "return", "--all", "2022-23", *KNOWN)
        assert list(answer) == [
            "year", "period_start", "period_end", "complete", "known_at", "areas", "national",
        ]  # fmt: skip
        areas = {one["area"]: one for one in answer["areas"]}
        assert list(areas) == sorted(areas)
        assert len(areas) == 42
        for area in ("cheshire", "merseyside"):
            assert areas[area] == asked(filled, "return", area, "2022-23", *KNOWN)
        national = answer["national"]
        assert national["snapshot"]["total"]["total"] == 1
        assert national["orders"]["shpo"] == 1
        assert national["category_4"] == {
            "setting": "exclude",
            "snapshot": {"level1": 0, "level2": 0, "level3": 0, "no_level": 1, "total": 1},
            "yearly_level2_3": {"level2": 0, "level3": 0, "total": 0},
        }
        assert (national["rate_per_100k"], national["population"]) == (None, None)

    def test_a_frozen_return_is_given_as_it_was_frozen(
        self, filled: Tracker, file: Written
    ) -> None:
        """And the nation's figures count its area as known then, the others as known now."""
        held = frozen(filled, "2022-23", "2023-04-30")
        late = [
            level("10", "2022-11-01", 2),
            level("11", "2022-11-01", 2, subject="MER-1"),
            event("12", "category.ended", "2022-06-01", subject="MER-1", category=4),
        ]
        filled("import", file(*late, name="late.jsonl")).done()
        answer = asked(filled, "return", "--all", "2022-23")
        areas = {one["area"]: one for one in answer["areas"]}
        assert areas["cheshire"] == asked(filled, "return", "cheshire", "2022-23")
        assert areas["cheshire"]["digest"] == held["digest"]
        assert answer["national"]["snapshot"] == {
            "level1": {"cat1": 0, "cat2": 0, "cat3": None, "total": 0},
            "level2": {"cat1": 1, "cat2": 0, "cat3": 0, "total": 1},
            "level3": {"cat1": 1, "cat2": 0, "cat3": 0, "total": 1},
            "total": {"cat1": 2, "cat2": 0, "cat3": 0, "total": 2},
        }
        then = asked(filled, "return", "--all", "2022-23", "--known-at", "2023-05-01")
        assert {one["status"] for one in then["areas"]} == {"draft"}

    def test_as_a_table(self, filled: Tracker) -> None:
        printed = filled("return", "--all", "2022-23", *KNOWN).done().out
        rows = {line.split("  ")[0]: line.split() for line in printed.splitlines()}
        assert rows["cheshire"][:9] == ["cheshire", "draft", "0", "0", "1", "1", "0", "0", "1"]
        assert rows["all areas"][:9] == ["all", "areas", "0", "0", "1", "1", "0", "0", "1"]
        assert rows["all areas"][9] == "-", "not every area has a population"
        assert "Category 4, all areas: 1 in the community, 0 at level 2 or 3" in printed
        assert "(setting category_4: exclude)" in printed


class TestMovement:
    def test_it_leads_from_last_year_to_this(self, filled: Tracker) -> None:
        answer = asked(filled, "return", "cheshire", "2022-23", "--movement", *KNOWN)
        assert answer["days"] == {"last": "2022-03-31", "this": "2023-03-31"}
        assert answer["known_at"] == answer["last_known_at"]
        assert [(p["left"], p["joined"], p["reason"]) for p in answer["people"]] == [
            ("snapshot.level2.cat1", "snapshot.level3.cat1", "level_changed")
        ]

    def test_last_year_is_as_it_was_published(self, filled: Tracker) -> None:
        """What came late leads from there; a publication of later than the moment does not."""
        frozen(filled, "2021-22", "2022-09-30")
        answer = asked(filled, "return", "cheshire", "2022-23", "--movement", *KNOWN)
        assert answer["last_known_at"] == "2022-09-30T22:59:59.999999Z"
        cells = {one["cell"]: one for one in answer["cells"]}
        assert cells["snapshot.level1.cat1"]["left"] == {"recorded_late": 1}
        before = asked(filled, "return", "cheshire", "2022-23", "--movement",
                       "--known-at", "2022-06-30")  # fmt: skip
        assert before["last_known_at"] == before["known_at"]

    def test_this_year_is_as_it_was_published_too(self, filled: Tracker) -> None:
        held = frozen(filled, "2022-23", "2023-04-30")
        answer = asked(filled, "return", "cheshire", "2022-23", "--movement")
        assert answer["known_at"] == held["known_at"]

    def test_as_a_table(self, filled: Tracker) -> None:
        frozen(filled, "2021-22", "2022-09-30")
        printed = filled("return", "cheshire", "2022-23", "--movement", *KNOWN).done().out
        assert "From last year's snapshot as published, known at 2022-09-30" in printed
        tables = dict(part.split("\n", 1) for part in printed.split("\n\n")[1:])
        rows = {
            title: [line.rsplit(maxsplit=4) for line in table.splitlines()[1:]]
            for title, table in tables.items()
        }
        assert rows["Level 1"] == [
            ["On 2022-03-31", "1", "0", "-", "1"],
            ["left: recorded late", "-1", "0", "-", "-1"],
            ["On 2023-03-31", "0", "0", "-", "0"],
        ]
        assert rows["Level 3"][1] == ["joined: level changed", "+1", "0", "0", "+1"]
        assert rows["All levels"] == [
            ["On 2022-03-31", "1", "0", "0", "1"], ["On 2023-03-31", "1", "0", "0", "1"]
        ]  # fmt: skip

    def test_of_cheshire_leads_to_what_was_published(self, cheshire_template: Path) -> None:
        printed = asked(Tracker(cheshire_template), "return", "cheshire", "2022-23", "--movement")
        published = json.loads((DATA / "cheshire-2022-23.json").read_text())["snapshot"]
        total = next(one for one in printed["cells"] if one["cell"] == "snapshot.total.total")
        joined, left = sum(total["joined"].values()), sum(total["left"].values())
        assert total["last"] + joined - left == total["this"] == published["total"]["total"]


class TestTrend:
    def test_each_year_says_where_its_figures_come_from(self, filled: Tracker) -> None:
        held = frozen(filled, "2021-22", "2022-09-30")
        answer = asked(filled, "trend", "cheshire", *KNOWN)
        assert list(answer) == ["area", "known_at", "trend"]
        assert [(one["year"], one["source"]) for one in answer["trend"]] == [
            ("2019-20", "computed"), ("2020-21", "computed"), ("2021-22", "frozen"),
            ("2022-23", "computed"),
        ]  # fmt: skip
        years = {one["year"]: one for one in answer["trend"]}
        assert years["2021-22"]["snapshot"] == held["snapshot"]
        assert years["2022-23"]["rate"] == 0
        now = asked(filled, "return", "cheshire", "2022-23", *KNOWN)
        assert years["2022-23"]["snapshot"] == now["snapshot"]
        before = asked(filled, "trend", "cheshire", "--known-at", "2022-06-30")["trend"]
        assert [one["source"] for one in before] == ["computed"] * 3, "not yet published"

    def test_a_restated_year_is_as_it_stands(self, filled: Tracker, file: Written) -> None:
        frozen(filled, "2021-22", "2022-09-30")
        asked(filled, "return", "cheshire", "2021-22", "--restate", "late", "--by", "ann")
        years = {one["year"]: one for one in asked(filled, "trend", "cheshire")["trend"]}
        assert years["2021-22"]["source"] == "frozen"
        assert years["2021-22"]["snapshot"]["level2"]["cat1"] == 1

    def test_as_a_table(self, filled: Tracker) -> None:
        printed = filled("trend", "cheshire", *KNOWN).done().out
        rows = [line.split() for line in printed.splitlines()]
        assert ["2022-23", "computed", "0", "0", "1", "1", "0", "0", "1", "0", "1"] in [
            row[:11] for row in rows
        ]


class TestForecast:
    def test_it_lists_what_is_to_come(self, filled: Tracker) -> None:
        answer = asked(filled, "forecast", "cheshire", "--years", "6", *KNOWN)
        assert list(answer) == ["area", "on", "known_at", "snapshot", "years", "people"]
        assert [one["year"] for one in answer["years"]] == [
            "2023-24", "2024-25", "2025-26", "2026-27", "2027-28", "2028-29"
        ]  # fmt: skip
        assert answer["years"][-1]["order_ends"] == {"shpo": 1}
        assert answer["people"] == [
            {"subject": "CHE-1", "what": "order_ends", "due_on": "2028-06-30", "kind": "shpo",
             "ref": "S1", "rule": "soa2003.s103a"}
        ]  # fmt: skip

    def test_who_is_no_longer_subject_is_in_the_caseload_no_more(self, filled: Tracker) -> None:
        answer = asked(filled, "forecast", "merseyside", *KNOWN)
        assert len(answer["years"]) == 10
        totals = [one["snapshot"]["total"]["cat1"] for one in (answer, *answer["years"])]
        assert totals == [1, 1, *[0] * 9]
        assert [one["notification_ends"] for one in answer["years"][:3]] == [0, 1, 0]

    def test_as_a_table(self, filled: Tracker) -> None:
        printed = filled("forecast", "merseyside", "--years", "2", *KNOWN).done().out
        rows = [line.split() for line in printed.splitlines()[3:]]
        assert rows == [
            ["on", "2023-09-30", "1", "0", "0", "1"],
            ["2023-24", "0", "0", "0", "1", "0", "0", "1"],
            ["2024-25", "0", "0", "1", "0", "0", "0", "0"],
        ]
        assert "merseyside from 2023-09-30, if nothing else changes" in printed

    def test_as_a_chart(self, filled: Tracker, tmp_path: Path) -> None:
        files = [tmp_path / name for name in ("a.svg", "b.svg", "a.png", "b.PNG")]
        for file in files:
            filled("forecast", "merseyside", *KNOWN, "--chart", file).done()
        drawing, again, picture, other = [file.read_bytes() for file in files]
        assert (drawing, picture) == (again, other), "the same forecast, the same bytes"
        assert picture.startswith(b"\x89PNG\r\n")
        root = ElementTree.fromstring(drawing)
        assert root.findtext(f"{SVG}title") == (
            "Merseyside: people in the community on 2023-09-30 and on each 31 March until "
            "2033-03-31 if nothing else changes. Category 1 from 1 to 0, Category 2 from 0 to 0, "
            "Category 3 from 0 to 0."
        )
        texts = ["".join(one.itertext()).strip() for one in root.iter(f"{SVG}text")]
        assert {"Category 1", "Category 2", "Category 3", "2033"} <= set(texts)
        assert "2023-09-30" not in "".join(texts)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["return", "--all", "2022-24"], "not a reporting year: '2022-24'"),
        (["return", "--all", "2022-23", "cheshire"], "--all goes with --known-at and --format"),
        (["return", "--all", "2022-23", "--freeze"], "--all goes with --known-at and --format"),
        (["return", "--all", "2022-23", "--movement"], "--all goes with --known-at and --format"),
        (["return", "--all", "2022-23", "--format", "xml"], "--format 'xml': table or json"),
        (["return", "cheshire"], "name AREA and YEAR, or --all YEAR"),
        (["return"], "name AREA and YEAR, or --all YEAR"),
        (["return", "cheshire", "2022-23", "--movement", "--freeze"],
         "--movement can be combined with"),
        (["return", "cheshire", "2022-23", "--movement", "--explain", "orders.shpo"],
         "--movement can be combined with"),
        (["return", "cheshire", "2022-23", "--movement", "--changes-since", "2023-04-01"],
         "--movement can be combined with"),
        (["trend", "atlantis"], "there is no area 'atlantis'"),
        (["forecast", "atlantis"], "there is no area 'atlantis'"),
        (["forecast", "cheshire", "--years", "0"], "'--years': Input should be greater"),
        (["forecast", "cheshire", "--chart", "f.gif"], "'f.gif': a chart is a .svg or .png file"),
    ],
)  # fmt: skip
def test_asked_wrongly_ends_with_status_2_and_says_why(
    filled: Tracker, arguments: list[str], said: str
) -> None:
    assert filled(*arguments).wrong_usage(said).out == ""
