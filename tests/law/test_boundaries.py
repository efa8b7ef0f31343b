"""Every rule of the tables, just before its boundary, on it and just after it."""

from __future__ import annotations

import pytest

from law.boundaries import BOUNDARIES
from law.boundaries.base import Check
from spec import law

CHECKS = [(name, check) for b in BOUNDARIES for name, check in b.checks.items()]


@pytest.mark.parametrize("check", [pytest.param(check, id=name) for name, check in CHECKS])
def test_boundary(check: Check) -> None:
    check(law())


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({name for name, _ in CHECKS}) == len(CHECKS)
