"""The national figures: each person counted once, compared with brute force day by day."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from population import folded, moments, recorded, views
from projections.returns.annual_return import Year, annual_return
from projections.returns.cases import LICENCE, SHPO, flat
from projections.returns.national import all_returns
from spec import FactSpec, convicted, fact, given, moment, registered
from spec import law as shipped
from tracker.domain.dates import civil
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

AREAS = ("cheshire", "merseyside", "warwickshire")
YEAR, AT = Year.parse("2022-23"), "2023-09-30"
DAY = timedelta(days=1)
MANAGED = ("community", "custody", "hospital")
RESIDENTS = {"aged_10_plus": 400, "base": "a base", "source": "a count"}
Found = Counter[str]


def together(c: Cursor, law: Law, year: Year, at: datetime, **own: datetime) -> Any:
    """The answer for all areas, some as known at another moment."""
    returns = [annual_return(c, area, year, own.get(area, at), None) for area in AREAS]
    return all_returns(c, year, at, returns, law.category_4)


# --- by brute force -------------------------------------------------------------------------------


def days_of(year: Year, known_at: datetime) -> list[date]:
    last = min(year.end, civil(known_at))
    return [year.start + n * DAY for n in range((last - year.start).days + 1)]


def counted(people: list[Timeline], days: list[date]) -> Found:
    found: Found = Counter()
    for t in people:
        found.update(_standing(t, days))
        found.update(_happened(t, days))
    return found


def _cell(t: Timeline, day: date, categories: Sequence[int]) -> tuple[int | None, int] | None:
    held = t.standing(day)
    managed = t.location(day) in MANAGED and t.area(day) is not None
    if held is None or held.category not in categories or not managed:
        return None
    return held.level, held.category


def _standing(t: Timeline, days: list[date]) -> Iterator[str]:
    """Row 1, row 2 and category 4 for one person, in any area."""
    held = _cell(t, days[-1], (1, 2, 3, 4))
    if held is not None and t.location(days[-1]) == "community":
        level, category = held
        of_four = f"category_4.snapshot.{f'level{level}' if level else 'no_level'}"
        yield of_four if category == 4 else f"snapshot.level{level}.cat{category}"
    stood = [cell for day in days if (cell := _cell(t, day, (1, 2, 3))) and cell[0] in (2, 3)]
    if stood:
        highest = max(level or 0 for level, _ in stood)
        last = next(category for level, category in reversed(stood) if level == highest)
        yield f"yearly_level2_3.level{highest}.cat{last}"
    four = [cell[0] or 0 for day in days if (cell := _cell(t, day, (4,)))]
    if max(four, default=0) > 1:
        yield f"category_4.yearly_level2_3.level{max(four)}"


PEOPLE = {
    "notification_breach": "cat1_cautioned_or_convicted_breach",
    "lifetime_revoked": "cat1_lifetime_revoked",
    "sro_breach_subject": "sro_breach_became_subject",
}
ORDERS = {
    "shpo_made": "orders.shpo",
    "shpo_travel_made": "orders.shpo_foreign_travel",
    "notification_order_made": "orders.notification_order",
}


def _happened(t: Timeline, days: list[date]) -> Iterator[str]:
    """Rows 3 to 8 for one person."""
    of_year = [o for o in t.occurrences if o.on in days and o.area and o.category != 4]
    yield from {PEOPLE[o.kind] for o in of_year if o.kind in PEOPLE}
    yield from (ORDERS[o.kind] for o in of_year if o.kind in ORDERS)
    for kind, row in (("returned_licence", LICENCE), ("returned_shpo", SHPO)):
        returns = [o for o in of_year if o.kind == kind and o.category and o.level in (2, 3)
                   and o.location == "community"]  # fmt: skip
        if returns:
            last = max(returns, key=lambda o: (o.level or 0, o.on))
            column = f".cat{last.category}" if row == LICENCE else ""
            yield f"{row}.level{last.level}{column}"


def cells(national: dict[str, Any]) -> Found:
    """The figures that are not zero, without totals and the rate."""
    said = {path: figure for path, figure in flat(national).items() if isinstance(figure, int)}
    return Counter({p: n for p, n in said.items() if n and "total" not in p.split(".")})


def test_it_equals_a_count_of_everybody_day_by_day(
    log: Log, law: Law, chance: random.Random
) -> None:
    entries = recorded(law, chance, people=40, facts=1_000)
    with views(log, law, entries) as c:
        for at in [*moments(chance, entries, 3), entries[-1].recorded_at]:
            for year in (Year.parse("2021-22"), YEAR):
                if days := days_of(year, at):
                    national = together(c, law, year, at)["national"]
                    assert cells(national) == counted(folded(entries, law, at), days)


# --- one by one -----------------------------------------------------------------------------------

LIFE = [registered("2020-01-06"), convicted("2020-01-07", "life")]


def moved(on: str, to: str = "merseyside") -> FactSpec:
    return fact("individual.transferred", on, to_area=to)


def breached(on: str, breach_id: str) -> list[FactSpec]:
    return [
        fact("breach.reported", on, breach_id=breach_id, of="notification"),
        fact("breach.concluded", on, breach_id=breach_id, outcome="cautioned"),
    ]


def test_people_who_moved_are_in_two_areas_and_once_in_the_nation(log: Log, law: Law) -> None:
    facts = [
        *LIFE,
        fact("level.set", "2022-05-02", level=3),
        *breached("2022-05-03", "B1"),
        fact("order.made", "2022-05-04", order_id="S1", kind="shpo"),
        moved("2022-06-01"),
        fact("level.set", "2022-06-01", level=2),
        *breached("2022-06-03", "B2"),
        fact("order.made", "2022-06-04", order_id="S2", kind="shpo"),
    ]
    with views(log, law, given(*facts).entries) as c:
        answer = together(c, law, YEAR, moment(AT))
    assert [one["area"] for one in answer["areas"]] == list(AREAS)
    first, second, _ = answer["areas"]
    breach = "cat1_cautioned_or_convicted_breach"
    assert (first[breach], second[breach], answer["national"][breach]) == (1, 1, 1)
    assert first["yearly_level2_3"]["level3"]["cat1"] == 1
    assert second["yearly_level2_3"]["level2"]["cat1"] == 1
    once = answer["national"]["yearly_level2_3"]
    assert (once["level3"]["cat1"], once["total"]["total"]) == (1, 1), "at the highest level"
    assert answer["national"]["orders"]["shpo"] == 2, "each order is counted"
    assert answer["national"]["snapshot"]["total"]["total"] == 1


def recalled(on: str) -> list[FactSpec]:
    return [
        fact("custody.entered", on, kind="recall", because_of="licence"),
        fact("custody.left", on[:8] + "20", licence_for_life=True),
    ]


def test_the_last_of_two_returns_to_custody_at_one_level_counts(log: Log, law: Law) -> None:
    """In category 2 in Cheshire, then in category 1 in Merseyside."""
    facts = [
        registered("2020-01-06"),
        fact("category.assigned", "2020-01-07", category=2),
        fact("level.set", "2022-05-02", level=2),
        *recalled("2022-05-10"),
        moved("2022-06-01"),
        convicted("2022-06-02", "life"),
        *recalled("2022-07-10"),
    ]
    with views(log, law, given(*facts).entries) as c:
        answer = together(c, law, YEAR, moment(AT))
    first, second, _ = answer["areas"]
    assert (first[LICENCE]["level2"]["cat2"], second[LICENCE]["level2"]["cat1"]) == (1, 1)
    row = answer["national"][LICENCE]["level2"]
    assert (row["cat1"], row["cat2"], row["total"]) == (1, 0, 1)


def in_category_4(*facts: FactSpec) -> list[FactSpec]:
    return [*LIFE, fact("category.assigned", "2020-02-01", category=4), *facts]


@pytest.mark.parametrize(
    ("facts", "snapshot", "yearly"),
    [
        ([], "no_level", None),
        ([fact("level.set", "2022-05-01", level=3), fact("level.set", "2022-06-01", level=1)],
         "level1", "level3"),
        ([fact("level.set", "2022-05-01", level=2), moved("2022-06-01")], "level2", "level2"),
        ([fact("level.set", "2022-05-01", level=3), fact("level.set", "2022-06-01", level=2)],
         "level2", "level3"),
        ([fact("custody.entered", "2022-06-01", kind="remand")], None, None),
        ([fact("level.set", "2021-05-01", level=2), fact("level.set", "2022-04-01", level=1)],
         "level1", None),
        ([fact("category.ended", "2022-05-01", category=4)], None, None),
    ],
)  # fmt: skip
def test_category_4_is_counted_only_for_the_nation(
    log: Log, law: Law, facts: list[FactSpec], snapshot: str | None, yearly: str | None
) -> None:
    with views(log, law, given(*in_category_4(*facts)).entries) as c:
        answer = together(c, law, YEAR, moment(AT))
    four = answer["national"]["category_4"]
    assert four["setting"] == "exclude"
    for row, cell in (("snapshot", snapshot), ("yearly_level2_3", yearly)):
        expected = {name: int(name in (cell, "total") and cell is not None) for name in four[row]}
        assert four[row] == expected
    if snapshot:
        assert {one["snapshot"]["total"]["total"] for one in answer["areas"]} == {0}


def test_category_4_counts_people_whom_the_other_rows_leave_out(log: Log) -> None:
    beneath = shipped("beneath")
    with views(log, beneath, given(*in_category_4()).entries) as c:
        answer = together(c, beneath, YEAR, moment(AT))
    assert answer["national"]["category_4"]["setting"] == "beneath"
    assert answer["national"]["category_4"]["snapshot"]["total"] == 0
    assert answer["national"]["snapshot"]["total"]["cat1"] == 1


def test_a_year_that_has_not_begun_counts_nobody(log: Log, law: Law) -> None:
    level = fact("level.set", "2021-05-01", level=2)
    with views(log, law, given(*in_category_4(level)).entries) as c:
        answer = together(c, law, YEAR, moment("2022-01-31"))
    four = answer["national"]["category_4"]
    assert (four["snapshot"]["level2"], four["yearly_level2_3"]["total"]) == (1, 0)
    assert answer["complete"] is False


def test_each_area_is_counted_as_known_at_the_moment_of_its_own_return(log: Log, law: Law) -> None:
    """A fact recorded between the two moments counts only in the area with the later one."""
    facts = [
        *LIFE,
        fact("level.set", "2022-05-02", recorded="2023-06-01", level=3),
        moved("2022-06-01"),
    ]
    early, late = moment("2023-04-30"), moment(AT)
    with views(log, law, given(*facts).entries) as c:
        known_early = together(c, law, YEAR, late, cheshire=early)["national"]
        known_late = together(c, law, YEAR, late)["national"]
        neither = together(c, law, YEAR, late, cheshire=early, merseyside=early)["national"]
    found = [one["yearly_level2_3"]["total"]["total"] for one in (known_early, known_late, neither)]
    assert found == [1, 1, 0]


def test_the_rate_is_of_the_residents_of_every_area(log: Log, law: Law) -> None:
    at = moment(AT)

    def national(*populations: dict[str, Any] | None) -> Any:
        returns = [annual_return(c, area, YEAR, at, found)
                   for area, found in zip(AREAS, populations, strict=True)]  # fmt: skip
        return all_returns(c, YEAR, at, returns, law.category_4)["national"]

    with views(log, law, given(*LIFE).entries) as c:
        whole = national(RESIDENTS, RESIDENTS, RESIDENTS | {"base": "another", "aged_10_plus": 200})
        part = national(RESIDENTS, None, RESIDENTS)
    assert (whole["rate_per_100k"], whole["population"]) == (
        100,
        {
            "aged_10_plus": 1000, "base": "a base; another",
            "source": "the sum of the populations attached to 3 areas",
        },
    )  # fmt: skip
    assert (part["rate_per_100k"], part["population"]) == (None, None)


def test_the_areas_are_given_as_they_were(log: Log, law: Law) -> None:
    with views(log, law, given(*LIFE).entries) as c:
        answer = together(c, law, YEAR, moment(AT))
        alone = [annual_return(c, area, YEAR, moment(AT), None) for area in AREAS]
    assert answer["areas"] == alone
    assert {k: answer[k] for k in ("year", "period_end", "complete", "known_at")} == {
        "year": "2022-23", "period_end": "2023-03-31", "complete": True,
        "known_at": "2023-09-30T22:59:59.999999Z",
    }  # fmt: skip
    assert list(answer["national"]) == [*(
        key for key in alone[0] if key in answer["national"]), "category_4"]  # fmt: skip
