"""A lock on a file between the processes of one machine, released when a process dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def file_lock(path: Path) -> Iterator[bool]:
    """Tries to lock a file, made if need be; yields True if it was free. Does not wait.

    The lock is released, and the file removed, at the end of the block.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        acquired = _try_lock(descriptor) and _is_current_file(descriptor, path)
        yield acquired
        if acquired and sys.platform != "win32":
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _is_current_file(descriptor: int, path: Path) -> bool:
    """Whether the locked file still has the name `path`: the process before may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _try_lock(descriptor: int) -> bool:
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
