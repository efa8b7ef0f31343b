"""The annual return over a log of 100,000 facts, views caught up."""

from __future__ import annotations

import tempfile
from pathlib import Path

from support import NOW, engine, imported, median, say, store, timed, write_log

from projections import counts
from projections.annual_return import Year, annual_return

FACTS = 100_000


def run() -> None:
    """Prints the time of the return; the bound is 100 ms."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        write_log(file, FACTS)
        with store(Path(folder) / "t.db") as log:
            facts = imported(log, file)
            engine(log).catch_up()
            year = Year.parse("2022-23")
            with log.datastore.transaction(commit=False) as c:
                whole = median(
                    lambda: timed(lambda: annual_return(c, "cheshire", year, NOW, None)), 9
                )
                plain = median(
                    lambda: timed(lambda: counts.snapshot(c, "cheshire", year.end, NOW)), 9
                )
        say(f"annual return over {facts} facts", whole, "the snapshot query alone", plain,
            whole / plain, "100 ms")  # fmt: skip
