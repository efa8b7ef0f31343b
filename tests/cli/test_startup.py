"""What a read command loads before it answers: a start costs what is imported for it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from running import Tracker

# Runs commands one after another in one process; then the packages that were loaded, as JSON.
LOADED = """
import io, json, sys
from contextlib import redirect_stdout
from tracker.cli.main import main
for command in json.loads(sys.argv.pop()):
    sys.argv[1:] = command
    try:
        with redirect_stdout(io.TextIOWrapper(io.BytesIO())):
            main()
    except SystemExit as left:
        assert not left.code, (command, left.code)
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""
SHOW, RETURN = ("show", "CHE-5100090"), ("return", "cheshire", "2022-23")
READ = [
    SHOW, (*SHOW, "--why"), ("review", "CHE-5100090"), ("counts",), ("eligible",), ("diary",),
    ("forecast", "cheshire"), ("trend", "cheshire"), RETURN, (*RETURN, "--movement"),
    ("export",), ("verify",), ("witness",), ("schema",),
]  # fmt: skip
HEAVY = {
    "afcharts", "apscheduler", "gptables", "icalendar", "jinja2", "matplotlib", "multiprocessing",
    "numpy", "odfdo", "pandas", "prometheus_client", "psycopg", "pypdf", "rich", "structlog",
    "typst",
}  # fmt: skip


def loaded(tracker: Tracker, *commands: tuple[str, ...]) -> set[str]:
    ran = subprocess.run(
        [sys.executable, "-c", LOADED, json.dumps(commands)],
        env=tracker.whole_environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(json.loads(ran.stdout))


def test_no_read_command_loads_the_eventsourcing_library(cheshire: Tracker) -> None:
    packages = loaded(cheshire, *READ)
    assert "tracker" in packages
    assert "eventsourcing" not in packages


@pytest.mark.parametrize("command", [SHOW, ("counts",), RETURN], ids=lambda command: command[0])
def test_an_answer_in_json_loads_nothing_that_shows_or_sends(
    cheshire: Tracker, command: tuple[str, ...]
) -> None:
    assert not loaded(cheshire, (*command, "--format", "json")) & HEAVY
