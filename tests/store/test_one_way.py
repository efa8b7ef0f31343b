"""What is done in one way is done nowhere else: pausing before a retry, writing a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import projections
import scheduler
import tracker

ROOMS = [Path(str(room.__file__)).parent for room in (tracker, projections, scheduler)]


@pytest.mark.parametrize(
    ("call", "homes"),
    [
        (r"\btime\.sleep\(|\bfrom time import .*sleep", {"retrying.py"}),
        # a witness's file is appended to, an old master key is overwritten where it lies
        (r"\bfsync\(", {"atomic_file.py", "proofs.py", "master_key.py"}),
        (r"\bos\.(replace|rename)\(|\.part\"", {"atomic_file.py"}),
        # the lines that an import refused go to a temporary file, which `atomic_file` makes
        (r"\.write_(bytes|text)\(|\.open\(\"[wx]", {"atomic_file.py", "imports.py"}),
    ],
)
def test_stands_in_one_place(call: str, homes: set[str]) -> None:
    found = {
        path.name
        for room in ROOMS
        for path in room.rglob("*.py")
        if re.search(call, path.read_text(encoding="utf-8"))
    }
    assert found == homes
