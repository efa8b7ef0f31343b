"""A command that reads makes no store: where there is none, or an empty file, it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from running import Tracker
from wire import Written, registered

READ = [
    ["show", "CHE-1"], ["counts"], ["counts", "--area", "cheshire"], ["eligible"], ["diary"],
    ["export"], ["return", "cheshire", "2022-23"], ["return", "--all", "2022-23"],
    ["return", "cheshire", "2022-23", "--freeze"], ["trend", "cheshire"],
    ["forecast", "cheshire"], ["verify"], ["witness"], ["prove", "/a b"], ["status"],
    ["rebuild"], ["schedule", "--list"], ["schedule", "--once", "verify"], ["keys", "check"],
    ["keys", "rotate"], ["verify", "--verifier", "a+b+c"],
    ["adopt", "--by", "officer7"], ["backup", "backup.db"],
]  # fmt: skip


@pytest.mark.parametrize("command", READ, ids=" ".join)
def test_where_there_is_no_store_a_command_that_reads_says_so(
    command: list[str], tmp_path: Path
) -> None:
    tracker = Tracker(tmp_path / "folder" / "none.db")
    tracker(*command).ended(1, f"there is no store {tracker.store}")
    assert list(tmp_path.iterdir()) == []


def test_what_records_makes_it(tmp_path: Path, file: Written) -> None:
    tracker = Tracker(tmp_path / "folder" / "new.db")
    tracker("import", file(registered())).done()
    tracker("show", "CHE-1").done()
