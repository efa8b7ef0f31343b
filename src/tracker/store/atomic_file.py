"""The one way to write a file: it is there whole, or as it was before, also after a power cut.

What is written goes to a temporary name in the same folder, to the disk, and then takes its name.
Called by backups, the master key, messages, and whatever a command writes to a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

OWNER_ONLY = 0o600
TO_BE_SHARED = 0o644  # for documents that are meant for others
_counter = count(1)


def write_atomically(path: Path, content: bytes, mode: int = OWNER_ONLY) -> None:
    """Writes a file that only its owner may read, or that others may by `mode`."""
    with replacing(path, mode) as temporary, temporary.open("wb") as file:
        file.write(content)


@contextmanager
def replacing(path: Path, mode: int = OWNER_ONLY) -> Iterator[Path]:
    """A temporary file, empty and the owner's alone; at the end of the block it takes the name.

    Where the block raises, the temporary file goes and what was there stays. Of a symbolic link the
    file that it leads to is replaced. A device or a pipe is written to as it is: no content stays.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        yield path
        return
    _remove_left_behind(path)
    temporary = _new_beside(path)
    try:
        yield temporary
        temporary.chmod(mode)
        _sync(temporary, os.O_RDWR)
        temporary.replace(path)
    except BaseException:
        for file in path.parent.glob(f"{_literal(temporary.name)}*"):  # SQLite has files beside it
            with suppress(OSError):
                file.unlink()
        raise
    sync_folder(path.parent)


def _new_beside(path: Path) -> Path:
    """An empty file with a temporary name in the same folder; an error names the file wanted."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{next(_counter)}.part")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    return temporary


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk: a new file is not safe before its name is."""
    if os.name != "nt" and os.access(folder, os.R_OK):  # elsewhere a folder cannot be opened
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_left_behind(path: Path) -> None:
    """Removes what processes that were killed left of the same file."""
    if os.name == "nt":
        return  # there is no asking there whether a process lives
    name = re.compile(rf"\.{re.escape(path.name)}\.(\d+)-\d+\.part.*")
    for file in path.parent.glob(f".{_literal(path.name)}.*.part*"):
        written_by = name.fullmatch(file.name)
        if written_by and not _lives(int(written_by[1])):
            with suppress(OSError):
                file.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # another user's, or none that can be asked
    return True


def _literal(name: str) -> str:
    """A name for `glob`, in which no letter stands for others."""
    return re.sub(r"([*?[])", r"[\1]", name)
