"""Shows a PostgreSQL store without its password, and turns psycopg's errors into the store's.

For `postgres`, and for the backup that pg_dump writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
import psycopg_pool
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tracker.store.database.interface import Conflict, Unavailable


def without_password(url: str) -> str:
    """A URL without its password and its options, as it may be shown."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    place = f"{parts.username}@{hosts}" if parts.username else hosts
    return urlunsplit((parts.scheme, place, parts.path, "", ""))


def without_secret(url: str) -> tuple[str, dict[str, str]]:
    """A connection string without the password, and the environment variables that pass it."""
    settings = conninfo_to_dict(url)
    password = settings.pop("password", None)
    return make_conninfo("", **settings), {"PGPASSWORD": str(password)} if password else {}


@contextmanager
def store_errors(where: str, url: str) -> Iterator[None]:
    """Turns psycopg's errors in the block into Conflict or Unavailable."""
    try:
        yield
    except (psycopg.errors.UniqueViolation, psycopg.errors.SerializationFailure) as error:
        raise Conflict(str(error)) from error
    except psycopg_pool.PoolTimeout:
        raise Unavailable(f"the store {where} cannot be reached: {_why_unreachable(url)}") from None
    except psycopg.Error as error:
        raise Unavailable(f"the store {where} could not be used: {_first_line(error)}") from error


def _why_unreachable(url: str) -> str:
    """The server's reason for refusing a connection: the pool knows only that it timed out."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error as error:
        return _first_line(error)
    return "no connection became free in time"


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
