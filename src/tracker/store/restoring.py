"""Fills an empty store from a backup, and puts a copy of its keys in place.

Called by `tracker restore`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tracker.domain.errors import TrackerError
from tracker.store.address import Options, database_of
from tracker.store.atomic_file import replacing
from tracker.store.database.interface import Database
from tracker.store.database.sqlite import Sqlite, permissions
from tracker.store.log_secrets import grant_keys, key_path


def restored(
    url: str, log_id: str, keys: Path | None, options: Options, fill: Callable[[Database], int]
) -> int:
    """Fills an empty store; `keys` is a copy of its key store, where it has none of its own."""
    database = database_of(url, options)
    try:
        place = key_path(url, log_id, options)
        if keys is not None:
            _keys_can_be_put(keys, place)
        if isinstance(database, Sqlite):
            permissions(database.path)
        entries = fill(database)
        if keys is not None and place is not None:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(place) as temporary:
                shutil.copyfile(keys, temporary)
        grant_keys(database)
    finally:
        database.close()
    return entries


def _keys_can_be_put(keys: Path, place: Path | None) -> None:
    if place is None:
        raise TrackerError("the keys of a store on PostgreSQL are restored with pg_restore")
    if not keys.is_file():
        raise TrackerError(f"there is no copy of the keys {keys}")
    if place.exists():
        raise TrackerError(f"{place} holds keys already, and nothing is put over them: leave "
                           "--keys out if they are those of this log")  # fmt: skip
