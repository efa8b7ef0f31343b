"""The interface of a database, as the log, the views and the commands use it.

`sqlite` and `postgres` implement it; `address.database_of` makes one from a URL.
The same SQL runs on both:
placeholders `?` or `:name`, `ON CONFLICT`, typed columns, days and moments as whole numbers or as
text that sorts.
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
    """Another transaction wrote first: a row with a unique key exists already."""


class Unavailable(TrackerError):
    """The database cannot be used: it is out of reach, full or locked, or is not a store."""


class Cursor(Protocol):
    """Runs statements in one transaction.

    `each` is SQL for a table with a row for each element of a JSON array, in the column `value`;
    the array is the parameter for the `?` in it.
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

    def exists(self, table: str) -> bool:
        """Whether the database has a table of this name."""
        ...

    def run_script(self, script: str) -> None:
        """Runs the statements of a SQL file within the transaction."""
        ...


class Database(Protocol):
    """A database with a store in it, named `where` in messages; raises Conflict or Unavailable."""

    kind: Kind
    where: str

    def reading(self) -> AbstractContextManager[Cursor]:
        """A read-only transaction on one consistent snapshot.

        Within `writing` of the same thread it is that transaction, and sees what it has written.
        """
        ...

    def writing(self) -> AbstractContextManager[Cursor]:
        """A transaction under the writers' lock: no other process or thread appends meanwhile."""
        ...

    def working(self) -> AbstractContextManager[Cursor]:
        """A transaction that writes anything but the log."""
        ...

    def streaming(self, sql: str, params: Params = ...) -> AbstractContextManager[Iterator[Row]]:
        """The rows of one query, in constant memory, on a connection of its own."""
        ...

    def try_lock(self, name: str) -> AbstractContextManager[bool]:
        """Tries to take a named lock; yields True if it was free. Does not wait.

        The lock is released at the end of the block, or when the process dies.
        """
        ...

    def wait_for_append(self, seconds: float) -> bool:
        """True if the log grew within `seconds`, or may have grown."""
        ...

    def wait_until_durable(self) -> None:
        """Returns once everything that can be read is as durable as an acknowledged commit."""
        ...

    def close(self) -> None: ...
