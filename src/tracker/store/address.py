"""Where the store is: from `TRACKER_STORE`, the settings, or the user's data folder. For `log`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tracker.domain.errors import TrackerError
from tracker.settings.extras import explain_missing_extra
from tracker.store.database.interface import Database

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Options:
    """How a store is used: `lock_timeout` in seconds, the size of the pool, sealing, and keys.

    On PostgreSQL the pool may grow to the larger of `pool_size` and `pool_most` connections.
    `key_store` is a URL or a path. At most one of `kek_file`, `kek_command` and `kek` is set: the
    file or the command that has the master key, or the key itself. Where all are None, the
    environment says where the master key comes from.
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
    """The tracker's folder in the user's data folder, by the convention of the platform."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return base / "tracker"


def store_url(setting: str | None = None) -> str:
    """The URL in the settings, or else that of a SQLite file in the user's data folder."""
    return setting or f"{SQLITE}{data_folder() / 'tracker.db'}"


def sqlite_path(url: str) -> Path:
    """The file of a SQLite URL; raises TrackerError for another kind of store."""
    if not url.startswith(SQLITE) or url == SQLITE:
        raise TrackerError(
            f"TRACKER_STORE: {url.split('@')[-1]!r} is not a store this release can open; "
            "write sqlite:///path/to/tracker.db or postgresql://user@host/database"
        )
    return Path(url.removeprefix(SQLITE)).expanduser()


def refuse_missing(url: str) -> None:
    """Raises TrackerError where the URL is that of a SQLite file that is not there."""
    if url.startswith(POSTGRES):
        return
    path = sqlite_path(url)
    if not path.exists():
        raise TrackerError(
            f"there is no store {path}: `tracker import FILE` makes one, or TRACKER_STORE names "
            "another"
        )


def database_of(url: str, options: Options = Options(), read_only: bool = False) -> Database:
    """The database of a URL, without a query sent to it yet.

    Raises TrackerError for a URL of another kind, a missing library, or a folder that cannot be
    made.
    """
    if url.startswith(POSTGRES):
        with explain_missing_extra():
            from tracker.store.database.postgres import Postgres
        return Postgres(url, options.lock_timeout, options.pool_size, options.pool_most)
    from tracker.store.database.sqlite import Sqlite

    try:
        return Sqlite(sqlite_path(url), options.lock_timeout, read_only)
    except OSError as error:
        raise TrackerError(f"cannot open the store {url}: {error}") from None
