"""Nothing is ever cut: at any width of the terminal, and in a pipe, each figure stands whole."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from running import COMMAND, Tracker
from tracker.cli.table_text import stacked_lines, table_lines, wrapped
from wire import Written, convicted, event, made, registered

ORDERS = ("SHPO-2022-017-AND-MORE", "SHPO-2022-018-AND-MORE")
FACTS = [
    registered("t1", "2005-01-02", subject="CHE-5100002"),
    convicted("t2", "2005-01-02", subject="CHE-5100002"),
    event("t3", "custody.entered", "2005-01-02", subject="CHE-5100002", kind="sentence",
          conviction_id="C1"),
    event("t4", "custody.left", "2008-02-29", subject="CHE-5100002"),
    event("t5", "notification.given", "2008-02-29", subject="CHE-5100002", kind="initial"),
    *(made(id, "2022-01-02", id, kind, subject="CHE-5100002", ends_on="2032-01-01")
      for id, kind in zip(ORDERS, ("shpo", "sro"), strict=True)),
]  # fmt: skip
COMMANDS = [
    ("diary", "--on", "2023-06-01", "--within", "P10Y"),
    ("eligible", "--on", "2023-06-01", "--within", "P10Y"),
    ("show", "CHE-5100002", "--on", "2023-06-01", "--why"),
    ("review", "CHE-5100002", "--on", "2023-06-01"),
    ("counts", "--on", "2023-06-01"),
    ("return", "cheshire", "2022-23"),
    ("return", "cheshire", "2022-23", "--movement"),
    ("return", "--all", "2022-23"),
    ("trend", "cheshire"),
    ("forecast", "cheshire"),
    ("status",),
]
# What differs between two runs: when it was asked, and the digest of an answer that says so.
MOMENT = re.compile(r"20\d\d-\d\d-\d\dT[\d:.]+Z|[0-9a-f]{64}")


@pytest.fixture
def filled(tracker: Tracker, file: Written) -> Tracker:
    tracker("import", file(*FACTS), "--trust-times").done()
    tracker("counts").done()
    return tracker


def on_terminal(tracker: Tracker, columns: int, *args: str | Path) -> list[str]:
    """The lines that a command prints on a terminal of so many columns, without bold."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    env = {k: v for k, v in tracker.whole_environment.items() if k != "COLUMNS"} | {"TERM": "xterm"}
    process = subprocess.Popen([*COMMAND, *map(str, args)], stdout=theirs, stdin=theirs, env=env)
    os.close(theirs)
    printed = b""
    try:
        while part := os.read(ours, 65536):
            printed += part
    except OSError:  # Linux says so at the end
        pass
    os.close(ours)
    process.wait(60)
    return re.sub(r"\x1b\[\d*m", "", printed.decode()).replace("\r\n", "\n").split("\n")


def words(text: str) -> set[str]:
    """Figures, ids, dates and names, but for the moment of asking and the names of columns."""
    return {MOMENT.sub("NOW", word).rstrip(":") for word in text.split()}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
@pytest.mark.parametrize("columns", [60, 80, 200])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_word_of_a_pipe_stands_whole_on_a_terminal(
    filled: Tracker, command: tuple[str, ...], columns: int
) -> None:
    piped = filled(*command).out
    assert piped
    lines = on_terminal(filled, columns, *command)
    for line in lines:
        assert len(line) <= columns or len(line.split()) == 1, line
    assert "…" not in "".join(lines)
    shown = words("\n".join(lines))
    if command[0] != "status":  # it says how long ago
        assert {w for w in words(piped) if any(c.isdigit() for c in w)} <= shown


def test_a_pipe_is_never_too_narrow(tracker: Tracker, file: Written) -> None:
    reason = "word " * 100 + "end"
    override = {"rule": "any", "reason": reason, "by": "Supt Grey"}
    tracker("import", file(registered(override=override))).done()
    assert reason in tracker("show", "CHE-1", "--on", "2023-06-01").done().out


class TestLayout:
    def test_a_table(self) -> None:
        assert table_lines(("a", ">figure", "c"), [("x", "7", "y"), ("李", "1417", "")]) == [
            "a   figure  c",
            "x        7  y",
            "李    1417",
        ]

    def test_lines_and_tabs_of_a_text_stay_in_its_column(self) -> None:
        assert table_lines(("a", "b"), [("one\r\ntwo\rthree\tfour", "z")]) == [
            "a           b",
            "one         z",
            "two",
            "three four",
        ]

    def test_stacked_rows_have_a_line_for_each_value(self) -> None:
        rows = [("2022-23", "1417", ""), ("2023-24", "5", "x")]
        assert list(stacked_lines(("", ">Total", "note"), rows, 60)) == [
            "2022-23", "Total: 1417", "", "2023-24", "Total: 5", "note: x",
        ]  # fmt: skip

    def test_a_long_value_is_broken_at_spaces_alone(self) -> None:
        assert list(wrapped("on 2022-06-13 until 2023-06-12", 14)) == [
            "on 2022-06-13",
            "  until",
            "  2023-06-12",
        ]
        assert list(wrapped("ref: SHPO-2022-017-AND-MORE", 10)) == [
            "ref:",
            "  SHPO-2022-017-AND-MORE",
        ]
        assert list(wrapped("", 10)) == [""]
