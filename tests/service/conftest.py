"""An open store with a clock that a test sets: what every use case gets. It prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler_world import Clock, new_id, quiet
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.service.app import App, Setup
from tracker.settings import configuration
from wire import Event, convicted, level, registered

NOW = datetime(2023, 6, 1, 9, tzinfo=UTC)
Record = Callable[..., None]


@pytest.fixture(autouse=True)
def _prints_nothing(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever a use case does, it writes neither to standard output nor to standard error."""
    yield
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def setup(store: Path, clock: Clock) -> Setup:
    """What opens the store of the test; its views are built in this process."""
    settings = configuration.settings().model_copy(update={"store": f"sqlite:///{store}"})
    return Setup(settings, clock, new_id, quiet)


@pytest.fixture
def app(setup: Setup) -> Iterator[App]:
    with setup.opened(make=True) as opened:
        yield opened


@pytest.fixture
def record(app: App) -> Record:
    """Records facts of one person now: `record(event, …)`."""

    def together(*events: Event) -> None:
        record_together(app.log, app.law, [parse_event(e) for e in events], app.clock())

    return together


@pytest.fixture
def people(record: Record) -> None:
    """CHE-1 at level 2 and CHE-2 at level 1, both subject for life, in Cheshire."""
    record(registered("a1"), convicted("a2"), level("a3", "2020-02-03", 2))
    who = {"subject": "CHE-2"}
    record(registered("b1", **who), convicted("b2", **who), level("b3", "2020-02-03", 1, **who))
