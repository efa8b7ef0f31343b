"""Lays rows out as text: as a table where it fits, otherwise stacked, a line for each value.

Nothing is shortened and no word is broken: figures, ids and dates stand whole. Used by `showing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

GAP = "  "


def table_lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table, the first of them its head. A column named `>…` is aligned right."""
    right = [column.startswith(">") for column in columns]
    head = [[column.removeprefix(">")] for column in columns]
    body = [[_lines(value) for value in row] for row in rows]
    widths = [
        max(width(line) for row in (head, *body) for line in row[at]) for at in range(len(columns))
    ]
    return [
        GAP.join(map(_padded, line, widths, right)).rstrip()
        for row in (head, *body)
        for line in zip_longest(*row, fillvalue="")
    ]


def stacked_lines(
    columns: Sequence[str], rows: Sequence[Sequence[str]], most: int
) -> Iterator[str]:
    """Each row as a block of lines `column: value`, with an empty line between two blocks.

    A value that is longer than `most` is continued on lines of its own; an empty one is left out.
    """
    for number, row in enumerate(rows):
        if number:
            yield ""
        for column, value in zip(columns, row, strict=True):
            name = column.removeprefix(">")
            if value:
                yield from wrapped(f"{name}: {value}" if name else value, most)


def wrapped(text: str, most: int) -> Iterator[str]:
    """A text in lines of at most `most` columns, broken at spaces alone; the next ones indented.

    A word that is longer has a line of its own.
    """
    for paragraph in _lines(text):
        indent = paragraph[: len(paragraph) - len(paragraph.lstrip(" "))]
        line = ""
        for word in paragraph.strip(" ").split(" "):
            if line and width(f"{indent}{line} {word}") > most:
                yield indent + line
                indent, line = indent or "  ", word
            else:
                line = f"{line} {word}" if line else word
        yield indent + line


def width(text: str) -> int:
    """How many columns of a terminal a text takes: letters of some scripts take two, or none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _lines(value: str) -> list[str]:
    """The lines of a value; a tab, and a line end of any kind, moves nothing on the terminal."""
    ends = value.replace("\r\n", "\n").replace("\r", "\n")
    return ends.replace("\t", " ").split("\n")


def _padded(text: str, columns: int, right: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space
