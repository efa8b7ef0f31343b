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
from tracker.store.database.sqlite import Sqlite, make_private_file
from tracker.store.log_secrets import grant_keys, key_path


def restore_with_keys(
    url: str, log_id: str, keys: Path | None, options: Options, fill: Callable[[Database], int]
) -> int:
    """Calls `fill` on the empty store of a URL; returns the number of entries that it restored.

    `keys` is a copy of the key store, put in place after the log; None where the keys are in place
    already. Raises TrackerError where the copy cannot be put in place: nothing is filled then.
    """
    database = database_of(url, options)
    try:
        key_file = key_path(url, log_id, options)
        if keys is not None:
            _check_keys_place(keys, key_file)
        if isinstance(database, Sqlite):
            make_private_file(database.path)
        entries = fill(database)
        if keys is not None and key_file is not None:
            key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with replacing(key_file) as temporary:
                shutil.copyfile(keys, temporary)
        grant_keys(database)
    finally:
        database.close()
    return entries


def _check_keys_place(keys: Path, key_file: Path | None) -> None:
    if key_file is None:
        raise TrackerError("the keys of a store on PostgreSQL are restored with pg_restore")
    if not keys.is_file():
        raise TrackerError(f"there is no copy of the keys {keys}")
    if key_file.exists():
        raise TrackerError(f"{key_file} has keys already, and nothing is put over them: leave "
                           "--keys out if they are those of this log")  # fmt: skip
