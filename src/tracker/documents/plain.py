"""Writes a report as plain data: .csv with a line for each cell, .json with the return itself.

Called through `report.write_report`.
"""

import csv as csv_library
import io
import json as json_library

from tracker.documents.report import Report
from tracker.documents.spreadsheet import guarded

COLUMNS = ("table", "row", "column", "cell_path", "value", "shorthand")


def csv(report: Report) -> bytes:
    """A line for each cell of the form, in UTF-8 (RFC 4180), with a value or a shorthand."""
    out = io.StringIO(newline="")
    writer = csv_library.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for table in report.form.tables:
        for row in table.rows:
            for column, path in zip(table.columns, row.cells, strict=True):
                cell = report.cell(path)
                value = "" if cell.value is None else cell.value
                texts = (guarded(t) for t in (table.full_title, row.label, column.label))
                writer.writerow([*texts, path, value, cell.shorthand])
    return out.getvalue().encode()


def json(report: Report) -> bytes:
    """The return, byte for byte as `tracker return --format json` prints it."""
    return json_library.dumps(report.answer, ensure_ascii=False, indent=2).encode() + b"\n"
