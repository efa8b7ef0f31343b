"""Text that a spreadsheet program would take for a formula, a link or markup stays text."""

from __future__ import annotations

import dataclasses
import io
import zipfile

import pytest

from documents.reading import lines, sheets, table
from tracker.documents.form import Form, Note, Row
from tracker.documents.report import Report, write_report
from tracker.documents.spreadsheet import guarded

FORMULAS = [
    '=HYPERLINK("http://example.org";"x")', "+1+1", "-2+3", "@SUM(A1)", "  =1+1", "\t=1", "\r=1",
    "\n=1", "\u00a0=1", "\ufeff=1", "\uff1d1+1", "\tword",
]  # fmt: skip
HARMLESS = ["Level 2", "a = b", "SHPO - travel", "10-17", "[x]", "'quoted", ""]
ODD = ["[here](http://example.org)", "[a](b) [c](d)", "$$note$$", "<b>&amp;</b>", "http://a.example",
       "internal:Notes!A1", "bell\x07 and \x0b", "x" * 3000, "a\nb"]  # fmt: skip


def saying(report: Report, text: str) -> Report:
    """The report with a text in every place that a file of ours or an area could put it."""
    form = report.form
    row = form.tables[4].rows[0]
    rows = (Row(**{**dict(row), "label": text}), *form.tables[4].rows[1:])
    table_ = form.tables[4].model_copy(update={"rows": rows, "title": text, "stub": text})
    note = Note(id="odd", letter="", title=text, text=text, source="unknown")
    changed: Form = form.model_copy(
        update={
            "tables": (*form.tables[:4], table_, *form.tables[5:]),
            "notes": (*form.notes, note),
            "introduction": (note,),
        }
    )
    population = {**report.answer["population"], "base": text, "source": text}
    answer = {**report.answer, "population": population}
    return dataclasses.replace(report, answer=answer, area_name=text, form=changed)


@pytest.mark.parametrize("text", FORMULAS)
class TestAFormula:
    def test_is_guarded(self, text: str) -> None:
        assert guarded(text) == f"'{text}"

    @pytest.mark.parametrize("suffix", [".ods", ".xlsx"])
    def test_begins_no_cell_of_a_workbook(self, report: Report, text: str, suffix: str) -> None:
        for rows in sheets(write_report(saying(report, text), suffix), suffix).values():
            for value in (value for row in rows for value in row if isinstance(value, str)):
                assert guarded(value) == value, value

    def test_begins_no_field_of_a_csv_file(self, report: Report, text: str) -> None:
        for line in lines(write_report(saying(report, text), ".csv")):
            assert all(guarded(field) == field for field in line.values())

    @pytest.mark.parametrize("suffix", [".ods", ".xlsx"])
    def test_is_nowhere_a_formula(self, report: Report, text: str, suffix: str) -> None:
        with zipfile.ZipFile(io.BytesIO(write_report(saying(report, text), suffix))) as archive:
            held = b"".join(archive.read(name) for name in archive.namelist())
        assert b"table:formula" not in held
        assert b"<f>" not in held


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize("suffix", [".ods", ".xlsx"])
@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_written_as_text_with_no_link(report: Report, text: str, suffix: str) -> None:
    content = write_report(saying(report, text), suffix)
    labels = [row[0] for row in table(sheets(content, suffix)["Table 5"])[1:]]
    assert labels[0].endswith("[note g]")
    letters = [c for c in text if c.isalnum()]
    assert [c for c in labels[0] if c.isalnum()][: len(letters)] == letters
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if "rels" in name or name == "content.xml":
                assert b'"http://example.org' not in archive.read(name)
                assert b'"http://a.example' not in archive.read(name)
