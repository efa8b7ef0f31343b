"""Prints answers: tables, JSON for other programs, a progress bar. Called by every command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from rich.console import Console


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


def console() -> Console:
    """Where tables are printed: as wide as the terminal, or 240 columns if there is none."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=240, soft_wrap=True)


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a plain table under its title; a column named `>…` is aligned right.

    Every cell and title is printed as it is: nothing in it is markup, an emoji or a link.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        right = column.startswith(">")
        table.add_column(Text(column.removeprefix(">")), justify="right" if right else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    out = console()
    if title:
        out.print(Text(title, style="bold"))
    out.print(table)


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
