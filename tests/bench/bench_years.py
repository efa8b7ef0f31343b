"""Ten years of returns for all areas over a national log, and any one as known at any moment.

The views are up to date. `--facts N` sets the size of the log; the default is half a million.
"""

from __future__ import annotations

import random
import statistics
from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any

from bench_big import parted
from support import Stores, engine, imported, interleaved, law, national_file, opened, say, timed

from projections.returns import counted_people
from projections.returns.annual_return import Year, annual_return
from projections.returns.national import all_returns
from projections.returns.trend import years_up_to
from tracker.domain.answers.figure_shapes import Snapshot
from tracker.settings import configuration
from tracker.store.database.interface import Cursor

FACTS, ROUNDS, ASKED = 500_000, 3, 60
KNOWN_AT = datetime(2024, 4, 1, 12, tzinfo=UTC)
YEARS = years_up_to(Year.parse("2023-24"))


def _population(area: str, year: Year) -> dict[str, Any] | None:
    found = configuration.population(area, year.text)
    return found.model_dump(include={"aged_10_plus", "base", "source"}) if found else None


def all_of_them(c: Cursor) -> list[dict[str, Any]]:
    """Ten years of 42 returns with the national figures, as `return --all` gives them."""
    found = []
    for year in YEARS:
        returns = [
            annual_return(c, area, year, KNOWN_AT, _population(area, year))
            for area in configuration.areas()
        ]
        found.append(all_returns(c, year, KNOWN_AT, returns, law().category_4))
    return found


def snapshots(c: Cursor) -> list[Snapshot]:
    """Only the snapshots of the same areas and years, with one query each."""
    return [
        counted_people.snapshot(c, area, year.end, KNOWN_AT)
        for year in YEARS
        for area in configuration.areas()
    ]


def one_by_one(c: Cursor) -> list[float]:
    """Seconds for single returns of random areas and years, as known at random moments since."""
    chance, areas, took = random.Random(1), list(configuration.areas()), []
    for _ in range(ASKED):
        year = chance.choice(YEARS)
        began = datetime.combine(year.start, time.min, UTC)
        at = began + chance.random() * (KNOWN_AT - began) + timedelta(days=1)
        area = chance.choice([*areas, "london"])
        took.append(timed(partial(annual_return, c, area, year, at, None)))
    return took


def run(stores: Stores, facts: int = FACTS) -> None:
    """Prints both; the bounds, at 5 million facts, are 10 s for all and 0.3 s for the worst one."""
    with national_file(facts) as file:
        parts = parted(file, facts)
        for name, empty in stores.items():
            with empty() as url, opened(url) as log:
                stored = sum(imported(log, part) for part in parts)
                with engine(log).reading() as c:
                    works = {"all": partial(all_of_them, c), "snapshots": partial(snapshots, c)}
                    took = interleaved(works, ROUNDS)
                    single = one_by_one(c)
            say(f"{name}, ten years of 42 areas and the nation over {stored:,} facts", took["all"],
                "their snapshots alone", took["snapshots"], took["all"] / took["snapshots"],
                "10 s")  # fmt: skip
            worst, usual = max(single), statistics.median(single)
            say(f"{name}, the slowest of {ASKED} returns as known at some moment", worst,
                "the median of them", usual, worst / usual, "300 ms")  # fmt: skip
