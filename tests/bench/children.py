"""Runs commands in their own processes and measures their time and peak memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

TRACKER = (sys.executable, "-c", "from tracker.cli.main import main; main()")
EVERY = 0.01
LINUX = Path("/proc/self/status").exists()


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took: seconds, and peak memory in megabytes."""

    seconds: float
    peak: float
    said: str


def _peak(pid: int) -> float:
    """The peak memory of a process so far, as Linux counts it; 0 once it has ended.

    `wait` is no use: its figure for a child starts with the memory of the parent.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peaks[0]) / 1024 if peaks else 0.0


def run(command: tuple[str, ...], url: str | None = None, to: Path | None = None) -> Ran:
    """Runs a command to its end; raises with its output if it fails."""
    env = os.environ | ({"TRACKER_STORE": url} if url else {})
    with (to or Path(os.devnull)).open("wb") as file:
        start, peak = time.perf_counter(), 0.0
        child = subprocess.Popen(command, env=env, stdout=file, stderr=subprocess.PIPE)
        while child.poll() is None:
            peak = max(peak, _peak(child.pid))
            time.sleep(EVERY)
        took = time.perf_counter() - start
    assert child.stderr is not None
    said = child.stderr.read().decode()
    if child.returncode:
        raise SystemExit(f"{' '.join(command[-6:])} ended with {child.returncode}:\n{said}")
    if not LINUX:
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    return Ran(took, peak, said)


def tracker(url: str, *arguments: str, to: Path | None = None) -> Ran:
    """Runs a command of the tracker on a store."""
    return run((*TRACKER, *arguments), url, to)
