"""The library's own tests of a recorder, run against ours on both databases."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.tests import persistence as library

from postgres import fresh_database
from tracker.store.address import database_of
from tracker.store.database import schema
from tracker.store.database.interface import Database, Unavailable
from tracker.store.proof.checkpoints import LogKeys
from tracker.store.recorder import Recorder

KEYS = LogKeys.of("test", bytes(32), bytes(32))


def recorder_at(url: str) -> Recorder:
    database = database_of(url)
    with database.writing() as c:
        if schema.version_of(c) == 0:
            schema.create(c, database.kind, "test")
    return Recorder(database, KEYS)


def on_sqlite() -> str:
    return f"sqlite:///{Path(tempfile.mkdtemp()) / 'tracker.db'}"


class Recorders(library.ApplicationRecorderTestCase[Recorder]):
    """Inserting, selecting, conflicts and concurrent writers, as the library demands them."""

    new_url: ClassVar[Callable[[], str]]

    def setUp(self) -> None:
        self.url = type(self).new_url()

    def create_recorder(self) -> Recorder:
        # not closed: the library's tests may leave a thread behind that is still reading
        return recorder_at(self.url)

    # measurements, not tests: see tests/bench
    test_performance = None  # type: ignore[assignment]
    test_concurrent_throughput = None  # type: ignore[assignment]


class TestOnSqlite(Recorders):
    new_url = staticmethod(on_sqlite)


class TestOnPostgres(Recorders):
    new_url = staticmethod(fresh_database)


class Numbering(library.NonInterleavingNotificationIDsBaseCase):
    """Ids of one batch stand together, whoever else is writing."""

    insert_num = 200
    new_url: ClassVar[Callable[[], str]]

    def create_recorder(self) -> Any:
        return recorder_at(type(self).new_url())


class TestNumberingOnSqlite(Numbering):
    new_url = staticmethod(on_sqlite)


class TestNumberingOnPostgres(Numbering):
    new_url = staticmethod(fresh_database)


@pytest.fixture(params=[on_sqlite, fresh_database], ids=["sqlite", "postgresql"])
def recorder(request: pytest.FixtureRequest) -> Any:
    made = recorder_at(request.param())
    yield made
    made.database.close()


def event(originator: Any, version: int = 1) -> StoredEvent:
    return StoredEvent(originator, version, "t", b"")


def stored(database: Database, columns: str, table: str) -> list[tuple[Any, ...]]:
    with database.reading() as c:
        c.execute(f"SELECT {columns} FROM {table} ORDER BY 1")
        return c.fetchall()


def test_a_batch_is_stored_whole_or_not_at_all(recorder: Recorder) -> None:
    one, two = uuid4(), uuid4()
    recorder.insert_events([event(one)])
    with pytest.raises(IntegrityError):
        recorder.insert_events([event(two), event(one)])
    assert [n.originator_id for n in recorder.select_notifications(None, 10)] == [one]


def test_ids_have_no_gap_whatever_was_refused(recorder: Recorder) -> None:
    one = uuid4()
    for version in (1, 1, 2, 1, 2, 3):
        try:
            recorder.insert_events([event(one, version)])
        except IntegrityError:
            continue
    assert stored(recorder.database, "notification_id", "stored_events") == [(1,), (2,), (3,)]


def test_every_commit_leaves_a_checkpoint_and_a_signed_head(recorder: Recorder) -> None:
    for batch in (1, 3, 2):
        recorder.insert_events([event(uuid4()) for _ in range(batch)])
    assert stored(recorder.database, "size", "checkpoints") == [(1,), (4,), (6,)]
    ((size, note),) = stored(recorder.database, "size, note", "log_head")
    assert size == 6
    assert note.startswith("mappa-tracker/test\n6\n")


@pytest.mark.parametrize("table", ["stored_events", "checkpoints"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}={}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_log(
    recorder: Recorder, table: str, statement: str
) -> None:
    recorder.insert_events([event(uuid4())])
    column = "state" if table == "stored_events" else "root"
    with pytest.raises(Unavailable, match="append-only"), recorder.database.working() as c:
        c.execute(statement.format(table, column, column))
    assert len(stored(recorder.database, "*", table)) == 1


del library.ApplicationRecorderTestCase, library.NonInterleavingNotificationIDsBaseCase
del Recorders, Numbering
