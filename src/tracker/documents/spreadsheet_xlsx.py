"""Writes a report as .xlsx with gptables, the Analysis Function's own writer of spreadsheets.

Called through `report.write_report`.
"""

from __future__ import annotations

import io
import warnings
from copy import deepcopy
from typing import Any

from pandas import DataFrame

from tracker.documents.report import Report
from tracker.documents.spreadsheet import (
    COVER,
    LANGUAGE,
    Book,
    Link,
    Sheet,
    Value,
    book,
    height,
    unzipped,
    zipped,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)  # gptables leaves a file of its own open
    from gptables import Cover, GPTable, gptheme
    from gptables.core.wrappers import GPWorkbook, GPWorksheet

# Text is always stored as text, and no temporary files are written.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
A4 = 9
WIDER = 1.1  # .xlsx measures widths in characters of 11 points, not 12
CORE = "docProps/core.xml"


def xlsx(report: Report) -> bytes:
    """The report as an .xlsx workbook."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # from gptables' use of pandas
        return _in_language(_workbook(book(report)))


def _workbook(content: Book) -> bytes:
    out = io.BytesIO()
    workbook = GPWorkbook(out, OPTIONS)
    workbook.set_theme(_theme())
    workbook.set_properties({"title": content.title, "created": content.as_known})
    _write_cover(_worksheet(workbook, "Cover"), content)
    for sheet in content.sheets:
        _write(_worksheet(workbook, sheet.name), sheet)
    workbook.close()
    return out.getvalue()


def _theme() -> Any:
    """The theme of gptables, with every text at the top of its cell."""
    theme = deepcopy(gptheme)
    for update in (
        theme.update_cover_text_format,
        theme.update_index_2_format,
        theme.update_data_format,
    ):
        update({"valign": "top"})
    return theme


def _worksheet(workbook: GPWorkbook, name: str) -> GPWorksheet:
    """A new worksheet that prints in landscape, as wide as a page."""
    worksheet = workbook.add_worksheet(name)
    worksheet.set_paper(A4)
    worksheet.set_landscape()
    worksheet.fit_to_pages(1, 0)
    return worksheet


def _write_cover(worksheet: GPWorksheet, content: Book) -> None:
    intro: list[Any] = []
    for heading, text in content.intro:
        intro += [[{"bold": True}, _literal(heading)], _literal(text)]
    about = [_literal(line) for line in content.about]
    cover = Cover(_literal(content.title), intro, about, width=COVER * WIDER)
    worksheet.write_cover(cover)
    texts = [part for both in content.intro for part in both]
    # gptables adds a row for the title and for each of its two headings.
    for row, text in [*enumerate(texts, 2), *enumerate(about, 3 + len(texts))]:
        worksheet.set_row(row, height([text], [COVER]))


def _write(worksheet: GPWorksheet, sheet: Sheet) -> None:
    rows = [[_value(value) for value in row] for row in sheet.rows]
    table = GPTable(
        table=DataFrame(rows, columns=[_literal(text) for text in sheet.header], dtype=object),
        table_name=f"table_{sheet.id}",
        title=_literal(sheet.title),
        instructions=_literal(sheet.lines[0]),
        legend=[_literal(line) for line in sheet.lines[1:]],
        index_columns={2: 0},
    )
    worksheet.write_gptable(table, auto_width=False)
    for column, width in enumerate(sheet.widths):
        worksheet.set_column(column, column, width * WIDER)
    for row, points in enumerate(sheet.heights(), 1 + len(sheet.lines)):
        worksheet.set_row(row, points)


def _value(value: Value) -> Any:
    if isinstance(value, Link):
        return {value.text: f"internal:'{value.sheet}'!A1"}
    return _literal(value) if isinstance(value, str) else value


def _literal(text: str) -> str:
    """The text with a space in what gptables would read as a link or a reference to a note."""
    return text.replace("](", "] (").replace("$$", "$ $")


def _in_language(content: bytes) -> bytes:
    """The workbook with its language, which gptables cannot set."""
    parts = unzipped(content)
    end = b"</cp:coreProperties>"
    language = f"<dc:language>{LANGUAGE}</dc:language>".encode()
    parts[CORE] = parts[CORE].replace(end, language + end)
    return zipped(parts.items())
