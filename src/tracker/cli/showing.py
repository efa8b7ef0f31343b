"""How answers come to the screen: tables, JSON for other programs, progress of what takes long."""

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
    with utf8_out() as out:
        out.write(json.dumps(answer, ensure_ascii=False, indent=2).encode() + b"\n")


@contextmanager
def utf8_out() -> Iterator[BinaryIO]:
    """Standard output for other programs: UTF-8 whatever the terminal speaks.

    A reader that has seen enough (`tracker export | head`) ends it quietly.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def console() -> Console:
    """Where tables go: as wide as the terminal, or as wide as they are where there is none."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=240, soft_wrap=True)


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table under its title; a column that begins with `>` is set to the right."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.removeprefix(">"), justify="right" if right else "left")
    for row in rows:
        table.add_row(*row)
    out = console()
    if title:
        out.print(title, style="bold", highlight=False, markup=False)
    out.print(table)


def cell(value: Any) -> str:
    """A value as it stands in a table."""
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else {True: "yes", False: "no"}.get(value, str(value))


def figure(value: Any) -> str:
    """A figure as it stands in a table: `-` where there cannot be one."""
    return "-" if value is None else str(value)


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, nothing elsewhere; it is told how much is done."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task, last = bar.add_task(what, total=total), 0

        def show(done: int) -> None:
            nonlocal last
            if done - last >= max(1, total // 200):
                last = done
                bar.update(task, completed=min(done, total))

        yield show
