"""Reads published files back, each with a program of its own kind; called by the tests."""

from __future__ import annotations

import csv
import io
from typing import Any

import odfdo
import openpyxl

Rows = list[list[Any]]


def sheets(content: bytes, suffix: str) -> dict[str, Rows]:
    """The worksheets of a workbook by name: rows of values, without empty cells at their end."""
    return _ods(content) if suffix == ".ods" else _xlsx(content)


def lines(content: bytes) -> list[dict[str, str]]:
    """The lines of a .csv file by the names in its header."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def table(rows: Rows) -> Rows:
    """The table of a worksheet with its header: the rows after the last line of one cell."""
    first = next(n for n, row in enumerate(rows) if len(row) > 1)
    return rows[first:]


def _ods(content: bytes) -> dict[str, Rows]:
    document = odfdo.Document(io.BytesIO(content))
    return {
        found.name: [_trimmed([_plain(cell) for cell in row.cells]) for row in found.rows]
        for found in document.body.tables
    }


def _xlsx(content: bytes) -> dict[str, Rows]:
    workbook = openpyxl.load_workbook(io.BytesIO(content))
    return {
        found.title: [_trimmed(list(row)) for row in found.iter_rows(values_only=True)]
        for found in workbook
    }


def _plain(cell: odfdo.Cell) -> Any:
    return int(cell.value) if cell.type == "float" else "".join(map(str, cell.xpath(".//text()")))


def _trimmed(row: list[Any]) -> list[Any]:
    while row and row[-1] in (None, ""):
        row = row[:-1]
    return row
