"""The rows of the annual return, counted again by brute force: person by person, day by day."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from population import fill, folded, moments, recorded
from projections import Engine, all_views
from projections.returns import annual_return
from projections.returns.annual_return import Year, rate_per_100k
from running import Tracker
from tracker.domain.dates import civil
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline
from tracker.store.log import Log
from wire import Event, Written, event, level, registered

DAY = timedelta(days=1)
MANAGED = ("community", "custody", "hospital")
LICENCE, SHPO = "returned_to_custody_breach_of_licence", "breach_of_shpo"
SINGLE = {
    "cat1_cautioned_or_convicted_breach": "notification_breach",
    "cat1_lifetime_revoked": "lifetime_revoked",
    "sro_breach_became_subject": "sro_breach_subject",
}
ORDERS = {
    "shpo": "shpo_made",
    "shpo_foreign_travel": "shpo_travel_made",
    "notification_order": "notification_order_made",
}
Cells = Counter[tuple[str, int, int]]


def days_of(year: Year, known_at: datetime) -> Iterator[date]:
    day = year.start
    while day <= min(year.end, civil(known_at)):
        yield day
        day += DAY


def standing(t: Timeline, area: str, day: date) -> tuple[str, int, int] | None:
    """(location, level, category) of a person whom the area counts on a day."""
    held = t.standing(day)
    if held is None or held.level is None or held.category not in (1, 2, 3):
        return None
    return (t.location(day), held.level, held.category) if t.area(day) == area else None


def rows_1_and_2(people: list[Timeline], area: str, days: list[date]) -> Cells:
    cells: Cells = Counter()
    for t in people:
        held = standing(t, area, days[-1])
        if held is not None and held[0] == "community":
            cells["snapshot", held[1], held[2]] += 1
        best: tuple[int, int] | None = None
        for day in days:
            held = standing(t, area, day)
            counts = held is not None and held[0] in MANAGED and held[1] in (2, 3)
            if counts and held and (best is None or held[1] >= best[0]):
                best = held[1], held[2]
        if best is not None:
            cells["yearly_level2_3", *best] += 1
    return cells


def returned(people: list[Timeline], area: str, days: list[date], kind: str) -> Cells:
    cells: Cells = Counter()
    for t in people:
        happened = [
            o for o in t.occurrences
            if o.kind == kind and o.area == area and o.on in days
            and o.level in (2, 3) and o.category in (1, 2, 3) and o.location == "community"
        ]  # fmt: skip
        if happened:
            highest = max(o.level or 0 for o in happened)
            last = max((o for o in happened if o.level == highest), key=lambda o: o.on)
            cells[kind, highest, last.category or 0] += 1
    return cells


def table(answer: dict[str, Any], name: str) -> Cells:
    """The cells of a table of the return without totals, which are checked here."""
    cells: Cells = Counter()
    held = {k: dict(v) for k, v in answer[name].items()}
    total = held.pop("total")
    for row, columns in held.items():
        assert columns.pop("total") == sum(v or 0 for v in columns.values())
        for column, number in columns.items():
            if number:
                cells[name, int(row[-1]), int(column[-1])] = number
    for column in ("cat1", "cat2", "cat3"):
        assert total[column] == sum(v[column] or 0 for v in held.values())
    assert total["total"] == sum(cells.values())
    return cells


def people_with_topic(people: list[Timeline], area: str, days: list[date], kind: str) -> int:
    return sum(
        any(o.kind == kind and o.area == area and o.on in days and o.category != 4
            for o in t.occurrences)
        for t in people
    )  # fmt: skip


def check(answer: dict[str, Any], people: list[Timeline], area: str, days: list[date]) -> None:
    assert table(answer, "snapshot") + table(answer, "yearly_level2_3") == rows_1_and_2(
        people, area, days
    )
    licence = returned(people, area, days, "returned_licence")
    assert table(answer, LICENCE) == {(LICENCE, n, k): v for (_, n, k), v in licence.items()}
    shpo = returned(people, area, days, "returned_shpo")
    for n in (2, 3):
        assert answer[SHPO][f"level{n}"] == sum(v for (_, m, _), v in shpo.items() if m == n)
    assert answer[SHPO]["total"] == sum(shpo.values())
    for cell, kind in SINGLE.items():
        assert answer[cell] == people_with_topic(people, area, days, kind), cell
    for cell, kind in ORDERS.items():
        counted = sum(
            o.kind == kind and o.area == area and o.on in days
            and o.category != 4
            for t in people for o in t.occurrences
        )  # fmt: skip
        assert answer["orders"][cell] == counted, cell


def test_every_row_is_that_of_a_count_day_by_day(log: Log, law: Law, chance: random.Random) -> None:
    entries = recorded(law, chance, people=25, facts=600)
    fill(log, entries)
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        for at in [*moments(chance, entries, 3), entries[-1].recorded_at]:
            people = folded(entries, law, at)
            for text in ("2021-22", "2022-23"):
                year = Year.parse(text)
                days = list(days_of(year, at))
                for area in ("cheshire", "merseyside"):
                    if days:
                        answer = annual_return.annual_return(c, area, year, at, None)
                        check(answer, people, area, days)


def managed(at: int = 2, category: int = 2) -> list[Event]:
    """A person managed at a level, in a category, from the spring of 2022."""
    return [
        registered(on="2022-04-04"),
        event("e2", "category.assigned", "2022-04-05", category=category),
        level("e3", "2022-04-05", at),
    ]


def inside(id: str, on: str, **given: Any) -> Event:
    return event(id, "custody.entered", on, **({"kind": "recall"} | given))


def outside(id: str, on: str) -> Event:
    return event(id, "custody.left", on, licence_until="2024-12-31")


@pytest.fixture
def returned_for(tracker: Tracker, file: Written) -> Callable[..., Any]:
    """The return of Cheshire for 2022-23, computed from a few facts."""

    def answer(*facts: Event, known_at: str = "2023-09-30") -> Any:
        tracker("import", file(*facts), "--trust-times").done()
        ask = ("return", "cheshire", "2022-23", "--known-at", known_at)
        return tracker(*ask, "--format", "json").json()

    return answer


def test_the_last_return_to_custody_at_the_highest_level_counts(
    returned_for: Callable[..., Any],
) -> None:
    answer = returned_for(
        *managed(3),
        inside("r1", "2022-05-01"),
        outside("l1", "2022-06-01"),
        event("e4", "category.ended", "2022-06-02", category=2),
        event("e5", "category.assigned", "2022-06-02", category=3),
        level("e6", "2022-06-02", 3),
        inside("r2", "2022-07-01"),
        outside("l2", "2022-08-01"),
        level("e7", "2022-08-02", 2),
        inside("r3", "2022-09-01"),
    )
    assert table(answer, LICENCE) == {(LICENCE, 3, 3): 1}


def test_days_in_hospital_count_for_the_year_and_not_in_the_snapshot(
    returned_for: Callable[..., Any],
) -> None:
    answer = returned_for(
        registered(on="2022-04-04"),
        inside("r1", "2022-04-04", kind="hospital"),
        *managed()[1:],
    )
    assert answer["snapshot"]["total"]["total"] == 0
    assert table(answer, "yearly_level2_3") == {("yearly_level2_3", 2, 2): 1}


def test_days_abroad_do_not_count(returned_for: Callable[..., Any]) -> None:
    gone = event("d1", "individual.departed", "2022-04-05")
    answer = returned_for(registered(on="2022-04-04"), gone, *managed()[1:])
    assert answer["yearly_level2_3"]["total"]["total"] == 0


@pytest.mark.parametrize(
    ("known_at", "complete"),
    [
        ("2023-03-31T12:00:00+01:00", False),
        ("2023-03-31T22:59:59Z", False),
        ("2023-03-31T23:00:00Z", True),
        ("2023-04-01", True),
        ("2022-04-06", False),
    ],
)
def test_a_return_is_complete_from_the_day_after_its_year(
    returned_for: Callable[..., Any], known_at: str, complete: bool
) -> None:
    answer = returned_for(*managed(), known_at=known_at)
    assert answer["complete"] is complete
    assert answer["period_end"] == "2023-03-31"
    assert answer["snapshot"]["total"]["total"] == 1


@pytest.mark.parametrize(
    ("people", "residents", "rate"),
    [
        (1424, 981_022, 145),
        (0, 981_022, 0),
        (1, 200_000, 1),  # a half is rounded up
        (3, 200_000, 2),
        (1, 200_001, 0),
        (5, 200_000, 3),
        (149_999, 100_000_000, 150),
        (1, 1, 100_000),
    ],
)
def test_the_rate_is_to_the_nearest_integer_halves_up(
    people: int, residents: int, rate: int
) -> None:
    assert rate_per_100k(people, residents) == rate


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2022-23", "2022-04-01", "2023-03-31"),
        ("1999-00", "1999-04-01", "2000-03-31"),
        ("2023-24", "2023-04-01", "2024-03-31"),
    ],
)
def test_a_reporting_year_runs_from_april_to_march(text: str, start: str, end: str) -> None:
    year = Year.parse(text)
    assert (year.start.isoformat(), year.end.isoformat()) == (start, end)


@pytest.mark.parametrize("text", ["", "2022", "2022-22", "2022-24", "22-23", "2022/23", "0001-02"])
def test_other_texts_are_no_reporting_year(text: str) -> None:
    with pytest.raises(TrackerError, match="not a reporting year"):
        Year.parse(text)
