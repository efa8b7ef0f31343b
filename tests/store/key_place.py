"""What the tests of the keys share: a folder with a key store, and processes to kill."""

from __future__ import annotations

import os
import shutil
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tracker.store.keys import key_tables
from tracker.store.keys.key_tables import SqliteKeys
from tracker.store.keys.master_key import Source, source_of
from tracker.store.keys.people_keys import KeyStore, PersonKey, open_keys

AT = datetime(2031, 5, 4, 12, tzinfo=UTC)
PEOPLE = [f"{n:032x}" for n in range(1, 31)]
posix = pytest.mark.skipif(os.name == "nt", reason="done by Unix means")


class Place:
    """A folder with a key store and the user's own master key."""

    def __init__(self, folder: Path, name: str = "tracker.db.keys") -> None:
        self.folder, self.file = folder, folder / name
        self.master = folder / "config" / "mappa-tracker" / "master.key"

    @property
    def source(self) -> Source:
        return source_of({"XDG_CONFIG_HOME": str(self.folder / "config")})

    def opened(self, source: Source | None = None, log_in_use: bool = False) -> KeyStore:
        return open_keys(SqliteKeys(self.file), source or self.source, log_in_use)

    def filled(self) -> dict[str, PersonKey | None]:
        """The keys of the people, made and closed."""
        store = self.opened()
        store.make_keys(PEOPLE)
        keys = store.keys_of(PEOPLE)
        store.close()
        return keys

    def everything(self) -> bytes:
        """Every byte of the key store on the disk."""
        return b"".join(file.read_bytes() for file in self.folder.glob("tracker.db.keys*"))

    def copied_to(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return Place(folder)


def epoch(name: str) -> str:
    return f"{name}:{b64encode(os.urandom(32)).decode()}"


def wrapped(place: Place) -> dict[str, bytes]:
    """The wrapped keys as they are on the disk."""
    with key_tables.reading(SqliteKeys(place.file)) as tables:
        return {one.originator_id: one.wrapped for one in tables.people()}


def fork(work: Callable[[], object]) -> int:
    """Does the work in a process of its own, which ends with 0 if it succeeds; returns its id."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            os.write(2, f"{error!r}\n".encode())
        finally:
            os._exit(code)
    return pid


def wait(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
