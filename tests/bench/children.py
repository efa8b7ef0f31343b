"""Commands run as processes of their own: how long they took, and the most memory they held."""

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
    """What a command took; `peak` is megabytes."""

    seconds: float
    peak: float
    said: str


def _peak(pid: int) -> float:
    """The most that a process held so far, as Linux counts it; 0 once it is gone.

    What `wait` tells of a child begins with what its parent held when it was started.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    held = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
    return int(held[0]) / 1024 if held else 0.0


def run(command: tuple[str, ...], url: str | None = None, to: Path | None = None) -> Ran:
    """Runs a command to its end; raises with what it said where it fails."""
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
