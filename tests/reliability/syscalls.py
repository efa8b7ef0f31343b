"""What a process asks of the disk, traced with strace. For `disk`."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from reliability.nursery import environment

CALLS = (
    "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "unlink", "unlinkat", "rename",
    "renameat", "renameat2", "link", "linkat",
)  # fmt: skip
# Ways of writing that are not replayed: a store that takes to one of them is no longer held here.
UNKNOWN = (
    "writev", "pwritev", "pwritev2", "truncate", "fallocate", "copy_file_range", "sendfile",
)  # fmt: skip
TRACER = ["strace", "-f", "--seccomp-bpf", "-xx", "-y", "-s", "100000000", "-e", "signal=none"]
STARTED = (
    "import runpy, sys; sys.modules['{}'] = None; "
    "runpy.run_module('reliability.workers', run_name='__main__')"
)
_LINE = re.compile(rb"\d+ +(\w+)\((.*)\) += (\d+)")
_BEGUN = re.compile(rb"(\d+) +(\w+\(.*) <unfinished \.\.\.>")
_ENDED = re.compile(rb"(\d+) +<\.\.\. \w+ resumed>(.*)")
_STRING = re.compile(rb"[<\"]((?:\\x[0-9a-f]{2})*)[>\"]")


class Call(NamedTuple):
    """A call that succeeded: of which file or files, what was written, the last number given."""

    name: str
    files: list[str]
    data: bytes
    number: int


def _call(line: re.Match[bytes]) -> Call:
    name, given, result = line[1].decode(), line[2], int(line[3])
    texts = [bytes.fromhex(t.replace(b"\\x", b"").decode()) for t in _STRING.findall(given)]
    last = given.rpartition(b", ")[2]
    number = int(last) if last.isdigit() else 0
    if name in ("write", "pwrite64"):
        return Call(name, [texts[0].decode()], texts[1][:result], number)
    files = [text.decode() for text in texts]
    if name.endswith(("at", "at2")):  # each after the folder that it is relative to
        files = [str(Path(a) / b) for a, b in zip(files[::2], files[1::2], strict=True)]
    return Call(name, files, b"", number)


@cache
def why_not() -> str | None:
    """Why nothing can be traced here, if so."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run([*TRACER, "-o", "/dev/null", "true"], capture_output=True, check=False)
    return f"strace cannot trace here: {tried.stderr.decode()}" if tried.returncode else None


def traced(
    trace: Path, work: str, given: str, env: dict[str, str], *, without: str = ""
) -> list[Call]:
    """Does a piece of work in a process of its own; what it asked of the disk, in order.

    `without` a module: as where it is not installed.
    """
    calls = "trace=" + ",".join(CALLS + UNKNOWN)
    tracer = [*TRACER, "-e", calls, "-o", str(trace)]
    worker = [sys.executable, "-c", STARTED.format(without), work, given]
    ran = subprocess.run(tracer + worker, env=environment() | env, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    return list(_calls(trace))


def _calls(trace: Path) -> Iterator[Call]:
    begun: dict[bytes, bytes] = {}
    with trace.open("rb") as lines:
        for line in lines:
            if match := _BEGUN.match(line):
                begun[match[1]] = match[2]
                continue
            if match := _ENDED.match(line):
                line = match[1] + b" " + begun.pop(match[1]) + match[2]
            # what is done to a file without a name is nothing to the one that took its name
            if b">(deleted)" not in line and (match := _LINE.match(line)):
                yield _call(match)
