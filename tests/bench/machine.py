"""The machine of the figures: one line of its parts, and how long a sync to disk takes."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from support import no_postgres

from tracker.store.database.sqlite import sqlite3

SYNCS = 200
fdatasync = getattr(os, "fdatasync", os.fsync)


def waits(times: int, sync: Callable[[int], None] = fdatasync) -> list[float]:
    """Seconds for each of so many syncs to disk, after adding 4 KiB to a file each time."""
    took = []
    with tempfile.TemporaryFile(buffering=0) as file:
        for _ in range(times):
            file.write(bytes(4096))
            start = time.perf_counter()
            sync(file.fileno())
            took.append(time.perf_counter() - start)
    return sorted(took)


def disk() -> str:
    """How long one sync to disk takes: every durable figure includes it."""
    said = []
    for name, sync in (("fdatasync", fdatasync), ("fsync", os.fsync)):
        took = waits(SYNCS, sync)
        middle, slow = statistics.median(took) * 1e6, took[int(SYNCS * 0.95)] * 1e6
        said.append(f"{name} {middle:.0f} µs (19 of 20 within {slow:.0f} µs)")
    return ", ".join(said)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(": ")[1] for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _postgresql() -> str:
    if no_postgres():
        return "no PostgreSQL"
    if os.environ.get("TRACKER_TEST_POSTGRES"):
        return "PostgreSQL of TRACKER_TEST_POSTGRES"
    from cluster import programs

    ran = subprocess.run([programs() / "postgres", "--version"], capture_output=True, text=True)
    return ran.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")


def say() -> None:
    """Prints the first line of every run."""
    print(
        f"{_processor()}, {os.cpu_count()} cores; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}; SQLite {sqlite3.sqlite_version}; {_postgresql()}; "
        f"{disk()}",
        flush=True,
    )
