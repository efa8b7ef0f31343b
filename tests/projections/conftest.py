"""What the tests of the views share: a store of random people, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from population import fill, recorded
from postgres import OWN_SERVER, drop_database, fresh_database
from projections import Engine, View, all_views
from running import Tracker
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.store.database.interface import Database
from tracker.store.log import Log
from tracker.store.opening import migrate, open_log
from wire import Event, event, written

FACTS = 240
Rows = dict[str, list[tuple[Any, ...]]]


def now() -> datetime:
    return datetime.now(UTC)


def table_rows(database: Database) -> Rows:
    """Every row of every view, and the position of each view."""
    names = [table.name for view in all_views() for table in view.tables]
    with database.reading() as c:
        found: Rows = {}
        for name in (*names, "view_positions"):
            c.execute(f"SELECT * FROM {name}")
            found[name] = sorted(c.fetchall(), key=repr)
        return found


@dataclass(frozen=True)
class Store:
    """A store on SQLite or PostgreSQL."""

    url: str

    @contextmanager
    def opened(self) -> Iterator[Log]:
        with open_log(self.url, now) as log:
            yield log

    @property
    def rows(self) -> Rows:
        with self.opened() as log:
            return table_rows(log.database)

    @property
    def tracker(self) -> Tracker:
        """The command line on it."""
        return Tracker(Path("nowhere"), {"TRACKER_STORE": self.url})

    def spoil(self, *statements: str) -> None:
        """Damages the tables: runs any SQL on them."""
        with self.opened() as log, log.database.working() as c:
            for statement in statements:
                c.execute(statement)

    def append_raw(self, topic: str, state: bytes, individual: str = "0" * 32) -> int:
        """Adds a row that no release of the tracker wrote to the log; returns its position."""
        with self.opened() as log, log.database.writing() as c:
            c.execute("SELECT size FROM log_head")
            position = c.fetchall()[0][0] + 1
            c.execute("SELECT COUNT(*) FROM stored_events WHERE originator_id=?", (individual,))
            version = c.fetchall()[0][0] + 1
            c.execute(
                "INSERT INTO stored_events (notification_id, originator_id, originator_version,"
                " topic, state, leaf) VALUES (?,?,?,?,?,?)",
                (position, individual, version, topic, state, b"0" * 32),
            )
            if version == 1:
                c.load("individuals", ("subject", "originator_id"), [("Z-1", individual)])
            c.execute("UPDATE log_head SET size=?", (position,))
        return int(position)


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")


Make = Callable[..., Store]


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def make(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Make]:
    """Makes stores on one database: empty ones, or copies of a closed store."""
    made: list[str] = []
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")

    def one(like: Store | None = None) -> Store:
        if request.param == "postgresql":
            url = fresh_database(like.url) if like else fresh_database()
            made.append(url)
        else:
            url = f"sqlite:///{tmp_path_factory.mktemp('views') / 'tracker.db'}"
            if like:
                shutil.copyfile(_path(like.url), _path(url))  # its keys are in another file
        if like is None and request.param == "postgresql":
            migrate(url, now)
        return Store(url)

    yield one
    # a server that the tests started is removed with all its databases
    for url in made if os.environ.get(OWN_SERVER) else ():
        drop_database(url)


@pytest.fixture(scope="session")
def people(law: Law) -> list[Entry]:
    """Facts about random people, some of them recorded at the same moment."""
    return recorded(law, random.Random(35), people=12, facts=FACTS)[:FACTS]


@pytest.fixture(scope="session")
def template(make: Make, people: list[Entry]) -> Store:
    """A store with those facts and no views, to copy from; tests do not use it directly."""
    store = make()
    with store.opened() as log:
        fill(log, people)
    return store


@pytest.fixture(scope="session")
def expected(make: Make, template: Store, law: Law) -> Rows:
    """The rows of that store's views, updated in one page."""
    store = make(like=template)
    with store.opened() as log:
        assert Engine(log, law, all_views(), page=10_000).catch_up() == FACTS
    found = store.rows
    assert all(found.values()), "a view without a row proves nothing"
    return found


@pytest.fixture
def own(make: Make, template: Store) -> Store:
    """A store with those facts and no views, to record more in."""
    return make(like=template)


@pytest.fixture(scope="session")
def shared(make: Make, template: Store) -> Store:
    return make(like=template)


@pytest.fixture
def filled(make: Make, template: Store, shared: Store) -> Store:
    """A store with those facts and no views; nothing is recorded in it."""
    if shared.url.startswith("sqlite"):
        return make(like=template)
    # creating a database takes long
    names = [table.name + end for view in all_views() for table in view.tables
             for end in ("", "_new", "_old")]  # fmt: skip
    shared.spoil(*(f"DROP TABLE IF EXISTS {name}" for name in (*names, "view_positions")))
    return shared


@pytest.fixture
def log(make: Make) -> Iterator[Log]:
    """The log of an empty store."""
    with make().opened() as opened:
        yield opened


@pytest.fixture
def tracker(make: Make) -> Tracker:
    """The command line on an empty store."""
    return make().tracker


@pytest.fixture
def failing() -> Callable[..., list[View]]:
    """All views, one of which raises an error when it makes its n-th row."""

    def views(which: int, after: int, error: BaseException) -> list[View]:
        found, left = all_views(), after

        table = found[which].tables[0]

        def row(element: Any) -> Any:
            nonlocal left
            left -= 1
            if left <= 0:
                raise error
            return table.row(element)

        others = found[which].tables[1:]
        found[which] = replace(found[which], tables=[replace(table, row=row), *others])
        return found

    return views


class Cast:
    """People who between them have every kind of deadline, and some who no longer have any."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def of(self, subject: str, kind: str, on: str, /, **data: Any) -> str:
        """Records a fact about a person on its day; returns its id."""
        id = f"c{len(self.events)}"
        self.events.append(event(id, kind, on, subject=subject, source="/cast", **data))
        return id

    def known(self, subject: str, on: str, area: str = "cheshire") -> str:
        who = {"name": "A Person", "date_of_birth": "1975-05-05", "area": area}
        return self.of(subject, "individual.registered", on, **who)

    def convicted(self, subject: str, on: str, finding: str = "conviction", **data: Any) -> None:
        what = {"conviction_id": "C1", "offence": "Rape", "schedule_3": True, "finding": finding}
        self.of(subject, "conviction.recorded", on, **what, **data)

    def lifer(self, subject: str, area: str = "cheshire") -> None:
        """Released in 2004 and notified: may apply from late 2019."""
        self.known(subject, "2000-01-04", area)
        self.convicted(subject, "2000-01-05", disposal={"kind": "life"})
        self.of(subject, "custody.entered", "2000-01-05", kind="sentence", conviction_id="C1")
        self.of(subject, "custody.left", "2004-09-01", licence_for_life=True)
        self.of(subject, "notification.given", "2004-09-02", kind="initial")

    def meeting(self, subject: str, on: str, next_on: str, **data: Any) -> None:
        self.of(subject, "level.set", on, level=2)
        self.of(subject, "meeting.held", on, meeting_id="M1", level=2, invited=["police"],
                attended=["police"], next_review_on=next_on, **data)  # fmt: skip


def cast() -> list[Event]:
    c = Cast()
    c.lifer("LIFER")
    action = {"action_id": "A1", "text": "Visit", "owner": "police", "due_on": "2022-05-01"}
    c.meeting("LIFER", "2022-02-01", "2022-04-26", actions=[action])
    c.lifer("APPLIED", "merseyside")
    c.of("APPLIED", "review.applied", "2022-03-01", review_id="V1")
    c.of("APPLIED", "review.body_notified", "2022-03-02", review_id="V1", body="probation")
    c.lifer("REFUSED")
    c.of("REFUSED", "review.applied", "2022-03-01", review_id="V1")
    c.of("REFUSED", "review.determined", "2022-04-01", review_id="V1", outcome="continues",
         determined_by="Supt Q", rank="superintendent", reasons="so")  # fmt: skip
    c.of("REFUSED", "review.notice_received", "2022-04-04", review_id="V1")
    c.known("CAUTIONED", "2020-05-04")
    c.convicted("CAUTIONED", "2020-05-05", "caution")
    c.of("CAUTIONED", "notification.given", "2020-05-06", kind="initial")
    c.meeting("CAUTIONED", "2020-06-01", "2020-09-01")
    c.known("LAPSING", "2020-05-04")
    c.convicted("LAPSING", "2020-05-05", "caution")
    c.meeting("LAPSING", "2020-06-01", "2029-09-03")
    c.known("QUIET", "2019-05-04", "merseyside")
    c.convicted("QUIET", "2019-05-05", disposal={"kind": "imprisonment", "term": "P18M"})
    c.of("QUIET", "order.made", "2019-05-05", order_id="S1", kind="shpo", ends_on="2024-05-04",
         travel_ends_on="2023-05-04")  # fmt: skip
    c.of("QUIET", "category.assigned", "2019-05-06", category=2)
    c.of("QUIET", "notification.given", "2019-05-06", kind="initial")
    c.known("NEW", "2021-05-04")
    c.convicted("NEW", "2021-05-05", disposal={"kind": "fine"})
    c.known("RISK", "2021-05-04")
    c.of("RISK", "order.made", "2021-05-05", order_id="R1", kind="sro", ends_on="2023-05-04")
    c.known("DIED", "2021-05-04")
    c.convicted("DIED", "2021-05-05", disposal={"kind": "fine"})
    c.of("DIED", "individual.died", "2021-06-01")
    nobody = c.known("GONE", "2021-05-04")
    c.of("GONE", "entry.voided", "2021-05-05", entry=nobody, reason="nobody")
    return c.events


@pytest.fixture(scope="session")
def everybody(make: Make, template: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with random people and the cast; nothing more is recorded in it."""
    store = make(like=template)
    file = written(tmp_path_factory.mktemp("cast") / "cast.jsonl", cast())
    store.tracker("import", file, "--trust-times").done()
    return store
