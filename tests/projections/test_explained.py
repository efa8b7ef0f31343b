"""Every figure of every return lists as many people, orders or returns as it counts.

The log is national, with invented people who between them have everything that a return counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from projections import Engine, all_views
from projections.returns.annual_return import Year, annual_return, explain, rate_per_100k
from projections.returns.cases import CELLS
from tracker.domain.law.tables import Law
from tracker.intake.importing import Importer
from tracker.store.database.interface import Cursor

NOW = datetime(2024, 4, 1, 9, tzinfo=UTC)
RESIDENTS = {"aged_10_plus": 40_000, "base": "a base", "source": "a count"}
AREAS = (
    "london", "west-midlands", "greater-manchester", "thames-valley", "west-yorkshire",
    "hampshire", "essex", "kent", "devon-and-cornwall", "avon-and-somerset", "sussex",
    "lancashire", "northumbria", "merseyside", "south-yorkshire", "south-wales", "west-mercia",
    "hertfordshire", "surrey", "cheshire",
)  # fmt: skip
YEARS = tuple(Year.parse(f"{first}-{first + 1 - 2000:02}") for first in range(2014, 2024))
Nation = Callable[[int, int], Any]


@pytest.fixture
def nation(make: Any, law: Law, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Nation:
    """A store with about `facts` facts about `people` people in 42 areas, and its views."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "bench"))
    national = import_module("national")

    @contextmanager
    def filled(facts: int, people: int) -> Iterator[Cursor]:
        file = tmp_path / "national.jsonl"
        national.write(file, facts, people)
        with make().opened() as log:
            assert Importer(log, law, file, NOW, trust_times=True).run().stored
            engine = Engine(log, law, all_views(), processes=1)
            with engine.reading() as c:
                yield c

    return filled


def check(c: Cursor, areas: Sequence[str], years: Sequence[Year]) -> set[str]:
    """Checks every cell, total and rate; returns the cells that listed anybody."""
    named: set[str] = set()
    for area in areas:
        for year in years:
            answer = annual_return(c, area, year, NOW, RESIDENTS)
            for cell in sorted(CELLS):
                found = explain(c, area, year, NOW, cell, answer)
                check_cell(found, f"{area} {year.text} {cell}")
                named |= {cell} if found["cases"] else set()
    return named


def check_cell(found: dict[str, Any], where: str) -> None:
    cases, figure = found["cases"], found["figure"]
    if found["cell"] == "snapshot.level1.cat3":
        assert (figure, cases) == (None, []), where
        return
    if found["cell"] == "rate_per_100k":
        assert figure == rate_per_100k(len(cases), RESIDENTS["aged_10_plus"]), where
    else:
        assert figure == len(cases), where
    if not found["cell"].startswith("orders."):
        people = [case["subject"] for case in cases]
        assert len(set(people)) == len(people), f"{where}: somebody is named twice"
    assert all(case["entries"] for case in cases), f"{where}: nothing says why"


def rows(cells: set[str]) -> set[str]:
    return {cell.partition(".")[0] for cell in cells}


def test_each_figure_of_three_areas_lists_as_many_cases(nation: Nation) -> None:
    with nation(15_000, 200) as c:
        named = check(c, AREAS[:3], YEARS[-2:])
    assert {"snapshot", "yearly_level2_3", "orders", "rate_per_100k"} <= rows(named)


@pytest.mark.slow
def test_each_figure_of_twenty_areas_and_ten_years_lists_as_many_cases(nation: Nation) -> None:
    with nation(150_000, 2_700) as c:
        named = check(c, AREAS, YEARS)
    assert rows(named) == rows(set(CELLS)), "nobody anywhere in a row proves nothing of it"
