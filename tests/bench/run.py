"""Runs the benchmarks: `./run bench [name …] [--big [FACTS …]]`. Each prints its figures."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import machine
from support import stores

BENCHES = ("append", "import", "views", "return", "years", "start", "schedule")


def _asked() -> argparse.Namespace:
    asked = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    asked.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    sizes = "a national log at these sizes (default: 0.5, 1, 2 and 5 million)"
    asked.add_argument("--big", nargs="*", type=int, metavar="FACTS", help=sizes)
    size = "of `years`: a national log of so many facts (default: half a million)"
    asked.add_argument("--facts", type=int, metavar="N", help=size)
    alone = "on this database alone"
    asked.add_argument("--on", action="append", choices=("sqlite", "postgresql"), help=alone)
    given = asked.parse_args()
    if unknown := [n for n in given.names if n not in BENCHES]:
        asked.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    return given


def main() -> None:
    """Every benchmark, or those named; `--big` alone runs that one alone."""
    given = _asked()
    machine.say()
    found = stores(given.on or ())
    for name in given.names or (BENCHES if given.big is None else ()):
        size = (given.facts,) if name == "years" and given.facts else ()
        import_module(f"bench_{name}").run(found, *size)
    if given.big is not None:
        import_module("bench_big").run(found, given.big)


if __name__ == "__main__":
    main()
