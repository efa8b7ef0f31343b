"""An installation of the core alone: it records, judges, answers and proves."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from running import Tracker
from tracker.settings.extras import BRINGS, explain_missing_extra, extra_of
from wire import Written, convicted, registered

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
# A module that stands in sys.modules as None is one that Python says is not installed.
WITHOUT = """
import sys
sys.modules.update(dict.fromkeys({modules!r}))
sys.argv[0] = "tracker"
from tracker.cli.main import main
main()
"""


def without(extras: list[str], tracker: Tracker, *args: str | Path) -> tuple[int, str]:
    """Runs a command where some extras are not installed: its exit status and standard error."""
    modules = sorted(module for extra in extras for module in BRINGS[extra])
    command = [sys.executable, "-c", WITHOUT.format(modules=modules), *map(str, args)]
    ran = subprocess.run(command, env=tracker.whole_environment, capture_output=True, text=True)
    return ran.returncode, ran.stderr


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(registered(), convicted()), "--trust-times").done()
    return tracker


CORE = [
    ["show", "CHE-1", "--why"], ["review", "CHE-1"], ["counts"], ["eligible"], ["diary"],
    ["export"], ["return", "cheshire", "2022-23"], ["trend", "cheshire"], ["forecast", "cheshire"],
    ["schema"], ["record", "level.set", "level=2", "--subject", "CHE-1"], ["verify"],
    ["rebuild"], ["schedule", "--once", "flag"], ["prove", "/cheshire/ppu e1"],
]  # fmt: skip


@pytest.mark.parametrize("command", CORE, ids=lambda command: command[0])
def test_the_core_needs_no_extra(filled: Tracker, command: list[str]) -> None:
    status, said = without(list(BRINGS), filled, *command)
    assert (status, "is not installed" in said) == (0, False), said


@pytest.mark.parametrize(
    "command",
    [
        *(["return", "cheshire", "2022-23", "--to", f"r.{kind}"]
          for kind in ("ods", "xlsx", "html", "pdf")),
        ["diary", "--ics", "d.ics"],
        ["forecast", "cheshire", "--chart", "c.svg"],
    ],
    ids=lambda command: command[-1],
)  # fmt: skip
def test_a_document_says_which_extra_it_needs(
    filled: Tracker, command: list[str], tmp_path: Path
) -> None:
    command = [*command[:-1], str(tmp_path / command[-1])]
    status, said = without(["documents"], filled, *command)
    assert status == 1
    assert "extra 'documents'" in said
    assert "pip install 'mappa-tracker[documents]'" in said
    assert "Traceback" not in said
    assert not Path(command[-1]).exists()
    assert without(["notify", "postgres"], filled, *command)[0] == 0


def test_postgresql_says_which_extra_it_needs(tracker: Tracker) -> None:
    elsewhere = Tracker(tracker.store, {"TRACKER_STORE": "postgresql://nobody@localhost/nowhere"})
    status, said = without(["postgres"], elsewhere, "counts")
    assert status == 1
    assert "extra 'postgres'" in said


def test_a_module_of_no_extra_is_a_fault_of_ours() -> None:
    assert extra_of("jinja2.ext") == "documents"
    with pytest.raises(ModuleNotFoundError), explain_missing_extra():
        raise ModuleNotFoundError("No module named 'orjson'", name="orjson")


def test_each_extra_brings_what_is_said_of_it() -> None:
    stated = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    distributions = packages_distributions()
    for extra, modules in BRINGS.items():
        lines = [Requirement(line) for line in stated[extra]]
        brought = {canonicalize_name(line.name) for line in lines}
        # `afcharts[matplotlib]`, `psycopg[pool]`: what an extra of theirs brings
        brought |= {
            name for line in lines for part in line.extras for name in (part, f"{line.name}-{part}")
        }
        for module in modules:
            assert brought & {canonicalize_name(d) for d in distributions[module]}, module
        for line in lines:
            tops = {m for m, ds in distributions.items() if line.name in map(canonicalize_name, ds)}
            assert tops & modules, f"{extra}: {line.name} is not in BRINGS"


def test_no_version_of_python_is_shut_out() -> None:
    stated = tomllib.loads(PYPROJECT.read_text())["project"]["requires-python"]
    assert re.fullmatch(r">=3\.11", stated)
