"""How often each test is run: a small number always, a long one where asked for with `-m slow`.

`RELIABILITY_R1=5000 ./run test -m slow tests/reliability` sets the long number of one test.
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
