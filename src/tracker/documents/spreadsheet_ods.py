"""Writes a report as .ods, the format in which government publishes spreadsheets, with odfdo.

Called through `report.write_report`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from odfdo import Cell, Column, Document, Element, HeaderRows, Link, Paragraph, Row
from odfdo import Table as Worksheet

from tracker.documents import spreadsheet, spreadsheet_styles
from tracker.documents.report import Report
from tracker.documents.spreadsheet import COVER, LANGUAGE, Book, Sheet, Value, height
from tracker.documents.spreadsheet_styles import (
    FIGURE,
    FIGURES_HEADER,
    HEADER,
    HEADING,
    LABEL,
    LINE,
    TEXT,
    TITLE,
)

MIMETYPE = "mimetype"
# Parts of odfdo's empty document that are left out.
UNUSED = ("Thumbnails/", "Configurations2/", "settings.xml")


def ods(report: Report) -> bytes:
    """The report as an .ods workbook."""
    book = spreadsheet.book(report)
    document = Document("spreadsheet")
    document.body.clear()
    _describe(document, book)
    widths = {COVER, *(width for sheet in book.sheets for width in sheet.widths)}
    texts = [text for _, text in _cover_texts(book)]
    heights = {
        *(height([text], [COVER]) for text in texts),
        *(points for sheet in book.sheets for points in sheet.heights()),
    }
    spreadsheet_styles.add_styles(document, sorted(widths), sorted(heights))
    document.body.append(_cover(book))
    for sheet in book.sheets:
        document.body.append(_worksheet(sheet))
    document.body.append(_table_ranges(book.sheets))
    return _file_bytes(document)


def _describe(document: Document, book: Book) -> None:
    """Sets title, language (for screen readers) and dates, and removes odfdo's own metadata."""
    document.language = LANGUAGE
    document.meta.title = book.title
    for element in document.meta.get_elements("//meta:user-defined | //meta:document-statistic"):
        element.delete()
    document.meta.creation_date = book.as_known
    document.meta.date = book.as_known


def _cover_texts(book: Book) -> list[tuple[str, str]]:
    """The rows of the cover below its title, as pairs of style and text."""
    intro = [part for title, text in book.intro for part in ((HEADING, title), (TEXT, text))]
    about = [(TEXT, line) for line in book.about]
    return [
        (HEADING, "Introductory information"), *intro,
        (HEADING, "About these data"), *about,
    ]  # fmt: skip


def _cover(book: Book) -> Worksheet:
    worksheet = Worksheet("Cover")
    worksheet.append(Column(style=spreadsheet_styles.column(COVER)))
    worksheet.append(_row([book.title], [TITLE]))
    for style, text in _cover_texts(book):
        worksheet.append(_row([text], [style], height([text], [COVER]) if style == TEXT else None))
    return worksheet


def _worksheet(sheet: Sheet) -> Worksheet:
    worksheet = Worksheet(sheet.name)
    for width in sheet.widths:
        worksheet.append(Column(style=spreadsheet_styles.column(width)))
    worksheet.append(_row([sheet.title], [TITLE]))
    for line in sheet.lines:
        worksheet.append(_row([line], [LINE]))
    texts, figures = sheet.texts, len(sheet.header) - sheet.texts
    heights = sheet.heights()
    header = HeaderRows()
    header.append(_row(sheet.header, [HEADER] * texts + [FIGURES_HEADER] * figures, heights[0]))
    worksheet.append(header)
    for row, points in zip(sheet.rows, heights[1:], strict=True):
        worksheet.append(_row(row, [LABEL] * texts + [FIGURE] * figures, points))
    return worksheet


def _row(values: Sequence[Value], styles: Sequence[str], points: float | None = None) -> Row:
    row = Row(style=None if points is None else spreadsheet_styles.row(points))
    row.extend([_cell(value, style) for value, style in zip(values, styles, strict=True)])
    return row


def _cell(value: Value, style: str) -> Cell:
    """A cell with a number, or with text that no program reads as a number or formula."""
    if isinstance(value, int):
        return Cell(value, text=str(value), cell_type="float", style=style)
    cell = Cell(style=style)
    cell.type = "string"
    paragraph = Paragraph()
    if isinstance(value, spreadsheet.Link):
        paragraph.append(Link(f"#'{value.sheet}'.A1", text=value.text))
    else:
        paragraph.text = value
    cell.append(paragraph)
    return cell


def _table_ranges(sheets: Iterable[Sheet]) -> Element:
    """Declares each table as a range with a header, for programs that read it as a table."""
    ranges = Element.from_tag("table:database-ranges")
    for sheet in sheets:
        first = 2 + len(sheet.lines)
        last, column = first + len(sheet.rows), "ABCDEFGHIJ"[len(sheet.header) - 1]
        table = Element.from_tag("table:database-range")
        table.set_attribute("table:name", f"table_{sheet.id}")
        address = f"'{sheet.name}'.A{first}:'{sheet.name}'.{column}{last}"
        table.set_attribute("table:target-range-address", address)
        table.set_attribute("table:contains-header", "true")
        ranges.append(table)
    return ranges


def _file_bytes(document: Document) -> bytes:
    """The file's bytes, without unused parts; its type comes first, as the standard requires."""
    for path in document.manifest.get_paths():
        if path.startswith(UNUSED):
            document.manifest.del_full_path(path)
    out = io.BytesIO()
    document.save(out)
    parts = spreadsheet.unzipped(out.getvalue())
    first = [(MIMETYPE, parts.pop(MIMETYPE))]
    rest = sorted((name, part) for name, part in parts.items() if not name.startswith(UNUSED))
    return spreadsheet.zipped([*first, *rest], stored=(MIMETYPE,))
