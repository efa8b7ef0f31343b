"""A report as a workbook: every figure, laid out as the Analysis Function's guidance asks."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import odfdo
import openpyxl
import pytest

from documents.reading import Rows, lines, sheets, table
from tracker.documents.form import forms
from tracker.documents.report import Report, write_report

BOTH = pytest.mark.parametrize("suffix", [".ods", ".xlsx"])
# As in the acceptance figures, by worksheet: the table without its header and labels.
FIGURES = {
    "Table 1": [[1417, 341, "[z]", 1758], [5, 9, 13, 27], [2, 2, 2, 6], [1424, 352, 15, 1791]],
    "Table 2": [[11, 19, 16, 46], [3, 2, 6, 11], [14, 21, 22, 57]],
    "Table 3": [[24]],
    "Table 4": [[10]],
    "Table 5": [[155], [0], [0]],
    "Table 6": [[1]],
    "Table 7": [[0, 2, 6, 8], [1, 0, 1, 2], [1, 2, 7, 10]],
    "Table 8": [[0], [0], [0]],
    "Table 9": [[145]],
}


def figures(found: dict[str, Rows]) -> dict[str, Rows]:
    return {
        name: [row[1:] for row in table(rows)[1:]]
        for name, rows in found.items()
        if name.startswith("Table")
    }


@BOTH
class TestTheWorkbook:
    def test_holds_every_figure_in_the_order_of_the_form(self, report: Report, suffix: str) -> None:
        assert figures(sheets(write_report(report, suffix), suffix)) == FIGURES

    def test_agrees_with_the_return_cell_by_cell(self, report: Report, suffix: str) -> None:
        found = figures(sheets(write_report(report, suffix), suffix))
        for number, expected in enumerate(report.form.tables, 1):
            cells = [[report.cell(path) for path in row.cells] for row in expected.rows]
            values = [[c.text if c.value is None else c.value for c in row] for row in cells]
            assert found[f"Table {number}"] == values

    def test_begins_with_cover_contents_and_notes(self, report: Report, suffix: str) -> None:
        found = sheets(write_report(report, suffix), suffix)
        assert list(found) == ["Cover", "Contents", "Notes", *FIGURES]
        assert found["Cover"][0] == ["MAPPA annual report 2022-23: Cheshire"]
        listed = table(found["Contents"])
        assert [row[0] for row in listed[1:]] == ["Notes", *FIGURES]
        assert [row[1] for row in listed[2:]] == [t.full_title for t in report.form.tables]

    def test_says_on_its_cover_what_a_reader_must_know(self, report: Report, suffix: str) -> None:
        cover = [row[0] for row in sheets(write_report(report, suffix), suffix)["Cover"]]
        assert "This is a draft: the figures may still change." in cover
        assert "The figures are as known on 30 September 2023 at 23:59, London time." in cover
        assert report.form.category_4.text in cover
        assert any("[z] not applicable" in line and "[x] not available" in line for line in cover)
        assert all(note.text in cover for note in report.form.introduction)

    def test_has_every_note_under_its_letter(self, report: Report, suffix: str) -> None:
        rows = table(sheets(write_report(report, suffix), suffix)["Notes"])
        assert rows[0] == ["Note", "About", "Text"]
        for note in report.form.notes:
            assert [note.letter or "general", note.title, note.text] in rows
        said = [row[2] for row in rows]
        assert all(text in said for text in report.population_notes())
        assert all(text in said for text in report.counting_notes())

    def test_refers_to_its_notes_by_letter(self, report: Report, suffix: str) -> None:
        found = sheets(write_report(report, suffix), suffix)
        assert [row[0] for row in table(found["Table 5"])[1:]] == [
            "Sexual Harm Prevention Order (SHPO) [note g]",
            "SHPO with foreign travel restriction [note g]",
            "Notification Order [note h]",
        ]
        assert any("[note a] [note b] [note c]" in row[0] for row in found["Table 1"])

    def test_explains_a_shorthand_where_it_stands(self, report: Report, suffix: str) -> None:
        found = sheets(write_report(report, suffix), suffix)
        assert ["[z] not applicable: nobody can be there"] in found["Table 1"]
        assert not any("[z]" in row[0] for row in found["Table 2"] if len(row) == 1)

    def test_names_the_days_that_were_counted(self, report: Report, suffix: str) -> None:
        early = {**report.answer, "complete": False, "known_at": "2022-12-31T23:59:59.999999Z"}
        found = sheets(write_report(Report(early, "Cheshire", report.form), suffix), suffix)
        assert ["On 31 December 2022"] in found["Table 1"]
        assert ["From 1 April 2022 to 31 December 2022"] in found["Table 2"]

    def test_has_no_blank_cell_in_a_table(self, report: Report, suffix: str) -> None:
        for name, rows in sheets(write_report(report, suffix), suffix).items():
            assert all(rows), f"{name}: an empty row"
            if name != "Cover":
                found = table(rows)
                assert all(len(row) == len(found[0]) for row in found), name
                assert all(value not in (None, "") for row in found for value in row), name

    def test_names_no_person_and_no_finding(self, report: Report, suffix: str) -> None:
        answer = {**report.answer, "findings": [{"finding": "override", "subject": "CHE-000123"}]}
        move = {"people": [{"subject": "CHE-000456"}]}
        given = Report(answer, "Cheshire", report.form, movement=move, changes=move)
        for part in unpacked(write_report(given, suffix)).values():
            assert b"CHE-000" not in part

    @pytest.mark.parametrize("year", list(forms()))
    def test_can_be_written_in_the_form_of_every_year(
        self, of: Any, suffix: str, year: str
    ) -> None:
        found = figures(sheets(write_report(of(year), suffix), suffix))
        assert len(found) == len(of(year).form.tables)
        if year < "2015-16":
            assert found["Table 5"][:2] == [["[x]"], ["[x]"]]


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


class TestOds:
    def test_is_an_open_document(self, report: Report) -> None:
        with zipfile.ZipFile(io.BytesIO(write_report(report, ".ods"))) as archive:
            first = archive.infolist()[0]
            assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
            kind = archive.read("mimetype").decode()
            assert kind == "application/vnd.oasis.opendocument.spreadsheet"
            named = set(re.findall(rb'full-path="([^"]+)"', archive.read("META-INF/manifest.xml")))
            held = {name.encode() for name in archive.namelist()}
            assert named - {b"/"} == held - {b"mimetype", b"META-INF/manifest.xml"}

    def test_has_a_title_a_language_and_no_moment_of_its_own(self, report: Report) -> None:
        document = odfdo.Document(io.BytesIO(write_report(report, ".ods")))
        assert document.meta.title == "MAPPA annual report 2022-23: Cheshire"
        assert document.meta.language == document.language == "en-GB"
        assert document.meta.creation_date == datetime.fromisoformat(report.answer["known_at"])

    def test_marks_each_table_and_its_header(self, report: Report) -> None:
        document = odfdo.Document(io.BytesIO(write_report(report, ".ods")))
        marked = document.body.get_elements("//table:database-range")
        assert all(found.get_attribute("table:contains-header") is True for found in marked)
        addresses = [found.get_attribute("table:target-range-address") for found in marked]
        assert "'Table 1'.A6:'Table 1'.E10" in addresses
        for worksheet in document.body.tables[1:]:
            headers = worksheet.get_elements("table:table-header-rows")
            assert len(headers) == 1, worksheet.name

    def test_merges_nothing_and_computes_nothing(self, report: Report) -> None:
        content = unpacked(write_report(report, ".ods"))["content.xml"]
        for mark in (b"columns-spanned", b"rows-spanned", b"covered-table-cell", b"table:formula"):
            assert mark not in content

    def test_leads_from_the_contents_to_every_worksheet(self, report: Report) -> None:
        document = odfdo.Document(io.BytesIO(write_report(report, ".ods")))
        links = [link.url for link in document.body.get_links()]
        assert links == [f"#'{name}'.A1" for name in ("Notes", *FIGURES)]

    @pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
    def test_is_read_by_libreoffice(self, report: Report, tmp_path: Path) -> None:
        (tmp_path / "report.ods").write_bytes(write_report(report, ".ods"))
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        subprocess.run(
            ["soffice", "--headless", profile, "--convert-to", "xlsx", "report.ods"],
            cwd=tmp_path, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        assert figures(sheets((tmp_path / "report.xlsx").read_bytes(), ".xlsx")) == FIGURES


class TestXlsx:
    def test_has_a_title_and_a_language(self, report: Report) -> None:
        found = openpyxl.load_workbook(io.BytesIO(write_report(report, ".xlsx"))).properties
        assert (found.title, found.language) == ("MAPPA annual report 2022-23: Cheshire", "en-GB")

    def test_marks_each_table_and_its_header(self, report: Report) -> None:
        workbook = openpyxl.load_workbook(io.BytesIO(write_report(report, ".xlsx")))
        for worksheet in workbook.worksheets[1:]:
            (marked,) = worksheet.tables.values()
            assert marked.headerRowCount == 1, worksheet.title
        assert [t.ref for t in workbook["Table 1"].tables.values()] == ["A6:E10"]

    def test_merges_nothing_and_computes_nothing(self, report: Report) -> None:
        workbook = openpyxl.load_workbook(io.BytesIO(write_report(report, ".xlsx")))
        for worksheet in workbook:
            assert not worksheet.merged_cells.ranges
            assert "f" not in {cell.data_type for row in worksheet.iter_rows() for cell in row}

    def test_leads_from_the_contents_to_every_worksheet(self, report: Report) -> None:
        contents = openpyxl.load_workbook(io.BytesIO(write_report(report, ".xlsx")))["Contents"]
        links = [row[0].hyperlink.location for row in contents.iter_rows(min_row=4)]
        assert links == [f"'{name}'!A1" for name in ("Notes", *FIGURES)]


class TestCsv:
    def test_has_a_line_for_every_cell(self, report: Report) -> None:
        found = lines(write_report(report, ".csv"))
        cells = [
            report.cell(path)
            for table_ in report.form.tables for row in table_.rows for path in row.cells
        ]  # fmt: skip
        assert [line["cell_path"] for line in found] == [cell.path for cell in cells]
        values = ["" if cell.value is None else str(cell.value) for cell in cells]
        assert [line["value"] for line in found] == values
        assert [line["shorthand"] for line in found] == [cell.shorthand for cell in cells]

    def test_says_what_each_line_is(self, report: Report) -> None:
        found = lines(write_report(report, ".csv"))
        assert found[2] == {
            "table": "MAPPA-eligible individuals on 31 March 2023",
            "row": "Level 1",
            "column": "Category 3: Other dangerous offenders",
            "cell_path": "snapshot.level1.cat3",
            "value": "",
            "shorthand": "[z]",
        }

    def test_has_no_path_for_what_the_return_does_not_count(self, of: Any) -> None:
        sopo = [
            line for line in lines(write_report(of("2013-14"), ".csv")) if "SOPO)" in line["row"]
        ]
        assert [(line["cell_path"], line["value"], line["shorthand"]) for line in sopo] == [
            ("", "", "[x]")
        ]
