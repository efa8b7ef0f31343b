"""Where the store is: from `TRACKER_STORE`, the settings, or the user's data folder. For `log`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tracker.domain.errors import TrackerError

SQLITE = "sqlite:///"


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
            "write sqlite:///path/to/tracker.db"
        )
    return Path(url.removeprefix(SQLITE)).expanduser()
