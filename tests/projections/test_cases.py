"""The counting rules give the same cases from timelines as from the rows of the views."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

from population import fill, folded, moments, recorded
from projections import Engine, all_views
from projections.returns.annual_return import ComputedReturn, Year, annual_return
from projections.returns.cases import CELLS, cases_of_person, flat
from spec import convicted, fact, given, made, registered
from tracker.domain.dates import end_of_day
from tracker.domain.law.tables import Law
from tracker.store.log import Log

YEARS = [Year.parse(text) for text in ("2020-21", "2021-22", "2022-23", "2030-31")]
AREAS = ("cheshire", "merseyside")


def test_the_cases_of_everybody_are_those_of_the_return(
    log: Log, law: Law, chance: random.Random
) -> None:
    entries = recorded(law, chance, people=25, facts=600)
    fill(log, entries)
    Engine(log, law, all_views()).catch_up()
    counted: Counter[str] = Counter()
    with log.database.reading() as c:
        for at in [*moments(chance, entries, 5), entries[-1].recorded_at + timedelta(days=400)]:
            people = folded(entries, law, at)
            for year in YEARS:
                for area in AREAS:
                    read = ComputedReturn(c, area, year, at)
                    found = [
                        x for t in people for x in cases_of_person(t, area, year.start, read.day)
                    ]
                    assert Counter(found) == Counter(read.cases()), (area, year, at)
                    counted.update(case.cell.partition(".")[0] for case in found)
    assert len(counted) >= 4, f"nobody counted proves nothing: {counted}"


def test_category_4_is_left_out_of_every_row(log: Log, law: Law) -> None:
    record = given(
        registered("2020-01-06"), convicted("2020-01-07", "life"),
        fact("category.assigned", "2022-04-05", category=4),
        fact("level.set", "2022-04-05", level=2),
        fact("breach.reported", "2022-05-01", breach_id="B1", of="notification"),
        fact("breach.concluded", "2022-05-02", breach_id="B1", outcome="cautioned"),
        made("2022-06-01", ends_on="2029-04-30"),
        fact("custody.entered", "2022-07-01", kind="recall"),
        fact("custody.left", "2022-08-01", licence_for_life=True),
    )  # fmt: skip
    fill(log, record.entries)
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        at = record.entries[-1].recorded_at
        assert ComputedReturn(c, "cheshire", YEARS[2], at).cases() == []
    assert cases_of_person(record.timeline, "cheshire", YEARS[2].start, YEARS[2].end) == []


def test_orders_count_wherever_the_person_is(log: Log, law: Law) -> None:
    abroad = given(
        registered("2020-01-06"), fact("individual.departed", "2022-05-02"),
        made("2022-06-01", ends_on="2029-04-30", travel_ends_on="2025-05-31"),
    )  # fmt: skip
    fill(log, abroad.entries)
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        read = ComputedReturn(c, "cheshire", YEARS[2], abroad.entries[-1].recorded_at).cases()
    cases = cases_of_person(abroad.timeline, "cheshire", YEARS[2].start, YEARS[2].end)
    for found in (read, cases):
        assert [case.cell for case in found] == ["orders.shpo", "orders.shpo_foreign_travel"]


def test_every_cell_is_a_figure_of_the_return(log: Log, law: Law) -> None:
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        at = end_of_day(YEARS[0].end)
        answer = annual_return(c, "cheshire", YEARS[0], at, None)
    others = {"area", "year", "period_start", "period_end", "complete", "known_at", "status",
              "digest", "findings", "population"}  # fmt: skip
    assert set(flat(answer)) - others == CELLS
