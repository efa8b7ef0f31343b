"""The acceptance case: the annual return of Cheshire for 2022-23, figure for figure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from running import Tracker

DATA = Path(__file__).with_name("data")
EXPECTED: dict[str, Any] = json.loads((DATA / "cheshire-2022-23.json").read_text())
AS_KNOWN: dict[str, Any] = json.loads((DATA / "cheshire-2022-23.known-at.json").read_text())
KNOWN_AT = "2023-09-30"
DIGEST = "fb7ff4a371fe44e43799de9858d7309352305c73d2c8fb10dde67418fd502aa3"
TABLES = ("snapshot", "yearly_level2_3", "returned_to_custody_breach_of_licence")


@pytest.fixture(scope="module")
def cheshire(cheshire_template: Path) -> Tracker:
    """These tests only read, so they share one store."""
    return Tracker(cheshire_template)


@pytest.fixture(scope="module")
def entries(cheshire: Tracker) -> set[str]:
    return {f"{fact['source']} {fact['id']}" for fact in cheshire.facts()}


def the_return(tracker: Tracker, *args: str, area: str = "cheshire", year: str = "2022-23") -> Any:
    return tracker("return", area, year, *args, "--format", "json").json()


def figures(answer: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    return {key: answer.get(key) for key in like}


def cells(value: Any, path: str = "") -> Iterator[tuple[str, int | None]]:
    """The dotted path and figure of every cell of a return."""
    if not isinstance(value, dict):
        yield path, value
        return
    for key, inner in value.items():
        yield from cells(inner, f"{path}.{key}" if path else key)


def all_cells(answer: dict[str, Any]) -> dict[str, int | None]:
    rows = set(EXPECTED) - {"area", "year", "period_start", "period_end", "population"}
    return dict(cells({key: answer[key] for key in answer if key in rows}))


class TestTheReturn:
    def test_equals_every_published_figure(self, cheshire: Tracker) -> None:
        assert figures(the_return(cheshire), EXPECTED) == EXPECTED

    @pytest.mark.parametrize("known_at", AS_KNOWN["known_at"])
    def test_equals_the_figures_as_known_earlier(self, cheshire: Tracker, known_at: str) -> None:
        expected = AS_KNOWN["known_at"][known_at]
        assert figures(the_return(cheshire, "--known-at", known_at), expected) == expected

    @pytest.mark.parametrize("year", AS_KNOWN["earlier_years"])
    def test_of_an_earlier_year(self, cheshire: Tracker, year: str) -> None:
        expected = AS_KNOWN["earlier_years"][year]
        assert figures(the_return(cheshire, year=year), expected) == expected

    def test_of_merseyside_has_no_rate(self, cheshire: Tracker) -> None:
        expected = AS_KNOWN["merseyside_2022_23"]
        answer = the_return(cheshire, area="merseyside")
        assert figures(answer, expected) == expected
        assert answer["rate_per_100k"] is answer["population"] is None

    def test_is_a_complete_draft(self, cheshire: Tracker) -> None:
        answer = the_return(cheshire, "--known-at", KNOWN_AT)
        assert (answer["status"], answer["complete"]) == ("draft", True)
        assert answer["known_at"] == "2023-09-30T22:59:59.999999Z"
        assert set(answer) == {*EXPECTED, "complete", "known_at", "status", "digest", "findings"}

    def test_has_one_digest_for_one_moment(self, cheshire: Tracker) -> None:
        once, again = (the_return(cheshire, "--known-at", KNOWN_AT) for _ in range(2))
        later = the_return(cheshire, "--known-at", "2023-10-01")
        assert once == again
        assert later["digest"] != once["digest"], "the moment is part of what is digested"
        assert once["digest"] == DIGEST
        kept = {k: v for k, v in once.items() if k not in ("digest", "status", "findings")}
        text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == DIGEST

    def test_of_a_year_not_yet_over_is_not_complete(self, cheshire: Tracker) -> None:
        answer = the_return(cheshire, "--known-at", "2022-12-31")
        assert answer["complete"] is False
        assert answer["period_end"] == "2023-03-31"
        counted = cheshire(
            "counts", "--area", "cheshire", "--on", "2022-12-31", "--known-at", "2022-12-31",
            "--format", "json",
        ).json()  # fmt: skip
        assert answer["snapshot"] == counted["snapshot"]

    def test_snapshot_equals_the_counts_of_its_last_day(self, cheshire: Tracker) -> None:
        answer = cheshire(
            "counts", "--area", "cheshire", "--on", "2023-03-31", "--format", "json"
        ).json()
        assert answer["snapshot"] == EXPECTED["snapshot"]

    def test_is_the_same_after_a_rebuild(self, cheshire: Tracker, tmp_path: Path) -> None:
        copy = Tracker(tmp_path / "copy.db")
        copy.store.write_bytes(cheshire.store.read_bytes())
        copy("rebuild").done()
        for known_at in (KNOWN_AT, *AS_KNOWN["known_at"]):
            arguments = ("--known-at", known_at)
            assert the_return(copy, *arguments) == the_return(cheshire, *arguments)


class TestExplain:
    def test_names_as_many_cases_as_every_cell_counts(
        self, cheshire: Tracker, entries: set[str]
    ) -> None:
        answer = the_return(cheshire, "--known-at", KNOWN_AT)
        for cell, figure in all_cells(answer).items():
            result = the_return(cheshire, "--known-at", KNOWN_AT, "--explain", cell)
            assert (result["cell"], result["figure"]) == (cell, figure)
            counted = answer["snapshot"]["total"]["cat1"] if cell == "rate_per_100k" else figure
            assert len(result["cases"]) == (counted or 0), cell
            for case in result["cases"]:
                assert case["entries"], f"{cell}: no entry behind {case['subject']}"
                assert set(case["entries"]) <= entries, cell

    @pytest.mark.parametrize("table", TABLES)
    def test_names_in_a_margin_the_people_of_its_cells(self, cheshire: Tracker, table: str) -> None:
        def people(cell: str) -> list[str]:
            result = the_return(cheshire, "--explain", cell)["cases"]
            return sorted(case["subject"] for case in result)

        inner = [c for c in all_cells(EXPECTED) if c.startswith(f"{table}.") and "total" not in c]
        assert people(f"{table}.total.total") == sorted(chain(*map(people, inner)))

    def test_counts_each_person_once(self, cheshire: Tracker) -> None:
        for table in TABLES:
            result = the_return(cheshire, "--explain", f"{table}.total.total")["cases"]
            assert len({case["subject"] for case in result}) == len(result)

    def test_says_why_a_person_is_in_the_snapshot(self, cheshire: Tracker) -> None:
        result = the_return(cheshire, "--explain", "snapshot.level3.cat1")["cases"]
        for case in result:
            values = {spell["track"]: spell["value"] for spell in case["spells"]}
            assert values["area"] == "cheshire"
            assert values["location"] == "community"
            assert (values["category"], values["level"]) == ("1", "3")
            assert "notification" in values


class TestImportedTwice:
    def test_changes_nothing(self, cheshire: Tracker, cheshire_log: Path, tmp_path: Path) -> None:
        copy = Tracker(tmp_path / "copy.db")
        copy.store.write_bytes(cheshire.store.read_bytes())
        before, counted = copy.export(), copy("counts", "--on", "2023-03-31").out
        again = copy("import", cheshire_log, "--trust-times").done()
        assert again.out == "0 facts stored, 20784 known already\n"
        assert copy.export() == before
        assert copy("counts", "--on", "2023-03-31").out.splitlines()[1:] == counted.splitlines()[1:]
