"""What the log's recorder promises of every append, on both databases."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from postgres import fresh_database
from tracker.store.address import database_of
from tracker.store.database import schema
from tracker.store.database.interface import Conflict, Database, Unavailable
from tracker.store.proof.checkpoints import LogKeys
from tracker.store.recorder import Recorder, Stored
from tracker.store.signed_head import SignedHead

KEYS = LogKeys.from_secrets("test", bytes(32), bytes(32))


def on_sqlite() -> str:
    return f"sqlite:///{Path(tempfile.mkdtemp()) / 'tracker.db'}"


@pytest.fixture(params=[on_sqlite, fresh_database], ids=["sqlite", "postgresql"])
def recorder(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    database = database_of(request.param())
    with database.writing() as c:
        schema.create(c, database.kind, "test")
    yield Recorder(database, SignedHead(KEYS, begun=lambda: False))
    database.close()


def row(originator: str, version: int = 1) -> Stored:
    return originator, version, "t", b""


def somebody() -> str:
    return uuid4().hex


def stored(database: Database, columns: str, table: str) -> list[tuple[Any, ...]]:
    with database.reading() as c:
        c.execute(f"SELECT {columns} FROM {table} ORDER BY 1")
        return c.fetchall()


def test_a_batch_is_stored_whole_or_not_at_all(recorder: Recorder) -> None:
    one, two = somebody(), somebody()
    recorder.append([row(one)])
    with pytest.raises(Conflict):
        recorder.append([row(two), row(one)])
    assert stored(recorder.database, "originator_id", "stored_events") == [(one,)]


def test_ids_have_no_gap_whatever_was_refused(recorder: Recorder) -> None:
    one, ids = somebody(), list[int]()
    for version in (1, 1, 2, 1, 2, 3):
        try:
            ids += recorder.append([row(one, version)])
        except Conflict:
            continue
    assert ids == [1, 2, 3]
    assert stored(recorder.database, "notification_id", "stored_events") == [(1,), (2,), (3,)]


def test_every_commit_leaves_a_checkpoint_and_a_signed_head(recorder: Recorder) -> None:
    for batch in (1, 3, 2):
        recorder.append([row(somebody()) for _ in range(batch)])
    assert stored(recorder.database, "size", "checkpoints") == [(1,), (4,), (6,)]
    ((size, note),) = stored(recorder.database, "size, note", "log_head")
    assert size == 6
    assert note.startswith("mappa-tracker/test\n6\n")


@pytest.mark.parametrize("table", ["stored_events", "checkpoints"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}={}", "DELETE FROM {}"])
def test_the_database_refuses_to_change_the_log(
    recorder: Recorder, table: str, statement: str
) -> None:
    recorder.append([row(somebody())])
    column = "state" if table == "stored_events" else "root"
    with pytest.raises(Unavailable, match="append-only"), recorder.database.working() as c:
        c.execute(statement.format(table, column, column))
    assert len(stored(recorder.database, "*", table)) == 1
