"""Fixtures of all tests: a store on disk for each, the command line on it, the Cheshire log."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from postgres import postgres_programs, postgres_server, postgres_url
from running import Tracker
from tracker.domain.law.tables import Law
from tracker.service.app import the_law
from tracker.settings import configuration
from tracker.store.log import Log
from tracker.store.opening import open_log
from wire import Event, Written, written

__all__ = ["postgres_programs", "postgres_server", "postgres_url"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="what a random test printed when it failed")


LONGEST = ("reliability", "reliability_postgres", "scheduler", "store")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the folders of the longest tests, so that none of them is left for the end."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """A random generator; its seed is printed, and `--seed` repeats it."""
    option = request.config.getoption("--seed")
    seed = random.randrange(2**32) if option is None else option
    print(f"--seed={seed}")
    return random.Random(seed)


@pytest.fixture(scope="session", autouse=True)
def _without_user_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps the tests from reading the settings and stores of the user who runs them."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("TRACKER_")]:
            if name == "TRACKER_TEST_POSTGRES":
                continue
            patch.delenv(name, raising=False)
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_DATA_HOME", str(home / "data"))
        yield


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The path of the store of a test: a file that does not exist yet."""
    return tmp_path / "tracker.db"


@pytest.fixture
def tracker(store: Path) -> Tracker:
    """The command line on an empty store."""
    return Tracker(store)


@pytest.fixture
def file(tmp_path: Path) -> Written:
    """Writes a file of facts: `file(event, …)`, `file(event, …, name="in.jsonl.gz")`."""

    def write(*events: Event | str | bytes, name: str = "in.jsonl") -> Path:
        return written(tmp_path / name, events)

    return write


@pytest.fixture(scope="session")
def law() -> Law:
    """The tables of law as shipped, with every area."""
    configuration.clear_cache()
    return the_law()


@pytest.fixture
def log(store: Path) -> Iterator[Log]:
    """The log of an empty store."""
    with open_log(f"sqlite:///{store}", lambda: datetime.now(UTC)) as opened:
        yield opened


@pytest.fixture(scope="session")
def cheshire_log() -> Iterator[Path]:
    """The facts of Cheshire 2022-23, as shipped."""
    with ExitStack() as stack:
        shipped = resources.files("tracker._demo") / "cheshire-2022-23.jsonl.gz"
        yield stack.enter_context(resources.as_file(shipped))


@pytest.fixture(scope="session")
def cheshire_template(cheshire_log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the Cheshire log, imported with its own times, and views; only copied."""
    store = tmp_path_factory.mktemp("template") / "tracker.db"
    ran = Tracker(store)("import", cheshire_log, "--trust-times").done()
    assert ran.out == "20784 facts stored, 0 known already\n"
    Tracker(store)("counts").done()
    assert not store.with_name("tracker.db-wal").exists(), "a closed store is one file"
    return store


@pytest.fixture
def cheshire(cheshire_template: Path, store: Path) -> Tracker:
    """The command line on a copy of the store with the Cheshire log."""
    shutil.copyfile(cheshire_template, store)
    return Tracker(store)
