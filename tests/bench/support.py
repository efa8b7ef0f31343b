"""What the benchmarks share: timing, printing figures with their baseline, logs, stores."""

from __future__ import annotations

import atexit
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import national

from tracker.cli.import_command import without_garbage_collection
from tracker.domain.law.tables import Law
from tracker.intake.importing import Importer
from tracker.settings import configuration
from tracker.store import opening
from tracker.store.log import Log

if TYPE_CHECKING:
    from projections import Engine

Empty = Callable[[], AbstractContextManager[str]]
Stores = dict[str, Empty]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "work_mem": "64MB"}
# The benchmarks have their own master key: none is created in the user's folder.
for name in ("TRACKER_KEK_FILE", "TRACKER_KEK_COMMAND"):
    os.environ.pop(name, None)
os.environ["TRACKER_KEK"] = "bench:YmVuY2htYXJrcyBvbmx5LCBubyBzZWNyZXQgYXQgYWw="


# --- timing and printing --------------------------------------------------------------------------


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(measured: Callable[[], float], runs: int) -> float:
    return statistics.median(measured() for _ in range(runs))


def interleaved(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median time of each, all measured in turn, round after round, on the same machine."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            took[name].append(timed(work))
    return {name: statistics.median(times) for name, times in took.items()}


def say(what: str, value: float, baseline: str, base: float, ratio: float, bound: str) -> None:
    """Prints one figure with its baseline, both in milliseconds."""
    print(
        f"{what}: {value * 1000:.1f} ms; baseline {baseline}: {base * 1000:.1f} ms; "
        f"ratio {ratio:.2f} (bound: {bound})",
        flush=True,
    )


def say_rate(what: str, done: int, value: float, baseline: str, base: float, bound: str) -> None:
    """Prints how many of something per second, with the rate of a baseline for as many."""
    print(
        f"{what}: {done / value:,.0f} a second; baseline {baseline}: {done / base:,.0f} a second; "
        f"ratio {base / value:.2f} (bound: {bound})",
        flush=True,
    )


# --- logs and stores ------------------------------------------------------------------------------


@cache
def law() -> Law:
    return Law(configuration.law_files(), frozenset(configuration.areas()))


@contextmanager
def national_file(facts: int, people: int | None = None) -> Iterator[Path]:
    """Writes a file with a national log of about so many facts."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        national.write(file, facts, people)
        yield file


@contextmanager
def opened(url: str) -> Iterator[Log]:
    """Opens a store and creates its tables if it is empty."""
    if not url.startswith("sqlite"):
        opening.migrate(url, lambda: NOW)
    with closing(opening.open_log(url, lambda: NOW)) as log:
        yield log


@contextmanager
def store(path: Path) -> Iterator[Log]:
    with opened(f"sqlite:///{path}") as log:
        yield log


def imported(log: Log, file: Path) -> int:
    with without_garbage_collection():  # as the command does
        return Importer(log, law(), file, NOW, trust_times=True).run().stored


def engine(log: Log, names: Sequence[str] = ()) -> Engine:
    """The engine of the views named, or of all if none is named."""
    import projections

    views = [v for v in projections.all_views() if not names or v.name in names]
    return projections.Engine(log, law(), views)


# --- PostgreSQL -----------------------------------------------------------------------------------


def no_postgres() -> str | None:
    """Why nothing can be measured on PostgreSQL here; None if it can."""
    try:
        import psycopg  # noqa: F401

        from cluster import unavailable
    except ImportError as error:
        return str(error)
    return None if os.environ.get("TRACKER_TEST_POSTGRES") else unavailable()


@cache
def _server() -> str:
    """The server of TRACKER_TEST_POSTGRES, or one of this run's own that ends with it."""
    if own := os.environ.get("TRACKER_TEST_POSTGRES"):
        return own
    from cluster import Cluster

    server = Cluster(SETTINGS).start()
    atexit.register(server.close)
    return server.url()


@contextmanager
def database() -> Iterator[str]:
    """The URL of a new, empty PostgreSQL database, dropped afterwards."""
    import psycopg

    name = f"bench_{secrets.token_hex(6)}"
    with psycopg.connect(_server(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        try:
            yield f"{_server().rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def sqlite_file() -> Iterator[str]:
    """The URL of a SQLite store that does not exist yet."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/tracker.db"


def stores(only: Sequence[str] = ()) -> Stores:
    """Functions that make an empty store of each kind available here; prints which is not."""
    found: Stores = {"SQLite": sqlite_file, "PostgreSQL": database}
    found = {kind: empty for kind, empty in found.items() if not only or kind.lower() in only}
    if "PostgreSQL" in found and (why := no_postgres()):
        print(f"PostgreSQL is left out: {why}")
        del found["PostgreSQL"]
    return found
