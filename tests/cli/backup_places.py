"""Where the tests of backup and restore put stores: on either database, filled, with keys apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from postgres import drop_database, fresh_database
from running import Tracker
from tracker.store.address import database_of
from wire import Event, Written, convicted, event, level, made, registered

AT = ("--known-at", "2022-12-31", "--format", "json")
DECIDED = ("--authorised-by", "Supt Grey", "--reason", "the review of 2026", "--reviewed")
IDS = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " ORDER BY notification_id",
    "SELECT subject, originator_id FROM individuals ORDER BY subject",
    "SELECT size, root, mac FROM checkpoints ORDER BY size",
    "SELECT size, frontier, note FROM log_head",
)
# imports one file after another, saying so after each
IMPORTS = """
import sys
from tracker.cli.main import app
for file in sys.argv[1:]:
    app(["import", file, "--trust-times"], standalone_mode=False)
    sys.stdout.flush()
"""


def person(number: int, levels: int = 1) -> list[Event]:
    about: dict[str, Any] = {"subject": f"CHE-{number}", "source": f"/{number}"}
    return [
        registered("e1", **about, name=f"Robin Ashe {number}"),
        convicted("e2", **about),
        made("e3", "2021-06-01", **about, prohibitions=[{"text": "Not to enter Elm Park"}]),
        event("e4", "category.assigned", "2021-07-01", **about, category=2),
        *(level(f"l{n}", "2022-01-05", n % 3 + 1, **about) for n in range(levels)),
    ]


def gone() -> list[Event]:
    """Somebody whose data may be erased."""
    about: dict[str, Any] = {"subject": "OLD-1", "source": "/old"}
    return [
        registered("e1", "2000-01-07", **about, date_of_birth="1930-01-01"),
        event("e2", "conviction.recorded", "2000-01-07", **about, conviction_id="C1",
              finding="caution", schedule_3=True, offence="Rape"),
    ]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a store is, on either database, and its keys."""

    url: str
    keys: Path

    @property
    def tracker(self) -> Tracker:
        env = {"TRACKER_STORE": self.url, "TRACKER_KEY_STORE": str(self.keys)}
        return Tracker(self.keys.with_name("unused.db"), env)

    def rows(self) -> list[list[Any]]:
        """The log as it stands in the tables."""
        with closing(database_of(self.url)) as database, database.reading() as c:
            return [[[bytes(v) if isinstance(v, memoryview) else v for v in row]
                     for row in c.execute(sql).fetchall()] for sql in IDS]  # fmt: skip

    def answers(self) -> list[str]:
        asked = (("return", "cheshire", "2021-22"), ("counts", "--on", "2022-03-31"),
                 ("show", "CHE-1", "--on", "2022-03-31"))  # fmt: skip
        return [self.tracker(*one, *AT).done().out for one in asked]


Places = Callable[[str, str], Place]


@pytest.fixture
def places(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Places]:
    """Empty places, on a database of a kind."""
    urls = []

    def make(kind: str, name: str) -> Place:
        (tmp_path / name).mkdir()
        if kind == "sqlite":
            return Place(f"sqlite:///{tmp_path / name / 'tracker.db'}", tmp_path / name / "keys")
        request.getfixturevalue("postgres_server")
        urls.append(fresh_database())
        return Place(urls[-1], tmp_path / name / "keys")

    yield make
    for url in urls:
        drop_database(url)


@pytest.fixture
def filled(places: Places, file: Written) -> Callable[[str], Place]:
    def fill(kind: str = "sqlite") -> Place:
        place = places(kind, "used")
        place.tracker("migrate").done()
        facts = [*person(1), *person(2), *gone()]
        place.tracker("import", file(*facts), "--trust-times").done()
        return place

    return fill


@pytest.fixture
def used(filled: Callable[[str], Place]) -> Place:
    """A store in use on SQLite."""
    return filled("sqlite")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the backup of the log goes."""
    return tmp_path / "log" / "log.backup"


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Where the copy of the keys goes."""
    return tmp_path / "keys" / "keys.backup"
