"""Lays a report out as a workbook: cover, contents, notes, then a worksheet for each table.

It follows the Government Analysis Function's guidance "Releasing statistics in spreadsheets". The
writers of .ods and .xlsx get a `Book` and only convert it to their format.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import wrap

from tracker.documents.form import Table, long_date
from tracker.documents.report import MEANING, Cell, Report, Shorthand
from tracker.domain.dates import LONDON

LANGUAGE = "en-GB"
# Text that a spreadsheet program may read as a formula, even after white space.
FORMULA = re.compile(r"^[\s\u200b\ufeff]*[=+\-@＝＋－＠]|^[\t\r\n]")
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SHORT, FIGURES, LABELS, COVER, TEXTS = 14, 24, 45, 85, 90  # widths of columns, in characters
SIZE, LINE = 12, 1.25  # font size in points; line height as a multiple of it
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip file can record


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to another worksheet."""

    text: str
    sheet: str


Value = str | int | Link


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet with one table: `lines` above it, header, rows, widths in characters.

    `id` names the table for programs. The first `texts` columns have text, the others figures.
    Every row is as long as the header, and no value is empty.
    """

    id: str
    name: str
    title: str
    lines: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    widths: tuple[int, ...]
    texts: int = 1

    def heights(self) -> list[float]:
        """The heights of the header and of each row, in points."""
        header = height(self.header, self.widths, bold=True)
        return [header, *(height(row, self.widths) for row in self.rows)]


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook; `intro` has pairs (heading, text) for the cover, `about` lines on the figures.

    `as_known` is the `known_at` of the return. Files give it as the time they were made, so that
    the same return gives the same file.
    """

    title: str
    as_known: datetime
    intro: tuple[tuple[str, str], ...]
    about: tuple[str, ...]
    sheets: tuple[Sheet, ...]


def book(report: Report) -> Book:
    """The workbook of a report."""
    tables = [
        _table(report, f"Table {number}", table)
        for number, table in enumerate(report.form.tables, 1)
    ]
    sheets = [_notes(report), *tables]
    return Book(
        title=guarded(report.title),
        as_known=datetime.fromisoformat(report.answer["known_at"]),
        intro=tuple((guarded(n.title), guarded(n.text)) for n in report.form.introduction),
        about=tuple(guarded(line) for line in _about(report)),
        sheets=(_contents(sheets), *sheets),
    )


def guarded(text: str) -> str:
    """The text made safe: no spreadsheet program reads it as a formula, and XML allows it."""
    text = NOT_IN_XML.sub("", text)
    return f"'{text}" if FORMULA.search(text) else text


def height(values: Iterable[Value], widths: Iterable[int], *, bold: bool = False) -> float:
    """The height of a row with its text wrapped, in points: not every program computes it."""
    texts = (value.text if isinstance(value, Link) else str(value) for value in values)
    room = 0.9 if bold else 1.0
    lines = [len(wrap(text, int(width * room))) for text, width in zip(texts, widths, strict=True)]
    return round(max(lines) * SIZE * LINE, 1)


def zipped(parts: Iterable[tuple[str, bytes]], stored: Sequence[str] = ()) -> bytes:
    """A zip file of these files (name, content), without the time and system it was made on.

    Files named in `stored` are not compressed.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(name, EARLIEST)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, content)
    return out.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    """The content of each file in a zip file, by name, in the zip file's order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _about(report: Report) -> Iterator[str]:
    answer = report.answer
    yield from report.remarks()
    last = long_date(report.last_day)
    yield f"Area: {report.area_name}. Days counted: {_first(report)} to {last}."
    known = datetime.fromisoformat(answer["known_at"]).astimezone(LONDON)
    yield f"The figures are as known on {long_date(known)} at {known:%H:%M}, London time."
    yield f"Digest of the return: {answer['digest']}."
    yield report.form.category_4.text
    yield f"A cell without a figure says why: {_explained(MEANING)}. 0 is a figure."


def _explained(shorthands: Iterable[Shorthand]) -> str:
    return "; ".join(f"{shorthand} {MEANING[shorthand]}" for shorthand in shorthands)


def _contents(sheets: Sequence[Sheet]) -> Sheet:
    return Sheet(
        id="contents",
        name="Contents",
        title="Contents",
        lines=("This worksheet contains one table.",),
        header=("Worksheet", "What it contains"),
        rows=tuple((Link(sheet.name, sheet.name), sheet.title) for sheet in sheets),
        widths=(SHORT, TEXTS),
        texts=2,
    )


def _notes(report: Report) -> Sheet:
    rows = [(note.letter or "general", note.title, note.text) for note in report.form.notes]
    rows += [("general", "Population", text) for text in report.population_notes()]
    rows += [("general", "Counting", text) for text in report.counting_notes()]
    return Sheet(
        id="notes",
        name="Notes",
        title="Notes",
        lines=("This worksheet contains one table.",),
        header=("Note", "About", "Text"),
        rows=tuple(tuple(map(guarded, row)) for row in rows),
        widths=(SHORT, LABELS, TEXTS),
        texts=3,
    )


def _table(report: Report, name: str, table: Table) -> Sheet:
    cells = [[report.cell(path) for path in row.cells] for row in table.rows]
    labels = [row.label + _marks(report, row.footnotes) for row in table.rows]
    return Sheet(
        id=table.id,
        name=name,
        title=guarded(table.full_title),
        lines=tuple(map(guarded, _lines(report, table, cells))),
        header=tuple(guarded(label) for label in (table.stub, *(c.label for c in table.columns))),
        rows=tuple(
            (guarded(label), *(cell.text if cell.value is None else cell.value for cell in row))
            for label, row in zip(labels, cells, strict=True)
        ),
        widths=(LABELS, *(FIGURES for _ in table.columns)),
    )


def _first(report: Report) -> str:
    return long_date(date.fromisoformat(report.answer["period_start"]))


def _marks(report: Report, footnotes: Sequence[str]) -> str:
    return "".join(f" [note {note.letter}]" for note in report.footnotes(footnotes))


def _lines(report: Report, table: Table, cells: Sequence[Sequence[Cell]]) -> Iterator[str]:
    """The lines between a table's title and the table."""
    yield "This worksheet contains one table."
    if table.footnotes:
        marks = _marks(report, table.footnotes).strip()
        yield f"Notes on the whole table (see the worksheet Notes): {marks}"
    last = long_date(report.last_day)
    yield f"On {last}" if table.kind == "snapshot" else f"From {_first(report)} to {last}"
    used = {cell.shorthand for row in cells for cell in row if cell.shorthand}
    if used:
        yield _explained(shorthand for shorthand in MEANING if shorthand in used)
