"""Import with all validation, compared with inserting the same rows in bulk."""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path
from statistics import median

import raw
from support import Empty, Stores, imported, national_file, opened, say_rate, timed

FACTS, RUNS = 50_000, 5
ENOUGH, SHOWN = 20_000, 16


def _once(empty: Empty, file: Path) -> tuple[float, float, float, int]:
    """Seconds for the import, for raw bulk and for the library, with the number of facts."""
    with empty() as url, opened(url) as log:
        ours = timed(lambda: imported(log, file))
        rows = raw.rows_of(log)
    with raw.driver(empty()) as rival:
        plain = timed(lambda: rival.bulk(rows))
    with raw.library(empty()) as rival:
        default = timed(lambda: rival.bulk(rows))
    return ours, plain, default, len(rows)


def _why(empty: Empty, file: Path) -> None:
    """Where the time goes: the functions with the most time of their own under the profiler."""
    with empty() as url, opened(url) as log, cProfile.Profile() as profile:
        imported(log, file)
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    own = sorted(((times[2], where) for where, times in stats.items()), reverse=True)
    whole = sum(seconds for seconds, _ in own)
    for seconds, (path, line, name) in own[:SHOWN]:
        at = f"{Path(path).name}:{line} " if line else ""
        print(f"  {100 * seconds / whole:4.1f} % {at}{name}")


def run(stores: Stores) -> None:
    """Prints the rates; the bound is 20,000 a second, or the profile says why not."""
    with national_file(FACTS) as file:
        for name, empty in stores.items():
            runs = [_once(empty, file) for _ in range(RUNS)]
            ours, plain, default, facts = zip(*runs, strict=True)
            raw_bulk = "executemany" if name == "SQLite" else "COPY"
            for what, times, bound in (
                (f"import of {facts[0]:,} facts", ours, f"≥ {ENOUGH:,} a second"),
                ("the library's recorder, 1,000 a call", default, "a baseline"),
            ):
                say_rate(f"{name}, {what}", facts[0], median(times),
                         f"raw {raw_bulk}", median(plain), bound)  # fmt: skip
            if facts[0] / median(ours) < ENOUGH:
                _why(empty, file)
