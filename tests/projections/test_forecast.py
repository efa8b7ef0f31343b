"""The forecast: what the diary will list, and the caseload, year by year."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from population import fill, folded, moments, recorded
from projections import Engine, all_views
from projections.returns.forecast import forecast
from spec import SUBJECT, convicted, fact, given, moment, registered
from tracker.domain.dates import civil
from tracker.domain.law.tables import Law
from tracker.domain.meaning.outstanding import deadlines
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import Entry
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

LISTED = ("review_qualifying", "order_ends", "notification_ends")
AT = "2022-06-01"
SHPO = {"order_id": "S1", "kind": "shpo"}


@contextmanager
def views(log: Log, law: Law, entries: Sequence[Entry]) -> Iterator[Cursor]:
    fill(log, entries)
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        yield c


def caseload(people: list[Timeline], area: str, day: date) -> Counter[tuple[str, str]]:
    """How many people of an area are in the community at each level and in each category."""
    found: Counter[tuple[str, str]] = Counter()
    for t in people:
        held = t.standing(day)
        here = t.location(day) == "community" and t.area(day) == area
        if held and held.category in (1, 2, 3) and here:
            found[f"level{held.level}", f"cat{held.category}"] += 1
    return found


def cells(snapshot: dict[str, dict[str, int | None]]) -> Counter[tuple[str, str]]:
    return Counter({
        (level, category): number
        for level, row in snapshot.items() for category, number in row.items()
        if number and "total" not in (level, category)
    })  # fmt: skip


def test_it_equals_what_is_listed_for_everybody_folded(
    log: Log, law: Law, chance: random.Random
) -> None:
    entries = recorded(law, chance, people=30, facts=700)
    told: set[str] = set()
    with views(log, law, entries) as c:
        for at in [*moments(chance, entries, 12), entries[-1].recorded_at]:
            people, on = folded(entries, law, at), civil(at)
            for area in ("cheshire", "merseyside"):
                answer = forecast(c, area, at, 10)
                until = date.fromisoformat(answer["years"][-1]["period_end"])
                check_people(answer, people, area, on, until)
                assert cells(answer["snapshot"]) == caseload(people, area, on)
                for year in answer["years"]:
                    day = date.fromisoformat(year["period_end"])
                    assert cells(year["snapshot"]) == caseload(people, area, day)
                told |= {one["what"] for one in answer["people"]}
    assert told == set(LISTED), "what never comes proves nothing"


def check_people(
    answer: dict[str, Any], people: list[Timeline], area: str, on: date, until: date
) -> None:
    expected = sorted(
        (d.due_on.isoformat(), t.subject, d.what)
        for t in people if t.area(on) == area
        for d in deadlines(t, on) if d.what in LISTED and d.due_on <= until
    )  # fmt: skip
    assert [(p["due_on"], p["subject"], p["what"]) for p in answer["people"]] == expected
    for year in answer["years"]:
        first = f"{int(year['period_end'][:4]) - 1}-04-01"
        within = [p for p in answer["people"] if first <= p["due_on"] <= year["period_end"]]
        what = Counter(p["what"] for p in within)
        kinds = Counter(p["kind"] for p in within if p["what"] == "order_ends")
        assert (year["review_qualifying"], year["notification_ends"], year["order_ends"]) == (
            what["review_qualifying"], what["notification_ends"], kinds
        )  # fmt: skip


def of_one(log: Log, law: Law, *facts: Any, years: int = 3, area: str = "cheshire") -> Any:
    record = given(registered("2020-01-06"), *facts)
    with views(log, law, record.entries) as c:
        return forecast(c, area, moment(AT), years)


def test_the_years_run_from_the_rest_of_this_one(log: Log, law: Law) -> None:
    answer = of_one(log, law)
    assert [(y["year"], y["period_end"]) for y in answer["years"]] == [
        ("2022-23", "2023-03-31"), ("2023-24", "2024-03-31"), ("2024-25", "2025-03-31"),
    ]  # fmt: skip
    assert (answer["on"], answer["people"]) == (AT, [])


def test_an_end_counts_in_the_year_of_its_last_day(log: Log, law: Law) -> None:
    """A fine means five years; an order that lasts longer extends the period."""
    order = fact("order.made", "2020-04-01", **SHPO, ends_on="2025-03-31")
    fine = convicted("2020-01-07", "fine")
    answer = of_one(log, law, fine, order)
    ends = {y["year"]: (y["order_ends"], y["notification_ends"]) for y in answer["years"]}
    assert ends["2024-25"] == ({"shpo": 1}, 1)
    assert ends["2022-23"] == ends["2023-24"] == ({}, 0)
    assert [(p["what"], p["due_on"], p.get("kind"), p["ref"]) for p in answer["people"]] == [
        ("notification_ends", "2025-03-31", None, "S1"),
        ("order_ends", "2025-03-31", "shpo", "S1"),
    ]
    totals = {y["year"]: y["snapshot"]["total"]["cat1"] for y in answer["years"]}
    assert totals == {"2022-23": 1, "2023-24": 1, "2024-25": 1}, "in it on the very last day"


def test_the_caseload_follows_from_what_ends(log: Log, law: Law) -> None:
    """From category 1 into category 2, which does not end by itself."""
    two = fact("category.assigned", "2020-02-01", category=2)
    answer = of_one(log, law, convicted("2019-01-07", "fine"), two, years=3)
    found = [(y["snapshot"]["total"]["cat1"], y["snapshot"]["total"]["cat2"])
             for y in (answer, *answer["years"])]  # fmt: skip
    assert found == [(1, 0), (1, 0), (0, 1), (0, 1)]


def test_people_who_qualify_today_are_listed_and_those_who_did_before_are_not(
    log: Log, law: Law
) -> None:
    def set_for(on: str, day: str) -> Any:
        why = {"rule": "any", "reason": "set", "by": "supt.1"}
        return fact("review.qualifying_date_set", on, qualifying_on=day, authorised_by="supt.1",
                    reason="set", override=why)  # fmt: skip

    life = convicted("2020-01-07", "life")
    record = given(registered("2020-01-06"), life, set_for("2021-01-01", AT))
    with views(log, law, record.entries) as c:
        today = forecast(c, "cheshire", moment(AT), 1)
        tomorrow = forecast(c, "cheshire", moment("2022-06-02"), 1)
    assert today["years"][0]["review_qualifying"] == 1
    assert [(p["subject"], p["due_on"]) for p in today["people"]] == [(SUBJECT, AT)]
    assert tomorrow["people"] == []


def test_it_counts_the_people_whom_the_area_manages_that_day(log: Log, law: Law) -> None:
    facts = [
        convicted("2019-01-07", "fine"),
        fact("individual.transferred", "2022-05-31", to_area="merseyside"),
        fact("individual.transferred", "2022-06-02", to_area="warwickshire"),
    ]
    record = given(registered("2018-12-06"), *facts)
    with views(log, law, record.entries) as c:
        found = {
            area: forecast(c, area, moment(AT), 3)
            for area in ("cheshire", "merseyside", "warwickshire")
        }
    numbers = {area: len(answer["people"]) for area, answer in found.items()}
    assert numbers == {"cheshire": 0, "merseyside": 1, "warwickshire": 0}


def test_it_can_be_made_as_it_would_have_been(log: Log, law: Law) -> None:
    """As known in June the order has an end, as known in May it has none."""
    record = given(
        registered("2020-01-06"),
        fact("order.made", "2020-04-02", **SHPO),
        fact("order.varied", "2022-05-31", order_id="S1", ends_on="2026-01-31"),
    )
    with views(log, law, record.entries) as c:
        before = forecast(c, "cheshire", moment("2022-05-30"), 5)
        after = forecast(c, "cheshire", moment(AT), 5)
    assert (before["on"], before["people"]) == ("2022-05-30", [])
    assert [p["due_on"] for p in after["people"]] == ["2026-01-31", "2026-01-31"]
