"""How soon a command answers, against importing typer alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib import resources
from pathlib import Path

from support import Stores, engine, imported, median, say, store, timed

RUNS = 9


def run(stores: Stores) -> None:
    """Prints the ratios; the bounds are 2.5 for `--help` and 5 for a read command."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shipped = resources.files("tracker._demo") / "cheshire-2022-23.jsonl.gz"
        with store(place / "t.db") as log, resources.as_file(shipped) as file:
            imported(log, file)
            engine(log).catch_up()
        env = os.environ | {"TRACKER_STORE": f"sqlite:///{place / 't.db'}"}

        def took(*command: str) -> float:
            def once() -> float:
                call = [sys.executable, *command]
                return timed(lambda: subprocess.run(call, env=env, capture_output=True, check=True))

            once()
            return median(once, RUNS)

        typer = took("-c", "import typer")
        tracker = (
            "-c",
            "import sys; sys.argv[0]='tracker'; from tracker.cli.main import main; main()",
        )
        for name, arguments, bound in (
            ("tracker --help", ("--help",), "≤ 2.5"),
            ("tracker show", ("show", "CHE-5100090", "--format", "json"), "≤ 5"),
            ("tracker counts", ("counts", "--format", "json"), "≤ 5"),
            ("tracker return", ("return", "cheshire", "2022-23", "--format", "json"), "≤ 5"),
        ):
            value = took(*tracker, *arguments)
            say(name, value, "import typer", typer, value / typer, bound)
