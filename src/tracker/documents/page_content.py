"""The content of the page and the PDF of a report, in order, as plain JSON values.

Called by `page` and `pdf`, whose templates only lay it out.
"""

from collections.abc import Iterator
from datetime import datetime

from tracker.documents.charts import charts
from tracker.documents.charts_base import Chart, figure_text
from tracker.documents.form import Table, long_date
from tracker.documents.own_text import PARTS
from tracker.documents.page_text import blocks
from tracker.documents.report import MEANING, NOT_APPLICABLE, NOT_AVAILABLE, Cell, Report
from tracker.domain.dates import LONDON
from tracker.intake.times import parse_time

DASH = "-"  # as the published reports print a cell that is not applicable
PRINTED = {"": "", NOT_APPLICABLE: DASH, NOT_AVAILABLE: NOT_AVAILABLE}
SPOKEN = {"": "", NOT_APPLICABLE: "not applicable", NOT_AVAILABLE: "not available"}
Content = dict[str, object]


def content(report: Report) -> Content:
    """The report for the templates: every text final, every figure already text."""
    answer, form = report.answer, report.form
    drawn = [_chart(chart) for chart in charts(report)]
    return {
        "title": form.title,
        "area": report.area_name,
        "remarks": report.remarks(),
        "introduction": [{"title": note.title, "text": note.text} for note in form.introduction],
        "category_4": form.category_4.text,
        "tables": [_table(report, table) for table in form.tables],
        "charts": [chart for chart in drawn if chart["table"]],
        "over_time": [chart for chart in drawn if not chart["table"]],
        "notes": list(_notes(report)),
        "own": {
            part: {"heading": heading, "blocks": written}
            for part, heading in PARTS.items()
            if (written := blocks(report.own_text.get(part, "")))
        },
        "known_at": _moment_in_words(parse_time(answer["known_at"])),
        "status": answer["status"].replace("_", " "),
        "digest": answer["digest"],
        "population": report.population_notes(),
        "counting": report.counting_notes(),
    }


def _table(report: Report, table: Table) -> Content:
    """A table; `alone` if its only row has the table's title, `symbols` explain the signs used."""
    cells = [[report.cell(path) for path in row.cells] for row in table.rows]
    signs = {cell.shorthand for row in cells for cell in row if cell.shorthand}
    return {
        "id": table.id,
        "heading": table.heading,
        "title": table.title,
        "alone": [row.label for row in table.rows] == [table.title],
        "stub": table.stub,
        "columns": [column.label for column in table.columns],
        "rows": [
            {
                "label": row.label,
                "indent": row.indent,
                "total": row.label == report.form.levels["total"].text,
                "cells": [_cell(cell) for cell in row_cells],
                "footnotes": _footnotes(report, f"{table.id}-{number}", row.footnotes),
            }
            for number, (row, row_cells) in enumerate(zip(table.rows, cells, strict=True), 1)
        ],
        "footnotes": _footnotes(report, table.id, table.footnotes),
        "symbols": [f"{PRINTED[sign]} means {MEANING[sign]}." for sign in sorted(signs)],
    }


def _cell(cell: Cell) -> Content:
    """A cell: `text` is printed, `spoken` is what a screen reader says for a sign, or ""."""
    text = PRINTED[cell.shorthand] or figure_text(cell.value)
    return {"text": text, "spoken": SPOKEN[cell.shorthand]}


def _footnotes(report: Report, place: str, ids: tuple[str, ...]) -> list[Content]:
    return [
        {
            "id": note.id,
            "mark": note.letter,
            "title": note.title,
            "place": f"from-{place}-{note.id}",
        }
        for note in report.footnotes(ids)
    ]


def _notes(report: Report) -> Iterator[Content]:
    """The background notes, each with the places that refer to it."""
    tables = report.form.tables
    for note in report.form.notes:
        yield {
            "id": note.id,
            "mark": note.letter,
            "title": note.title,
            "text": note.text,
            "places": [
                *(
                    {"place": f"from-{table.id}-{note.id}", "title": table.title}
                    for table in tables
                    if note.id in table.footnotes
                ),
                *(
                    {"place": f"from-{table.id}-{n}-{note.id}", "title": row.label}
                    for table in tables
                    for n, row in enumerate(table.rows, 1)
                    if note.id in row.footnotes
                ),
            ],
        }


def _chart(chart: Chart) -> Content:
    figures = chart.figures and chart.figures._asdict()
    return {**chart._asdict(), "figures": figures}


def _moment_in_words(moment: datetime) -> str:
    at = moment.astimezone(LONDON)
    return f"{long_date(at.date())} at {at:%H:%M}"
