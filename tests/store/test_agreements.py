"""What all who use a store agree on: each recorded once, never changed, the newest in force."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tracker.store import agreements
from tracker.store.address import database_of
from tracker.store.agreements import Agreement
from tracker.store.backup import backup, restore
from tracker.store.database.interface import Database, Unavailable
from tracker.store.database.sqlite import Sqlite
from tracker.store.migrating import migrate

AT = datetime(2026, 3, 2, 9, 30, 15, 123_457, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, store: Path) -> Iterator[Database]:
    kind = request.param
    url = f"sqlite:///{store}" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    migrate(url, lambda: AT)
    with closing(database_of(url)) as opened:
        yield opened


def recorded(database: Database, replaces: int, law: str = "a1", at: datetime = AT) -> Agreement:
    return agreements.record(
        database, replaces=replaces, law=law, category_4="exclude", by="officer7", at=at,
        release="0.2.0",
    )  # fmt: skip


def test_a_new_store_has_none(database: Database) -> None:
    with database.reading() as c:
        assert agreements.current(c) is None
        assert agreements.history(c) == []


def test_the_newest_is_in_force_and_those_before_it_stay(database: Database) -> None:
    summer = AT.astimezone(timezone(timedelta(hours=1)))
    first, second = recorded(database, 0, "a1", summer), recorded(database, 1, "b2")
    assert first == Agreement(1, "a1", "exclude", "officer7", AT, "0.2.0")
    with database.reading() as c:
        assert agreements.current(c) == second
        assert agreements.history(c) == [first, second]


def test_a_process_that_comes_second_gets_the_one_in_force(database: Database) -> None:
    first = recorded(database, 0, "a1")
    assert recorded(database, 0, "b2") == first
    with database.reading() as c:
        assert agreements.history(c) == [first]


def test_of_many_at_once_one_is_recorded(database: Database) -> None:
    results: list[Agreement] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(recorded(database, 0, f"law-{n}")))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    with database.reading() as c:
        assert set(results) == set(agreements.history(c)) == {agreements.current(c)}


@pytest.mark.parametrize("statement", ["UPDATE agreements SET law='b2'", "DELETE FROM agreements"])
def test_no_agreement_is_changed_or_removed(database: Database, statement: str) -> None:
    recorded(database, 0)
    with pytest.raises(Unavailable, match="append-only"), database.writing() as c:
        c.execute(statement)


def test_a_backup_has_them(database: Database, tmp_path: Path) -> None:
    first, second = recorded(database, 0, "a1"), recorded(database, 1, "b2")
    backup(database, tmp_path / "backup.db")
    with closing(Sqlite(tmp_path / "restored.db")) as target:
        restore(tmp_path / "backup.db", target)
        with target.reading() as c:
            assert agreements.history(c) == [first, second]
