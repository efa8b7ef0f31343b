"""A lock that dies with its holder: for whatever only one process may do at a time on a machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(path: Path) -> Iterator[bool]:
    """Whether the lock of a file was free; it is kept to the end of the block."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        got = _try(descriptor) and _still_there(descriptor, path)
        yield got
        if got and sys.platform != "win32":
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _still_there(descriptor: int, path: Path) -> bool:
    """Whether the file locked is the one of that name: its last holder removed it with its lock."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _try(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
