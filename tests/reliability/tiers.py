"""How often each test is run: a small number always, a long one where asked for with `-m slow`.

`RELIABILITY_R1=5000 ./run test -m slow tests/reliability` sets a long number: R1 and R1_COMMANDS
(kills), R2 (power cuts), R8 and R8_VIEWS (full disks), R9 (attempts), R11, R11_BUILDS and
R11_WRITERS (kills, kills, attempts), R14 (orders). PostgreSQL gets a fifth of each.
"""

from __future__ import annotations

import os

import pytest


def tiers(name: str, quick: int, long: int) -> pytest.MarkDecorator:
    """Runs a test `quick` times as a rule, and `long` times or as often as RELIABILITY_… says."""
    number = int(os.environ.get(f"RELIABILITY_{name}", long))
    return pytest.mark.parametrize(
        "times",
        [
            pytest.param(quick, id=f"{quick} times"),
            pytest.param(number, id=f"{number} times", marks=pytest.mark.slow),
        ],
    )
