"""Reads the lines of a file, plain or gzip, in bounded memory. Called by `importing`."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tracker.settings.text_encoding import other_encoding

LONGEST_LINE = 1 << 20


class Unreadable(Exception):
    """The file cannot be read any further; `line` is the number of the line where it broke."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def open_maybe_gzip(path: Path) -> IO[bytes]:
    """Opens a file for reading bytes, decompressed if it begins like a gzip file."""
    with path.open("rb") as raw:
        compressed = raw.read(2) == b"\x1f\x8b"
    return gzip.open(path) if compressed else path.open("rb", buffering=LONGEST_LINE)  # type: ignore[return-value]


def numbered_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yields (number from 1, line) for every line that is not blank.

    The line is None if it is longer than LONGEST_LINE bytes. Raises Unreadable where the compressed
    file is damaged, and for a file in UTF-16.
    """
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(LONGEST_LINE + 1)
            if not line:
                return
            if number == 1 and (other := other_encoding(line[:4])):
                raise Unreadable(number, other)
            if len(line) > LONGEST_LINE:
                _skip_rest(stream, line)
                yield number, None
                continue
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Unreadable(number, f"the compressed file is broken: {error}") from None
        if not line.isspace():
            yield number, line


def _skip_rest(stream: IO[bytes], line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(LONGEST_LINE)
