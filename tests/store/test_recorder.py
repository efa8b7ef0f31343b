"""The library's own test of a recorder, run against ours on a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.tests import persistence as library
from eventsourcing.utils import Environment

from tracker.store.sqlite import Factory, Recorder


def recorder_in(folder: str) -> Recorder:
    name = f"file:{Path(folder) / 'tracker.db'}"
    factory = Factory(Environment("tracker", {"SQLITE_DBNAME": name, "SQLITE_LOCK_TIMEOUT": "30"}))
    made = factory.application_recorder()
    assert isinstance(made, Recorder)
    return made


class TestRecorder(library.ApplicationRecorderTestCase[Recorder]):
    """Inserting, selecting, conflicts and concurrent writers, as the library demands them."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def create_recorder(self) -> Recorder:
        # not closed: the library's tests may leave a thread behind that is still reading
        return recorder_in(self.folder)

    # measurements, not tests: see tests/bench
    test_performance = None  # type: ignore[assignment]
    test_concurrent_throughput = None  # type: ignore[assignment]


class TestNumbering(library.NonInterleavingNotificationIDsBaseCase):
    """Ids of one batch stand together, whoever else is writing."""

    insert_num = 200

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def create_recorder(self) -> Any:
        return recorder_in(self.folder)


def test_a_batch_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    made = recorder_in(str(tmp_path))
    one, two = uuid4(), uuid4()
    made.insert_events([StoredEvent(one, 1, "t", b"")])
    with pytest.raises(IntegrityError):
        made.insert_events([StoredEvent(two, 1, "t", b""), StoredEvent(one, 1, "t", b"")])
    assert [n.originator_id for n in made.select_notifications(None, 10)] == [one]
    made.datastore.close()


del library.ApplicationRecorderTestCase, library.NonInterleavingNotificationIDsBaseCase
