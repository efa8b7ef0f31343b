"""What the tests of the scheduler share: a store of either kind, with a clock that they set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler_world import KINDS, Clock, Place, empty, opened
from tracker.domain.law.tables import Law


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 1, 10, 12, tzinfo=UTC))


@pytest.fixture(params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, law: Law, clock: Clock
) -> Iterator[Place]:
    """An empty store of each kind of database in turn."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")
    with empty(request.param, tmp_path) as url, opened(url, law, clock) as found:
        yield found
