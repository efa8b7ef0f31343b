"""Deliberate faults: what the harnesses are switched to, to show that they would see it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from importlib import import_module
from typing import Any
from unittest import mock

from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.store.database import retrying
from tracker.store.log import Log

BETWEEN = 0.3
DRIVERS = ("sqlite3", "sqlite3.dbapi2", "pysqlite3", "pysqlite3.dbapi2")


def _ruled(settings: Mapping[str, str], sql: str) -> str:
    said = sql.strip().lower().replace(" ", "")
    for pragma, value in settings.items():
        if said.startswith((f"pragma{pragma}=", f"pragma{pragma}(")):
            return f"PRAGMA {pragma}={value}"
    return sql


def _connection(plain: Any, cursors: Any, rule: Callable[[str], str]) -> Any:
    """A class of connections that pass every statement through a rule."""

    def ruled(kind: Any) -> Any:
        class Ruled(kind):
            def execute(self, sql: str, *given: Any) -> Any:
                return super().execute(rule(sql), *given)

        return Ruled

    class Connection(ruled(plain)):  # type: ignore[misc]
        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(ruled(factory or cursors))

    return Connection


def _connecting(driver: Any, settings: Mapping[str, str]) -> Callable[..., Any]:
    connect, cursors, rule = driver.connect, driver.Cursor, partial(_ruled, settings)

    def connected(*args: Any, factory: Any = driver.Connection, **kwargs: Any) -> Any:
        made = connect(*args, factory=_connection(factory, cursors, rule), **kwargs)
        for pragma, value in settings.items():
            made.execute(f"PRAGMA {pragma}={value}")
        return made

    return connected


@contextmanager
def sqlite_set(settings: Mapping[str, str]) -> Iterator[None]:
    """Every SQLite connection keeps these settings, whatever its users set."""
    with ExitStack() as stack:
        for name in DRIVERS:
            try:
                driver = import_module(name)
            except ImportError:
                continue
            stack.enter_context(mock.patch.object(driver, "connect", _connecting(driver, settings)))
        yield


def _append_unchecked(log: Log, subject: str, decide: Callable[..., list[Entry]]) -> Any:
    """Decides on the record as read, and appends whatever another wrote to it since."""
    asked = (log.history(subject), log.known)[: decide.__code__.co_argcount]
    decided = decide(*asked)

    def regardless(history: History, *_: Any) -> list[Entry]:
        first, last = history.next_sequence, history.last_recorded_at
        new = [e for e in decided if log.known(e.source, e.id) is None]
        return [
            e._replace(sequence=first + n, recorded_at=max(e.recorded_at, last or e.recorded_at))
            for n, e in enumerate(new)
        ]

    return append(log, subject, regardless)


class Positions:
    """A cursor that puts off what is to be said of how far a view has come, or says it wrongly."""

    def __init__(self, cursor: Any, late: list[tuple[Any, ...]], wrongly: bool) -> None:
        self.cursor, self.late, self.wrongly = cursor, late, wrongly

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cursor, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.cursor)

    def execute(self, sql: str, params: Any = ()) -> Any:
        if not sql.startswith("UPDATE view_positions SET position=?"):
            return self.cursor.execute(sql, params)
        if self.wrongly:
            self.cursor.execute("SELECT MAX(notification_id) FROM stored_events")
            return self.cursor.execute(sql, (self.cursor.fetchone()[0], *params[1:]))
        return self.late.append((sql, params))


def move_positions(database: Any, fault: str) -> None:
    """The position of a view and the page that it stands for part ways.

    "position apart": it is moved in a transaction of its own, some time after that of the page.
    "position of the log": it is moved to where the log ends, not to where the page does.
    """
    working = database.working
    retrying.pause = lambda failures: None  # or it would wait until the other has done

    @contextmanager
    def apart() -> Iterator[Any]:
        late: list[tuple[Any, ...]] = []
        with working() as cursor:
            yield Positions(cursor, late, fault == "position of the log")
        if late:
            time.sleep(BETWEEN)
            with working() as cursor:
                for given in late:
                    cursor.execute(*given)

    database.working = apart


append = Log.append
FAULTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "synchronous=OFF": partial(sqlite_set, {"synchronous": "OFF"}),
    "synchronous=NORMAL": partial(sqlite_set, {"synchronous": "NORMAL"}),
    "journal_mode=DELETE": partial(sqlite_set, {"journal_mode": "DELETE"}),
    "files not synced": lambda: mock.patch.object(os, "fsync", return_value=None),
    "decided on what may be stale": lambda: mock.patch.object(Log, "append", _append_unchecked),
}


def installed(fault: str) -> AbstractContextManager[Any]:
    """Switches a fault on; one that is not of this table is the worker's own."""
    return FAULTS.get(fault, nullcontext)()
