"""The `eventsourcing` library on this log: its own test cases where they apply, and ours.

Where the library's cases do not apply, the reason is beside them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import (
    InfrastructureFactoryError,
    IntegrityError,
    MapperDeserialisationError,
    NotSupportedError,
    OperationalError,
    StoredEvent,
)
from eventsourcing.projection import ApplicationSubscription
from eventsourcing.tests import persistence as library
from eventsourcing.utils import Environment

from postgres import fresh_database
from tracker.domain.facts import IndividualRegistered
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.intake.erasure import erase
from tracker.store.database.interface import Conflict
from tracker.store.eventsourcing import Factory, LogRecorder, Recorded
from tracker.store.log import Log
from tracker.store.opening import migrate, open_log
from wire import Event, convicted, event, registered

NOW = datetime(2024, 6, 3, 9, tzinfo=UTC)
REGISTERED = "uk.mappa.individual.registered"


def on_sqlite() -> str:
    return f"sqlite:///{Path(tempfile.mkdtemp()) / 'tracker.db'}"


def made(new_url: Callable[[], str]) -> str:
    """The URL of an empty store."""
    url = new_url()
    migrate(url, lambda: NOW)
    return url


# --- the library's own cases ----------------------------------------------------------------------


class Inserting(LogRecorder):
    """Puts rows in by the log's own recorder, unjudged: the library's cases write what is no fact.

    What a store is opened with refuses every insert; see `test_nothing_is_written_past_the_law`.
    """

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        rows = [(UUID(str(s.originator_id)).hex, s.originator_version, s.topic, s.state)
                for s in stored_events]  # fmt: skip
        try:
            return list(self.log.recorder.append(rows))
        except Conflict as error:
            raise IntegrityError(str(error)) from error


class InsertingForOne(Inserting):
    """The same without ids: the library's recorder of aggregates alone has none to give."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Any:
        super().insert_events(stored_events)


class Recorders(library.ApplicationRecorderTestCase[LogRecorder]):
    """Inserting, selecting, conflicts, concurrent writers."""

    new_url: ClassVar[Callable[[], str]]

    def create_recorder(self) -> LogRecorder:
        # not closed: the library's cases may leave a thread behind that is still reading
        return Inserting(open_log(made(type(self).new_url), lambda: NOW))

    # measurements, not tests: see tests/bench
    test_performance = None  # type: ignore[assignment]
    test_concurrent_throughput = None  # type: ignore[assignment]


class Aggregates(library.AggregateRecorderTestCase):
    """Selecting the events of one person."""

    new_url: ClassVar[Callable[[], str]]

    def create_recorder(self) -> LogRecorder:
        return InsertingForOne(open_log(made(type(self).new_url), lambda: NOW))

    test_performance = None  # type: ignore[assignment]


class Numbering(library.NonInterleavingNotificationIDsBaseCase):
    """Ids of one batch are adjacent, also while others write."""

    insert_num = 200
    new_url: ClassVar[Callable[[], str]]

    def create_recorder(self) -> LogRecorder:
        return Inserting(open_log(made(type(self).new_url), lambda: NOW))


class Factories(library.InfrastructureFactoryTestCase[Factory]):
    """What `PERSISTENCE_MODULE` finds, and what it builds."""

    new_url: ClassVar[Callable[[], str]]

    def setUp(self) -> None:
        self.env = Environment("people", persistence(made(type(self).new_url)))
        super().setUp()

    def expected_factory_class(self) -> type[Factory]:
        return Factory

    def expected_aggregate_recorder_class(self) -> type[LogRecorder]:
        return LogRecorder

    def expected_application_recorder_class(self) -> type[LogRecorder]:
        return LogRecorder

    def expected_tracking_recorder_class(self) -> Any: ...

    def tracking_recorder_subclass(self) -> Any: ...

    def expected_process_recorder_class(self) -> Any: ...

    # the log seals by itself, each person under a key of their own: no cipher, no compressor
    test_mapper_with_compressor = None  # type: ignore[assignment]
    test_mapper_with_cipher = None  # type: ignore[assignment]
    test_mapper_with_cipher_and_compressor = None  # type: ignore[assignment]
    test_mapper_with_wrong_cipher_key = None  # type: ignore[assignment]
    # views are kept elsewhere: see `test_views_and_snapshots_are_refused`
    test_create_tracking_recorder = None  # type: ignore[assignment]
    test_create_process_recorder = None  # type: ignore[assignment]


class TestRecorderOnSqlite(Recorders):
    new_url = staticmethod(on_sqlite)


class TestRecorderOnPostgres(Recorders):
    new_url = staticmethod(fresh_database)


class TestAggregatesOnSqlite(Aggregates):
    new_url = staticmethod(on_sqlite)


class TestAggregatesOnPostgres(Aggregates):
    new_url = staticmethod(fresh_database)


class TestNumberingOnSqlite(Numbering):
    new_url = staticmethod(on_sqlite)


class TestNumberingOnPostgres(Numbering):
    new_url = staticmethod(fresh_database)


class TestFactoryOnSqlite(Factories):
    new_url = staticmethod(on_sqlite)


class TestFactoryOnPostgres(Factories):
    new_url = staticmethod(fresh_database)


del library.ApplicationRecorderTestCase, library.AggregateRecorderTestCase
del library.NonInterleavingNotificationIDsBaseCase, library.InfrastructureFactoryTestCase
del Recorders, Aggregates, Numbering, Factories


# --- an application of the library on a store -----------------------------------------------------


class People(Application[UUID]):
    name = "people"


def persistence(url: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "tracker.store.eventsourcing", "TRACKER_STORE": url}


@pytest.fixture(params=[on_sqlite, fresh_database], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    return made(request.param)


@pytest.fixture
def log(url: str) -> Iterator[Log]:
    with open_log(url, lambda: NOW) as opened:
        yield opened


@pytest.fixture
def app(url: str) -> Iterator[People]:
    with People(persistence(url)) as opened:
        yield opened


@pytest.fixture
def record(log: Log, law: Law) -> Callable[..., None]:
    def recorded(*events: Event) -> None:
        for one in events:
            record_together(log, law, [parse_event(one)], NOW)

    return recorded


def person(app: People) -> UUID:
    """The aggregate of the first entry."""
    (first,) = app.recorder.select_notifications(None, 1)
    assert isinstance(first.originator_id, UUID)
    return first.originator_id


def test_events_are_entries_with_their_facts(app: People, record: Callable[..., None]) -> None:
    record(registered(), convicted())
    events = list(app.events.get(person(app)))
    assert [(type(e), e.originator_version) for e in events] == [(Recorded, 1), (Recorded, 2)]
    first = events[0]
    assert isinstance(first, Recorded)
    assert (first.entry.subject, first.entry.id) == ("CHE-1", "e1")
    assert isinstance(first.fact, IndividualRegistered)
    assert first.fact.name == "Robin Ashe"  # unsealed


def test_the_repository_gives_the_record_of_a_person(
    app: People, record: Callable[..., None]
) -> None:
    record(registered(), convicted())
    history: Any = app.repository.get(person(app))
    assert [e.id for e in history.entries] == ["e1", "e2"]
    as_it_was: Any = app.repository.get(person(app), version=1)
    assert [e.id for e in as_it_was.entries] == ["e1"]
    with pytest.raises(AggregateNotFoundError):
        app.repository.get(uuid4())


def test_the_notification_log_shows_what_is_stored(
    app: People, record: Callable[..., None]
) -> None:
    record(registered(), convicted())
    section = app.notification_log["1,10"]
    assert [n.id for n in section.items] == [1, 2]
    assert section.items[0].topic == REGISTERED
    assert b"Robin" not in section.items[0].state  # sealed


def test_nothing_is_written_past_the_law(app: People, record: Callable[..., None]) -> None:
    record(registered())
    ready = list(app.events.get(person(app)))
    refused = pytest.raises(NotSupportedError, match="tracker record")
    with refused:
        app.save(*ready)
    with refused:
        app.save(Aggregate())
    with refused:
        app.recorder.insert_events([StoredEvent(uuid4(), 1, REGISTERED, b"{}")])
    assert app.save() == []
    assert app.recorder.max_notification_id() == 1


def test_views_and_snapshots_are_refused(app: People) -> None:
    with pytest.raises(NotSupportedError, match=r"PERSISTENCE_MODULE=eventsourcing\.sqlite"):
        app.factory.tracking_recorder()
    with pytest.raises(NotSupportedError, match=r"PERSISTENCE_MODULE=eventsourcing\.sqlite"):
        app.factory.process_recorder()
    with pytest.raises(NotSupportedError, match="no snapshots"):
        app.factory.aggregate_recorder("snapshots")


def test_a_state_that_cannot_be_read_is_an_error_of_the_librarys(app: People) -> None:
    with pytest.raises(MapperDeserialisationError, match="unknown type"):
        app.mapper.to_domain_event(StoredEvent(uuid4(), 1, "uk.mappa.new", b"{}"))


def test_a_store_must_be_named_and_be_there(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureFactoryError, match="TRACKER_STORE is not set"):
        People({"PERSISTENCE_MODULE": "tracker.store.eventsourcing"})
    missing = tmp_path / "none.db"
    with pytest.raises(InfrastructureFactoryError, match="there is no store"):
        People(persistence(f"sqlite:///{missing}"))
    assert not missing.exists()


def test_a_closed_store_is_an_error_of_the_librarys(url: str) -> None:
    if not url.startswith("sqlite"):
        pytest.skip("a pool of connections says so only after it has tried for a while")
    app = People(persistence(url))
    app.close()
    with pytest.raises(OperationalError, match="closed"):
        app.recorder.max_notification_id()


# --- following ------------------------------------------------------------------------------------


def test_a_subscription_gives_what_is_there_and_what_comes(
    app: People, record: Callable[..., None]
) -> None:
    record(registered())
    with app.recorder.subscribe() as subscription:
        assert next(subscription).id == 1
        later = Thread(target=record, args=(convicted(),))
        later.start()
        assert next(subscription).id == 2
        later.join()


def test_a_subscription_begins_after_a_position_and_leaves_other_topics_out(
    app: People, record: Callable[..., None]
) -> None:
    record(registered(), convicted(), registered("e3", subject="CHE-2"))
    with app.recorder.subscribe(gt=1, topics=[REGISTERED]) as subscription:
        notification = next(subscription)
    assert (notification.id, notification.topic) == (3, REGISTERED)


def test_an_append_that_no_one_noticed_is_read_all_the_same(
    app: People, record: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(app.factory, Factory)
    database = app.factory.log.database
    monkeypatch.setattr(database, "wait_for_append", lambda seconds: False)
    with app.recorder.subscribe() as subscription:
        record(registered())
        assert next(subscription).id == 1


def test_a_subscription_that_is_stopped_ends(app: People, record: Callable[..., None]) -> None:
    record(registered())
    with ApplicationSubscription(app) as subscription:
        first, tracking = next(subscription)
        assert (first.originator_version, tracking.notification_id) == (1, 1)
        stopping = Thread(target=subscription.stop)
        stopping.start()
        assert list(subscription) == []
        stopping.join()


def test_a_store_that_fails_ends_a_subscription_with_its_error(
    app: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(app.factory, Factory)

    def gone(seconds: float) -> bool:
        raise RuntimeError("gone")

    monkeypatch.setattr(app.factory.log.database, "wait_for_append", gone)
    with app.recorder.subscribe() as subscription, pytest.raises(RuntimeError, match="gone"):
        next(subscription)


def test_who_is_erased_while_an_application_runs_is_forgotten(
    app: People, log: Log, law: Law, record: Callable[..., None]
) -> None:
    """Another process destroys the key: what this one kept of it is let go of."""
    record(registered(on="1950-01-06", date_of_birth="1920-05-04"))
    subject = person(app)
    (before,) = app.events.get(subject)
    why = {"authorised_by": "Supt Grey", "reason": "the retention review"}
    erase(log, law, "CHE-1", event("e2", "", "2024-06-03", **why), True, NOW)
    after, _ = app.events.get(subject)
    assert isinstance(before, Recorded)
    assert isinstance(after, Recorded)
    assert (before.entry.forgotten, after.entry.forgotten) == (False, True)
    assert isinstance(after.fact, IndividualRegistered)
    assert after.fact.name != "Robin Ashe"
