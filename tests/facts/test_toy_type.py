"""A type of fact is added by its model alone: no list of the tracker names it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def test_a_type_that_no_module_of_the_tracker_names_does_all_that_a_fact_does() -> None:
    """In a separate process, because types join the catalogue when loaded and stay in it."""
    path = os.pathsep.join(str(ROOT / part) for part in ("tests", "src", "."))
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "facts.toy", str(HERE / "toy_checks.py")],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path, "PYTEST_ADDOPTS": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
