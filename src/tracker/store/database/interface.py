"""What the log, its views and the commands ask of a database; `sqlite` and `postgres` answer.

One dialect runs on both: placeholders `?` or `:name`, `ON CONFLICT`, typed columns, days and
moments as whole numbers or text that sorts. Built by `settings.database_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

from tracker.domain.errors import TrackerError

Row = tuple[Any, ...]
Params = Sequence[Any] | Mapping[str, Any]
Kind = Literal["sqlite", "postgresql"]


class Conflict(Exception):
    """Another transaction wrote first: a row that may be there once is there already."""


class Unavailable(TrackerError):
    """The database could not do it: out of reach, full, locked, or not a store."""


class Cursor(Protocol):
    """One statement after another in one transaction.

    `each` is SQL for a table of the JSON array passed for its `?`: each element is a row, in the
    column `value`.
    """

    each: str

    def execute(self, sql: str, params: Params = ..., /) -> Any: ...

    def executemany(self, sql: str, rows: Iterable[Any], /) -> Any: ...

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Row | None: ...

    def fetchall(self) -> list[Row]: ...

    def __iter__(self) -> Iterator[Row]: ...

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Inserts many rows at once."""
        ...

    def exists(self, table: str) -> bool: ...

    def run_script(self, script: str) -> None:
        """Runs several statements, as they stand in a file, within the transaction."""
        ...


class Database(Protocol):
    """A database that holds a store. Every error it raises is Conflict or Unavailable."""

    kind: Kind
    where: str

    def reading(self) -> AbstractContextManager[Cursor]:
        """A read-only transaction on one consistent snapshot.

        Within a write of the same thread it is that transaction, and sees what that has written.
        """
        ...

    def writing(self) -> AbstractContextManager[Cursor]:
        """A transaction under the writers' lock: nobody else appends to the log until it ends."""
        ...

    def working(self) -> AbstractContextManager[Cursor]:
        """A transaction for writing anything but the log."""
        ...

    def streaming(self, sql: str, params: Params = ...) -> AbstractContextManager[Iterator[Row]]:
        """The rows of one query, in constant memory, on a connection of its own."""
        ...

    def try_lock(self, name: str) -> AbstractContextManager[bool]:
        """Tries a named lock: True if it was free. It is released at the end of the block.

        A process that dies releases it as well.
        """
        ...

    def wait_for_append(self, seconds: float) -> bool:
        """True if the log grew within `seconds`, or may have grown."""
        ...

    def wait_until_durable(self) -> None:
        """Returns once everything that can be read is as durable as an acknowledged commit."""
        ...

    def close(self) -> None: ...
