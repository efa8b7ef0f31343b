"""How soon a command answers, compared with importing typer alone."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

from support import Stores, engine, imported, say, store

RUNS = 15
TRACKER = "import sys; sys.argv[0]='tracker'; from tracker.cli.main import main; main()"
TYPER = "import typer"
COMMANDS = {
    "tracker --help": (("--help",), "≤ 2.5"),
    "tracker show": (("show", "CHE-5100090", "--format", "json"), "≤ 4"),
    "tracker counts": (("counts", "--format", "json"), "≤ 4"),
    "tracker return": (("return", "cheshire", "2022-23", "--format", "json"), "≤ 4"),
}


def _processor_time(env: dict[str, str], code: str, *arguments: str) -> float:
    """Processor seconds used by a command in its own process, unaffected by other processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call = [sys.executable, "-c", code, *arguments]
    subprocess.run(call, env=env, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _least(env: dict[str, str]) -> dict[str, float]:
    """The minimum over many runs of each, in turns: other load can only add time."""
    calls: dict[str, tuple[str, ...]] = {TYPER: (TYPER,)} | {
        name: (TRACKER, *arguments) for name, (arguments, _) in COMMANDS.items()
    }
    took = dict.fromkeys(calls, float("inf"))
    for _ in range(RUNS):
        for name, call in calls.items():
            took[name] = min(took[name], _processor_time(env, *call))
    return took


def _as_installed(place: Path) -> dict[str, str]:
    """An environment in which every module is compiled at the first run, as pip compiles them.

    Where Python may not write bytecode, a checkout is compiled again at every start; typer is not.
    """
    env = dict(os.environ) | {"PYTHONPYCACHEPREFIX": str(place / "bytecode")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def run(stores: Stores) -> None:
    """Prints the ratios; the bounds are 2.5 for `--help` and 4 for a read command."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shipped = resources.files("tracker._demo") / "cheshire-2022-23.jsonl.gz"
        with store(place / "t.db") as log, resources.as_file(shipped) as file:
            imported(log, file)
            engine(log).catch_up()
        took = _least(_as_installed(place) | {"TRACKER_STORE": f"sqlite:///{place / 't.db'}"})
        for name, (_, bound) in COMMANDS.items():
            say(name, took[name], TYPER, took[TYPER], took[name] / took[TYPER], bound)
