"""Prints answers: tables, JSON for other programs, a progress bar. Called by every command."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from tracker.cli.table_text import stacked_lines, table_lines, width, wrapped


def print_json(answer: Any) -> None:
    """Prints an answer as indented JSON, in UTF-8."""
    with utf8_out() as out:
        out.write(json.dumps(answer, ensure_ascii=False, indent=2).encode() + b"\n")


@contextmanager
def utf8_out() -> Iterator[BinaryIO]:
    """Standard output as bytes, for UTF-8 whatever the terminal's encoding is.

    It ends without an error if the reader closes the pipe early (`tracker export | head`).
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a plain table under its title; a column named `>…` is aligned right.

    On a terminal that is too narrow for it, each row is a block of lines. Every text is printed as
    it is: nothing in it is markup, an emoji or a link.
    """
    every, most = list(rows), terminal_width()
    lines = table_lines(columns, every)
    if title:
        say(title, bold=True)
    if most is None or max(map(width, lines)) <= most:
        for number, line in enumerate(lines):
            _print_line(line, bold=number == 0)
    else:
        for line in stacked_lines(columns, every, most):
            _print_line(line)


def say(text: object = "", bold: bool = False) -> None:
    """Prints a text; on a terminal it is broken at spaces alone, so that a date stands whole."""
    most = terminal_width()
    if most is None:
        print(text)
        return
    for line in wrapped(str(text), most):
        _print_line(line, bold)


def terminal_width() -> int | None:
    """How many columns the terminal has; None if standard output is not one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _print_line(line: str, bold: bool = False) -> None:
    plain = not bold or not sys.stdout.isatty() or os.environ.get("TERM") in (None, "dumb")
    print(line if plain else f"\x1b[1m{line}\x1b[0m")


def cell(value: Any) -> str:
    """The text of a value in a table: yes or no, a list with commas, "" for None."""
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def figure(value: Any) -> str:
    """The text of a figure in a table; `-` for None, which means not applicable."""
    return "-" if value is None else str(value)


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; yields the function to call with how much of `total` is done.

    Shows nothing if standard error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what, markup=False), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, last = bar.add_task(what, total=total), 0

        def show(done: int) -> None:
            nonlocal last
            if done - last >= max(1, total // 200):
                last = done
                bar.update(task, completed=min(done, total))

        yield show
