"""The interfaces of the `eventsourcing` library over this log, for whoever knows the library.

`PERSISTENCE_MODULE=tracker.store.eventsourcing` lets an `Application` read the store that
`TRACKER_STORE` names (docs/eventsourcing.md). Only this module imports the library, and nothing in
the tracker imports this module.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any, NoReturn
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    InfrastructureFactoryError,
    ListenNotifySubscription,
    Mapper,
    MapperDeserialisationError,
    Notification,
    NotSupportedError,
    OperationalError,
    StoredEvent,
    TrackingRecorder,
    Transcoder,
)
from eventsourcing.utils import Environment, EnvType

from tracker.domain.errors import TrackerError
from tracker.domain.facts import Fact
from tracker.domain.record.history import History
from tracker.store.address import POSTGRES, Options, sqlite_path
from tracker.store.database.interface import Unavailable
from tracker.store.log import Log
from tracker.store.log_rows import PLAIN, LogRow
from tracker.store.mapper import Envelope, Unreadable
from tracker.store.opening import open_to_read

WAIT = 0.2  # seconds that a subscription waits for an append before it looks whether to stop
LOOK_ANYWAY = 1.0  # seconds after which the log is read though no append was noticed
NO_SAVE = (
    "the library reads this log and does not write to it: a fact is judged by the law before it is "
    "recorded; record it with `tracker record` or `tracker import`"
)
NO_VIEWS = (
    "views made with the library are not kept in the store: give the projection a persistence "
    "module of its own, such as {NAME}_PERSISTENCE_MODULE=eventsourcing.sqlite"
)
NO_SNAPSHOTS = "this log keeps no snapshots: leave IS_SNAPSHOTTING_ENABLED out"


@contextmanager
def _library_errors() -> Iterator[None]:
    try:
        yield
    except Unavailable as error:
        raise OperationalError(str(error)) from error


class Recorded(Envelope):
    """The domain event of every row: an entry of the log, and in it the fact."""

    __slots__ = ()

    @property
    def fact(self) -> Fact:
        return self.entry.fact

    def mutate(self, history: History | None) -> History:
        """The record with this entry, so that `repository.get` gives a person's `History`."""
        history = history or History(self.entry.subject)
        history.append(self.entry)
        return history


class LogMapper(Mapper[UUID]):
    """Opens stored rows as the log itself does: keys, upcasts, validation."""

    def __init__(self, transcoder: Transcoder, log: Log) -> None:
        super().__init__(transcoder)
        self.log = log

    def to_domain_event(self, stored_event: StoredEvent) -> Recorded:
        aggregate, version = stored_event.originator_id, stored_event.originator_version
        try:
            entry = self.log.entry(_hex(aggregate), version, stored_event.topic, stored_event.state)
        except Unreadable as error:
            raise MapperDeserialisationError(str(error)) from error
        return Recorded(UUID(_hex(aggregate)), version, entry)

    def to_stored_event(self, domain_event: object) -> NoReturn:  # noqa: ARG002
        raise NotSupportedError(NO_SAVE)


class LogRecorder(ApplicationRecorder):
    """Reads the events of one person, and of the whole log in the order recorded."""

    def __init__(self, log: Log) -> None:
        self.log = log

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        **kwargs: Any,  # noqa: ARG002
    ) -> Sequence[int]:
        """Refuses any event: what was not judged must not be in the log."""
        if stored_events:
            raise NotSupportedError(NO_SAVE)
        return []

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        conditions: list[tuple[str, Any]] = [("originator_id=?", _hex(originator_id))]
        if gt is not None:
            conditions.append(("originator_version>?", gt))
        if lte is not None:
            conditions.append(("originator_version<=?", lte))
        order = f"originator_version {'DESC' if desc else 'ASC'}"
        return [
            StoredEvent(UUID(row.originator_id), row.version, row.topic, bytes(row.state))
            for row in self._rows(conditions, order, limit)
        ]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        first = 1 if start is None else start if inclusive_of_start else start + 1
        conditions: list[tuple[str, Any]] = [("notification_id>=?", first)]
        if stop is not None:
            conditions.append(("notification_id<=?", stop))
        if topics:
            conditions.append((f"topic IN ({','.join('?' * len(topics))})", tuple(topics)))
        return [
            Notification(
                UUID(row.originator_id), row.version, row.topic, bytes(row.state), row.position
            )
            for row in self._rows(conditions, "notification_id", limit)
        ]

    def _rows(
        self, conditions: Sequence[tuple[str, Any]], order: str, limit: int | None
    ) -> list[LogRow]:
        where = " AND ".join(condition for condition, _ in conditions)
        params = [p for _, value in conditions
                  for p in (value if isinstance(value, tuple) else (value,))]  # fmt: skip
        statement = f"{PLAIN} WHERE {where} ORDER BY {order}"
        if limit is not None:
            statement += f" LIMIT {int(limit)}"
        with _library_errors():
            # A key may have been destroyed by another process since the last page was read.
            self.log.keys.refresh()
            with self.log.database.reading() as c:
                c.execute(statement, params)
                return [LogRow._make(row) for row in c.fetchall()]

    def max_notification_id(self) -> int | None:
        with _library_errors():
            return self.log.position() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        return LogSubscription(self, gt, topics)


class LogSubscription(ListenNotifySubscription[LogRecorder]):
    """Follows the log: the library's thread reads pages, one of ours wakes it after an append."""

    def __init__(
        self, recorder: LogRecorder, gt: int | None = None, topics: Sequence[str] = ()
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._listen_thread = Thread(target=self._listen)
        self._listen_thread.start()

    def __exit__(self, *args: object, **kwargs: Any) -> None:
        try:
            super().__exit__(*args, **kwargs)
        finally:
            self._listen_thread.join()

    def _listen(self) -> None:
        """An append may go unnoticed between two waits, so the log is also read now and then."""
        looked = time.monotonic()
        try:
            while not self._has_been_stopped:
                with _library_errors():
                    appended = self._recorder.log.database.wait_for_append(WAIT)
                if appended or time.monotonic() - looked >= LOOK_ANYWAY:
                    self._has_been_notified.set()
                    looked = time.monotonic()
        except BaseException as error:
            if self._thread_error is None:
                self._thread_error = error
            self.stop()


class Factory(InfrastructureFactory[TrackingRecorder]):
    """What an `Application` builds itself from. It reads a store and makes none."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        try:
            self.log = open_to_read(self._url(), self._options())
        except TrackerError as error:
            raise InfrastructureFactoryError(str(error)) from error
        self._recorder = LogRecorder(self.log)

    def _url(self) -> str:
        url = self.env.get("TRACKER_STORE")
        if not url:
            raise InfrastructureFactoryError(
                "TRACKER_STORE is not set: it names the store to read, "
                "sqlite:///path/to/tracker.db or postgresql://user@host/database"
            )
        if not url.startswith(POSTGRES) and not sqlite_path(url).is_file():
            raise InfrastructureFactoryError(f"there is no store {url}")
        return url

    def _options(self) -> Options:
        return Options(
            key_store=self.env.get("TRACKER_KEY_STORE"),
            kek_file=self.env.get("TRACKER_KEK_FILE"),
            kek_command=self.env.get("TRACKER_KEK_COMMAND"),
        )

    def mapper(self, transcoder: Transcoder | None = None, mapper_class: Any = None) -> Any:  # noqa: ARG002
        """The log's own way to read a row; it seals, so ciphers and compressors are ignored."""
        return LogMapper(transcoder or self.transcoder(), self.log)

    def application_recorder(self) -> LogRecorder:
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> LogRecorder:
        if purpose != "events":
            raise NotSupportedError(NO_SNAPSHOTS)
        return self._recorder

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> NoReturn:  # noqa: ARG002
        raise NotSupportedError(NO_VIEWS)

    def process_recorder(self) -> NoReturn:
        raise NotSupportedError(NO_VIEWS)

    def close(self) -> None:
        self.log.close()


def _hex(originator_id: UUID | str) -> str:
    return originator_id.hex if isinstance(originator_id, UUID) else originator_id
