"""The annual return of an area over a log of 100,000 facts, with the views up to date."""

from __future__ import annotations

from support import (
    NOW,
    Stores,
    engine,
    imported,
    median,
    national_file,
    opened,
    say,
    timed,
)

from projections.returns.annual_return import Year, annual_return
from projections.returns.counted_people import snapshot

FACTS = 100_000


def run(stores: Stores) -> None:
    """Prints the time of the return; the bound is 100 ms."""
    year = Year.parse("2022-23")
    with national_file(FACTS) as file:
        for name, empty in stores.items():
            with empty() as url, opened(url) as log:
                facts = imported(log, file)
                engine(log).catch_up()
                with log.database.reading() as c:
                    whole = median(
                        lambda c=c: timed(lambda: annual_return(c, "london", year, NOW, None)), 9
                    )
                    plain = median(
                        lambda c=c: timed(lambda: snapshot(c, "london", year.end, NOW)),
                        9,
                    )
            say(f"{name}, annual return over {facts:,} facts", whole,
                "the snapshot query alone", plain, whole / plain, "100 ms")  # fmt: skip
