"""Writes a file atomically: after a power cut it has the whole new content, or the old content.

The content goes to a temporary file in the same folder, is synced, and the file is then renamed.
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
    """Writes a file atomically, with the permissions `mode`: by default the owner's alone."""
    with replacing(path, mode) as temporary, temporary.open("wb") as file:
        file.write(content)


@contextmanager
def replacing(path: Path, mode: int = OWNER_ONLY) -> Iterator[Path]:
    """Yields an empty temporary file, which replaces `path` at the end of the block.

    Where the block raises, the temporary file is removed and `path` stays as it was. Behind a
    symbolic link, the file that it leads to is replaced. For a device or a pipe `path` itself is
    yielded: it keeps no content to protect.
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
        for file in path.parent.glob(f"{_escaped(temporary.name)}*"):  # SQLite has files beside it
            with suppress(OSError):
                file.unlink()
        raise
    sync_folder(path.parent)


def _new_beside(path: Path) -> Path:
    """Makes an empty temporary file in the folder of `path`; an error names `path`."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{next(_counter)}.part")
    try:
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    return temporary


def sync_folder(folder: Path) -> None:
    """Syncs a folder to the disk: a power cut can lose a new file whose name is not synced."""
    if os.name != "nt" and os.access(folder, os.R_OK):  # elsewhere a folder cannot be opened
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, how: int) -> None:
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_left_behind(path: Path) -> None:
    """Removes the temporary files for `path` of processes that were killed."""
    if os.name == "nt":
        return  # Windows: no safe way to ask whether a process exists
    name = re.compile(rf"\.{re.escape(path.name)}\.(\d+)-\d+\.part.*")
    for file in path.parent.glob(f".{_escaped(path.name)}.*.part*"):
        written_by = name.fullmatch(file.name)
        if written_by and not _process_exists(int(written_by[1])):
            with suppress(OSError):
                file.unlink()


def _process_exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # another user's, or it cannot be known
    return True


def _escaped(name: str) -> str:
    """A name as a pattern for `glob` that matches that name alone."""
    return re.sub(r"([*?[])", r"[\1]", name)
