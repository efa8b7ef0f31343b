"""Ten years of an area: as published if a return is frozen, else as known now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from population import fill
from projections import Engine, all_views
from projections.returns.annual_return import Year, annual_return, canonical
from projections.returns.trend import last_complete, trend, year_containing, years_up_to
from spec import convicted, fact, given, moment, registered
from tracker.domain.judging.frozen_returns import Version, digest_of
from tracker.domain.law.tables import Law
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
YEARS = years_up_to(last_complete(NOW))
RESIDENTS = {"aged_10_plus": 1000, "base": "all of them", "source": "a count"}
PEOPLE = given(
    registered("2019-05-06"),
    convicted("2019-05-07", "life"),
    fact("level.set", "2021-09-01", recorded="2024-01-08", level=2),
    fact("order.made", "2023-04-01", order_id="S1", kind="shpo"),
)


@contextmanager
def views(log: Log, law: Law) -> Iterator[Cursor]:
    fill(log, PEOPLE.entries)
    Engine(log, law, all_views()).catch_up()
    with log.database.reading() as c:
        yield c


def years(c: Cursor, frozen: Mapping[str, Version] | None = None) -> dict[str, Any]:
    found = trend(c, "cheshire", YEARS, NOW, frozen or {}, attached)
    return {one["year"]: one for one in found}


def attached(year: str) -> dict[str, Any] | None:
    return RESIDENTS if year == "2021-22" else None


def published(c: Cursor, year: str, known_at: str) -> Version:
    """A frozen return, as known at the end of a day."""
    at = moment(known_at)
    answer = annual_return(c, "cheshire", Year.parse(year), at, RESIDENTS)
    kept = {k: v for k, v in answer.items() if k not in ("digest", "status", "findings")}
    text = canonical(kept)
    return Version(at, 1, "", text, digest_of(text), "ann", at, "")


def test_it_ends_with_the_last_year_that_is_over() -> None:
    assert [year.text for year in YEARS] == [
        "2015-16", "2016-17", "2017-18", "2018-19", "2019-20", "2020-21", "2021-22", "2022-23",
        "2023-24", "2024-25",
    ]  # fmt: skip
    assert last_complete(datetime(2025, 3, 31, 22, 59, tzinfo=UTC)).text == "2023-24"
    assert last_complete(datetime(2025, 3, 31, 23, tzinfo=UTC)).text == "2024-25", "in London"


@pytest.mark.parametrize(
    ("day", "year"),
    [("2022-03-31", "2021-22"), ("2022-04-01", "2022-23"), ("2000-01-01", "1999-00")],
)
def test_a_day_is_in_its_reporting_year(day: str, year: str) -> None:
    assert year_containing(moment(day).date()) == Year.parse(year)


def test_each_year_has_the_figures_of_its_return_as_known_now(log: Log, law: Law) -> None:
    with views(log, law) as c:
        found = years(c)
        returns = {
            year: annual_return(c, "cheshire", Year.parse(year), NOW, attached(year))
            for year in found
        }
    for year, one in found.items():
        figures = returns[year]
        own = {"year", "source", "known_at", "rate", "population"}
        assert {k: v for k, v in one.items() if k not in own} == {
            k: v for k, v in figures.items() if k in one and k not in own
        }
        assert (one["source"], one["known_at"]) == ("computed", "2025-06-01T12:00:00Z")
        assert (one["rate"], one["population"]) == (
            figures["rate_per_100k"], figures["population"]
        )  # fmt: skip
    assert found["2021-22"]["snapshot"]["level2"]["cat1"] == 1, "as known now"
    assert found["2021-22"]["rate"] == 100
    assert found["2022-23"]["rate"] is None
    assert found["2023-24"]["orders"]["shpo"] == 1


def test_it_begins_with_the_first_year_in_which_anybody_was_counted(log: Log, law: Law) -> None:
    with views(log, law) as c:
        assert list(years(c)) == [y.text for y in YEARS if y.text >= "2019-20"]
        assert trend(c, "merseyside", YEARS, NOW, {}, attached) == []


def test_a_year_is_as_it_was_published_whatever_is_known_since(log: Log, law: Law) -> None:
    with views(log, law) as c:
        frozen = published(c, "2021-22", "2022-09-30")
        found = years(c, {"2021-22": frozen})
    one = found["2021-22"]
    assert (one["source"], one["known_at"]) == ("frozen", "2022-09-30T22:59:59.999999Z")
    assert one["snapshot"] == frozen.figures["snapshot"]
    assert one["snapshot"]["level1"]["cat1"] == 1, "level 2 was recorded later"
    assert found["2022-23"]["snapshot"]["level2"]["cat1"] == 1
    assert list(one) == list(found["2022-23"]), "the same keys"


def test_a_year_published_with_nobody_in_it_is_a_figure(log: Log, law: Law) -> None:
    with views(log, law) as c:
        nobody = published(c, "2016-17", "2017-09-30")
        found = years(c, {"2016-17": nobody})
    assert next(iter(found)) == "2016-17"
    assert found["2016-17"]["snapshot"]["total"]["total"] == 0
    assert found["2017-18"]["source"] == "computed"
