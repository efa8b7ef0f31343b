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
    """A row that must be there once is there already: somebody else wrote first."""


class Unavailable(TrackerError):
    """The database could not do what was asked: gone, full, locked, or not a store."""


class Cursor(Protocol):
    """One statement after another in one transaction.

    `each` is a table of the JSON array given for its `?`: a row an element, in column `value`.
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
        """One consistent snapshot; inside a write of the same thread, what that has written."""
        ...

    def writing(self) -> AbstractContextManager[Cursor]:
        """A transaction that holds the writers' lock of the log: what it reads stays true."""
        ...

    def working(self) -> AbstractContextManager[Cursor]:
        """A transaction that writes anything but the log."""
        ...

    def streaming(self, sql: str, params: Params = ...) -> AbstractContextManager[Iterator[Row]]:
        """The rows of one query, in constant memory, on a connection of its own."""
        ...

    def alone(self, what: str) -> AbstractContextManager[bool]:
        """Whether nobody else is at work on `what`; held until the end, or the death, of it."""
        ...

    def told(self, seconds: float) -> bool:
        """Waits until something was appended, at most so long; whether something was told."""
        ...

    def settled(self) -> None:
        """Returns once all that can be seen is as safe as a commit that was acknowledged."""
        ...

    def close(self) -> None: ...
