"""Runs the benchmarks: `./run bench [name …]`. Each prints its figures; none is a test."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bench_import
import bench_return
import bench_start
import bench_views

BENCHES = {
    "import": bench_import.run,
    "return": bench_return.run,
    "start": bench_start.run,
    "views": bench_views.run,
}


def main() -> None:
    """Every benchmark, or those named on the command line."""
    names = sys.argv[1:] or list(BENCHES)
    unknown = [n for n in names if n not in BENCHES]
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    for name in names:
        BENCHES[name]()


if __name__ == "__main__":
    main()
