"""The report as a PDF: every figure in its row and column, and tagged to be read out so."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from documents.page_reports import (
    ANSWER,
    CHESHIRE,
    OWN_TEXT,
    Node,
    figure,
    report,
    structure,
    whole,
)
from tracker.documents.form import form
from tracker.documents.report import NotThisReport, write_report


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return write_report(whole(), ".pdf")


@pytest.fixture(scope="module")
def document(pdf: bytes) -> Node:
    return structure(pdf)


def tables(of: Node) -> list[list[list[Node]]]:
    return [[row.kids for row in table.all("TR")] for table in of.all("Table")]


def shown(path: str | None) -> str:
    value = figure(path) if path else None
    return "-" if value is None else f"{value:,}"


class TestTheFigures:
    @pytest.mark.parametrize("number", range(len(form("2022-23").tables)))
    def test_each_stands_in_its_row(self, document: Node, number: int) -> None:
        expected = form("2022-23").tables[number]
        head, *rows = tables(document)[number]
        assert [cell.text for cell in head] == [
            expected.stub, *(column.label for column in expected.columns)
        ]  # fmt: skip
        for row, of in zip(rows, expected.rows, strict=True):
            label, *cells = [cell.text for cell in row]
            assert label.startswith(of.label)
            assert cells == [shown(path) for path in of.cells]

    def test_none_is_left_out(self, document: Node) -> None:
        paths = [
            cell for table in form("2022-23").tables for row in table.rows for cell in row.cells
        ]
        flat = set(_flat({k: v for k, v in CHESHIRE.items() if k != "population"}))
        assert set(paths) == flat

    def test_without_a_population_there_is_no_rate(self) -> None:
        answer = {**ANSWER, "population": None, "rate_per_100k": None}
        found = tables(structure(write_report(report(answer), ".pdf")))
        assert [cell.text for cell in found[8][1]][1:] == ["[x]"]

    def test_those_of_every_chart_stand_beside_it(self, document: Node) -> None:
        moved, trend, rate = tables(document)[9:12]
        assert [cell.text for cell in moved[3]] == ["Became subject to notification", "+131"]
        assert [cell.text for cell in trend[1]] == ["2013-14", "1,013", "213", "8", "2,013"]
        assert [cell.text for cell in rate[-1]] == ["2022-23", "145"]


class TestWhoeverHasItReadOut:
    def test_it_says_that_it_follows_pdf_ua(self, pdf: bytes) -> None:
        reader = PdfReader(io.BytesIO(pdf))
        root = reader.root_object
        assert root["/Lang"] == "en-GB"
        assert _dictionary(root, "/MarkInfo")["/Marked"].value is True  # type: ignore[attr-defined]
        assert _dictionary(root, "/ViewerPreferences")["/DisplayDocTitle"]
        assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()  # type: ignore[union-attr]
        assert reader.metadata is not None
        assert reader.metadata.title == "MAPPA annual report 2022-23: Cheshire"
        assert reader.pdf_header == "%PDF-1.7"

    def test_its_date_is_that_of_the_figures(self, pdf: bytes) -> None:
        metadata = PdfReader(io.BytesIO(pdf)).metadata
        assert metadata is not None
        assert f"{metadata.creation_date:%Y-%m-%d}" == "2023-09-30"

    def test_every_row_and_column_has_a_header(self, document: Node) -> None:
        found = tables(document)
        assert len(found) == 13
        for head, *rows in found:
            assert {cell.tag for cell in head} == {"TH"}
            columns = [cell.attributes["/ID"] for cell in head]
            for first, *others in rows:
                assert (first.tag, _attribute(first, "/Scope")) == ("TH", "/Row")
                for column, cell in zip(columns[1:], others, strict=True):
                    assert cell.tag == "TD"
                    assert _attribute(cell, "/Headers") == [column, first.attributes["/ID"]]

    def test_every_header_is_found_by_its_id(self, pdf: bytes, document: Node) -> None:
        root = _dictionary(PdfReader(io.BytesIO(pdf)).root_object, "/StructTreeRoot")
        names = _dictionary(root, "/IDTree")["/Names"]
        ids = [str(id) for id in names[::2]]  # type: ignore[index]
        assert ids == sorted(ids)
        assert sorted(str(th.attributes["/ID"]) for th in document.all("TH")) == ids
        for id, header in zip(names[::2], names[1::2], strict=True):  # type: ignore[index]
            assert header.get_object()["/ID"] == id

    def test_every_chart_is_described(self, document: Node) -> None:
        described = [str(found.attributes["/Alt"]) for found in document.all("Figure")]
        assert len(described) == 4
        assert "Level 2: Category 1 5, Category 2 9, Category 3 13" in described[0]

    def test_headings_lead_through_it(self, pdf: bytes, document: Node) -> None:
        headings = [(found.tag, found.text) for found in document.all("H1", "H2", "H3", "H4")]
        assert [text for tag, text in headings if tag == "H1"] == [
            "Contents", "Foreword", "About MAPPA", "Figures", "Change over time",
            "Background notes", "Local arrangements", "Strategic Management Board",
            "Key objectives", "About these figures",
        ]  # fmt: skip
        outline = PdfReader(io.BytesIO(pdf)).outline
        marked = [entry.title for entry in outline if not isinstance(entry, list)]
        assert set(marked) >= {text for tag, text in headings if tag == "H1" and text != "Contents"}

    def test_it_runs_nothing_and_leads_only_to_the_web(self, pdf: bytes) -> None:
        reader = PdfReader(io.BytesIO(pdf))
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(reader.root_object)
        actions = [
            _dictionary(held, "/A")
            for page in reader.pages
            for annotation in page.get("/Annots", [])
            if "/A" in (held := annotation.get_object())
        ]
        assert {str(a["/S"]) for a in actions} <= {"/URI", "/GoTo"}
        assert [str(a["/URI"]) for a in actions if "/URI" in a] == ["https://www.gov.uk/mappa"]


class TestTheAreasOwnText:
    def test_stands_in_its_places(self, document: Node) -> None:
        assert "everybody" in {found.text for found in document.all("Strong")}
        items = [found.text for found in document.all("LBody")]
        assert items[:4] == ["housing", "health", "Fewer cases late", "Better attendance"]

    def test_is_never_read_as_the_typesetters_markup(self) -> None:
        text = '#emph[x] $x^2$ @somewhere <label> #import "x" // /* *a* _b_ = c \\ ~ --- "q"'
        found = structure(
            write_report(report(own_text={"foreword": f"`{text}`\n\n{text}"}), ".pdf")
        )
        said = [node.text for node in found.all("P", "Code")]
        assert text in said
        assert text.replace("*a*", "a").replace("_b_", "b") in said

    def test_may_be_in_any_language_that_the_font_has(self) -> None:
        text = "Rheolaeth Ŵyn a'r Ŷd; Łódź, Привет"
        found = structure(write_report(report(own_text={"foreword": text}), ".pdf"))
        assert text in [node.text for node in found.all("P")]

    @pytest.mark.parametrize(("letter", "said"), [("漢", "漢"), ("한", "한"), ("\x07", "u{7}")])
    def test_with_a_letter_that_no_font_has_is_refused(self, letter: str, said: str) -> None:
        own_text = {**OWN_TEXT, "board": f"Our **{letter}**"}
        with pytest.raises(NotThisReport, match="no such letter") as refused:
            write_report(report(own_text=own_text), ".pdf")
        assert said in str(refused.value)

    @pytest.mark.parametrize(
        "text", ["#", "# ![](logo.png)", "# \u00a0", "> #", "- #", "# [](https://x.example)"]
    )
    def test_with_a_heading_without_text_is_written_without_it(self, text: str) -> None:
        found = structure(write_report(report(own_text={"board": f"{text}\n\nText."}), ".pdf"))
        assert "Text." in [node.text for node in found.all("P")]

    def test_that_the_typesetter_refuses_is_refused_in_one_sentence(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever it may be: here the reader of the text lets an empty heading through."""
        monkeypatch.setattr("tracker.documents.page_text._readable", lambda _: True)
        with pytest.raises(NotThisReport, match="heading title is empty") as refused:
            write_report(report(own_text={"board": "#"}), ".pdf")
        assert "\n" not in str(refused.value)


def test_nobody_is_named(document: Node) -> None:
    assert "CHE-" not in " ".join(kid.text for kid in document.kids)


def test_a_draft_says_so_on_its_first_page() -> None:
    draft = write_report(report({**ANSWER, "status": "draft"}), ".pdf")
    assert "This is a draft" in PdfReader(io.BytesIO(draft)).pages[0].extract_text()


def _flat(value: Any, path: str = "") -> list[str]:
    """The path of every figure of a return."""
    if isinstance(value, dict):
        inner = ((f"{path}.{key}" if path else key, inner) for key, inner in value.items())
        return [found for key, below in inner for found in _flat(below, key)]
    return [] if isinstance(value, str) else [path]


def _dictionary(of: DictionaryObject, key: str) -> DictionaryObject:
    held = of[key].get_object()
    assert isinstance(held, DictionaryObject)
    return held


def _attribute(cell: Node, key: str) -> Any:
    """What a cell says of its place in the table."""
    return next(
        held for a in cell.attributes["/A"] if (held := a.get_object().get(key)) is not None
    )
