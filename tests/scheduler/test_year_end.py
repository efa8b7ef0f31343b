"""Draft returns: computed for the night of 31 March and every week after it, kept, and compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from projections import Engine, all_views
from projections.engine.day_numbers import instant
from projections.returns.annual_return import Year, annual_return, digest
from scheduler.year_end import (
    MAX_PEOPLE_LISTED,
    RECOMPUTED_DIFFERENTLY,
    Drafted,
    draft_returns,
    end_of_year,
)
from scheduler_world import Place
from tracker.domain.law.tables import Law
from tracker.settings import configuration
from tracker.settings.configuration import Population
from tracker.store.agreement_check import adopt
from wire import Event, convicted, event, level, registered

YEAR = Year.parse("2022-23")
AREAS = ("cheshire", "merseyside")
NIGHT = end_of_year(YEAR)
WEEK_1, WEEK_2 = datetime(2023, 4, 3, 0, 45, tzinfo=UTC), datetime(2023, 4, 10, 0, 45, tzinfo=UTC)
L1, L2 = "snapshot.level1.cat1", "snapshot.level2.cat1"


def one(number: int = 1, area: str = "cheshire") -> list[Event]:
    """A person subject to notification for life."""
    who = {"subject": f"CHE-{number}"}
    return [
        registered(f"{number}-1", "2020-01-06", **who, area=area, name="Robin Ashe"),
        convicted(f"{number}-2", "2020-01-07", **who),
    ]


def at_level(number: int, value: int, on: str) -> Event:
    return level(f"{number}-level-{value}", on, value, subject=f"CHE-{number}")


def residents(number: int) -> Callable[[str, str], Population]:
    return lambda area, year: Population(
        area=area, year=year, aged_10_plus=number, base="mid-2021", source="made up"
    )


@pytest.fixture
def filled(place: Place) -> Place:
    """Two people of whom it was known in time."""
    place.clock.set(datetime(2023, 3, 1, tzinfo=UTC))
    place.record(*one(1))
    place.record(*one(2, "merseyside"))
    return place


def drafted(place: Place, known_at: datetime, **given: Any) -> Drafted:
    """A draft, forty minutes after the moment it is of."""
    place.clock.set(max(place.clock(), known_at + timedelta(minutes=40)))
    engine = place.app().engine
    given = {"areas": AREAS, "populations": residents(1_000)} | given
    return draft_returns(place.log, engine, place.law, YEAR, known_at, **given)


def kept(place: Place, area: str = "cheshire") -> list[tuple[int, str, dict[str, Any]]]:
    rows = place.rows(
        "SELECT known_at, digest, figures FROM return_drafts WHERE area=? ORDER BY known_at", area
    )
    return [(at, said, json.loads(figures)) for at, said, figures in rows]


def test_the_night_is_the_midnight_that_ends_the_year() -> None:
    assert end_of_year(YEAR) == datetime(2023, 3, 31, 23, tzinfo=UTC)
    assert end_of_year(Year.parse("2023-24")) == datetime(2024, 3, 31, 23, tzinfo=UTC), (
        "clocks changed"
    )


def test_every_area_is_drafted_as_known_on_the_night_and_kept(filled: Place) -> None:
    filled.clock.set(datetime(2023, 4, 1, 8, tzinfo=UTC))
    filled.record(at_level(1, 2, "2023-03-30"))  # in the morning, before the job ran
    done = drafted(filled, NIGHT)
    assert (done.areas, done.kept, done.frozen) == (2, 0, 0)
    for area in AREAS:
        ((at, said, answer),) = kept(filled, area)
        assert at == instant(NIGHT)
        assert said == answer["digest"] == digest(answer)
        assert (answer["complete"], answer["rate_per_100k"]) == (True, 100)
        assert answer["snapshot"]["level1"]["cat1"] == 1
        with filled.app().engine.reading() as c:
            population = residents(1_000)(area, YEAR.text).model_dump(exclude={"area", "year"})
            assert answer == annual_return(c, area, YEAR, NIGHT, population)


def test_the_first_draft_says_how_many_people(filled: Place) -> None:
    line = "first draft, as known at 2023-03-31T23:00:00Z: 1 people in the snapshot"
    done = drafted(filled, NIGHT, areas=(*AREAS, "gwent"))
    assert done.changed == {"cheshire": [line], "merseyside": [line]}, "of nobody in gwent"
    assert done.areas == 3


def test_a_week_later_the_desk_gets_what_changed_and_why(filled: Place) -> None:
    drafted(filled, NIGHT)
    filled.record(at_level(1, 2, "2023-03-30"))
    done = drafted(filled, WEEK_1)
    assert done.changed == {
        "cheshire": [
            "since the draft as known at 2023-03-31T23:00:00Z",
            f"{L1} is 0, was 1",
            f"{L2} is 1, was 0",
            "yearly_level2_3.level2.cat1 is 1, was 0",
            f"CHE-1 left {L1} and joined {L2}, yearly_level2_3.level2.cat1: "
            "/cheshire/ppu 1-level-2",
        ]
    }
    assert [figures["snapshot"]["level1"]["cat1"] for _, _, figures in kept(filled)] == [1, 0]


def test_each_week_is_compared_with_the_last_draft(filled: Place) -> None:
    drafted(filled, NIGHT)
    filled.record(at_level(1, 2, "2023-03-30"))
    drafted(filled, WEEK_1)
    filled.record(event("1-died", "individual.died", "2023-03-31", subject="CHE-1"))
    done = drafted(filled, WEEK_2)
    since, *lines = done.changed["cheshire"]
    assert since == "since the draft as known at 2023-04-03T00:45:00Z"
    assert lines == [
        f"{L2} is 0, was 1",
        "rate_per_100k is 0, was 100",
        f"CHE-1 left {L2}: /cheshire/ppu 1-died",
    ]


def test_where_nothing_changed_there_is_no_line_and_the_draft_is_stored(filled: Place) -> None:
    drafted(filled, NIGHT)
    assert drafted(filled, WEEK_1).changed == {}
    assert [at for at, _, _ in kept(filled)] == [instant(NIGHT), instant(WEEK_1)]


def test_a_run_that_was_cut_short_goes_on_and_says_the_same(filled: Place) -> None:
    drafted(filled, NIGHT)
    filled.record(at_level(1, 2, "2023-03-30"))
    asked = 0

    class CutShort(Exception):
        pass

    def check_stop() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise CutShort

    with pytest.raises(CutShort):
        drafted(filled, WEEK_1, check_stop=check_stop)
    assert (len(kept(filled)), len(kept(filled, "merseyside"))) == (2, 1)
    again = drafted(filled, WEEK_1)
    assert (again.areas, again.kept) == (2, 1)
    assert again.changed["cheshire"][1:3] == [f"{L1} is 0, was 1", f"{L2} is 1, was 0"]
    assert drafted(filled, WEEK_1).changed == again.changed
    assert len(kept(filled)) == 2


def test_what_was_kept_is_never_computed_again(filled: Place) -> None:
    """As it was said that night, whatever the population attached since."""
    drafted(filled, NIGHT)
    before = kept(filled)
    drafted(filled, NIGHT, populations=residents(500))
    assert kept(filled) == before


def test_a_frozen_return_is_left_alone(filled: Place) -> None:
    done = drafted(filled, NIGHT, frozen=lambda area, year: (area, year) == ("cheshire", "2022-23"))
    assert (done.areas, done.frozen) == (1, 1)
    assert kept(filled) == []
    assert len(kept(filled, "merseyside")) == 1


def test_another_population_gives_a_line(filled: Place) -> None:
    drafted(filled, NIGHT)
    done = drafted(filled, WEEK_1, populations=residents(2_000))
    assert done.changed["cheshire"][1:] == [
        "rate_per_100k is 50, was 100",
        "population.aged_10_plus is 2000, was 1000",
    ]


def test_figures_that_are_computed_differently_now_give_a_line(filled: Place) -> None:
    """Not by an entry: the setting for category 4 is another."""
    filled.record(
        event("1-4", "category.assigned", "2022-05-01", category=4, subject="CHE-1")
    )  # fmt: skip
    drafted(filled, NIGHT)
    beneath = Law(configuration.law_files(), frozenset(configuration.areas()), "beneath")
    adopt(filled.database, beneath, "R Officer", NIGHT)
    engine = Engine(filled.log, beneath, all_views(), processes=1)
    done = draft_returns(filled.log, engine, beneath, YEAR, WEEK_1, AREAS, configuration.population)
    assert done.changed["cheshire"][1] == RECOMPUTED_DIFFERENTLY
    assert f"{L1} is 1, was 0" in done.changed["cheshire"]


def test_more_people_than_a_message_holds_are_counted(filled: Place) -> None:
    drafted(filled, NIGHT)
    for number in range(10, 10 + MAX_PEOPLE_LISTED + 3):
        filled.record(*one(number))
    lines = drafted(filled, WEEK_1).changed["cheshire"]
    assert sum(line.startswith("CHE-") for line in lines) == MAX_PEOPLE_LISTED
    assert lines[-1] == (
        "and 3 people more: tracker return cheshire 2022-23 --changes-since 2023-03-31T23:00:00Z"
    )


def test_the_lines_name_nobody(filled: Place) -> None:
    drafted(filled, NIGHT)
    filled.record(*one(3))
    lines = drafted(filled, WEEK_1).changed
    assert "CHE-3" in str(lines)
    assert not any(part in str(lines) for part in ("Robin", "Ashe", "1980", "assault"))


def test_without_more_said_every_area_is_drafted_with_its_population(filled: Place) -> None:
    app = filled.app()
    done = draft_returns(app.log, app.engine, app.law, YEAR, NIGHT, app.areas, app.populations)
    assert done.areas == len(configuration.areas())
    ((_, _, answer),) = kept(filled)
    attached = configuration.population("cheshire", "2022-23")
    assert attached is not None
    assert answer["population"]["aged_10_plus"] == attached.aged_10_plus
