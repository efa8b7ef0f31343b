"""What the benchmarks share: timing, the demo log many times over, a store and its views."""

from __future__ import annotations

import gzip
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import projections
from tracker import configuration
from tracker.domain.law.tables import Law
from tracker.intake.importing import Importer
from tracker.store.log import Log, open_log

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def law() -> Law:
    return Law(configuration.law_files(), frozenset(configuration.areas()))


def median(measured: Callable[[], float], runs: int) -> float:
    return statistics.median(measured() for _ in range(runs))


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def say(what: str, value: float, baseline: str, base: float, ratio: float, bound: str) -> None:
    """One figure with its baseline, both in milliseconds."""
    print(
        f"{what}: {value * 1000:.1f} ms; baseline {baseline}: {base * 1000:.1f} ms; "
        f"ratio {ratio:.2f} (bound: {bound})"
    )


def demo_lines() -> list[bytes]:
    log = resources.files("tracker._demo") / "cheshire-2022-23.jsonl.gz"
    return gzip.decompress(log.read_bytes()).splitlines(keepends=True)


def write_log(path: Path, facts: int) -> int:
    """The demo log as often as it takes for so many facts, each time about other people."""
    lines, written = demo_lines(), 0
    with path.open("wb") as out:
        for copy in range(1 + facts // len(lines)):
            for line in lines[: facts - written]:
                event = json.loads(line)
                event["id"] += f"-{copy}"
                event["subject"] += f"-{copy}"
                for field in ("entry", "corrects"):
                    if field in event["data"]:
                        event["data"][field] += f"-{copy}"
                text = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
                out.write(text.encode() + b"\n")
                written += 1
    return written


@contextmanager
def store(path: Path) -> Iterator[Log]:
    log = open_log(f"sqlite:///{path}", lambda: NOW)
    try:
        yield log
    finally:
        log.close()


def imported(log: Log, file: Path) -> int:
    return Importer(log, law(), file, NOW, trust_times=True).run().stored


def engine(log: Log) -> projections.Engine:
    return projections.Engine(log, law(), projections.all_views())
