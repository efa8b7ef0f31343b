"""Where the store is: from `TRACKER_STORE`, the settings, or the user's data folder. For `log`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tracker.domain.errors import TrackerError
from tracker.settings.extras import named_if_missing
from tracker.store.database.interface import Database

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Options:
    """How a store is used: seconds to wait for a lock, connections kept and at most, and keys.

    `key_store` is a URL or path. Of `kek_file`, `kek_command` and `kek` one says where the master
    key comes from, or is it; the environment does where all are None.
    """

    lock_timeout: float = 30.0
    pool_size: int = 4
    pool_most: int = 16
    sealing: bool = True
    key_store: str | None = None
    kek_file: str | None = None
    kek_command: str | None = None
    kek: str | None = field(default=None, repr=False)


def data_folder() -> Path:
    """The user's data folder for the tracker, by the platform's convention."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return base / "tracker"


def store_url(setting: str | None = None) -> str:
    """The store's URL; `setting` is what the settings say, if anything."""
    return setting or f"{SQLITE}{data_folder() / 'tracker.db'}"


def sqlite_path(url: str) -> Path:
    """The file of a SQLite URL; raises TrackerError for another kind of store."""
    if not url.startswith(SQLITE) or url == SQLITE:
        raise TrackerError(
            f"TRACKER_STORE: {url.split('@')[-1]!r} is not a store this release can open; "
            "write sqlite:///path/to/tracker.db or postgresql://user@host/database"
        )
    return Path(url.removeprefix(SQLITE)).expanduser()


def database_of(url: str, options: Options = Options(), read_only: bool = False) -> Database:
    """The database of a URL, not yet asked for anything; raises TrackerError."""
    if url.startswith(POSTGRES):
        with named_if_missing():
            from tracker.store.database.postgres import Postgres
        return Postgres(url, options.lock_timeout, options.pool_size, options.pool_most)
    from tracker.store.database.sqlite import Sqlite

    try:
        return Sqlite(sqlite_path(url), options.lock_timeout, read_only)
    except OSError as error:
        raise TrackerError(f"cannot open the store {url}: {error}") from None
