"""The area's own text: where it is read from, and that it can never be more than text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents.page_reports import Page, report, said
from tracker.documents.own_text import PARTS, own_text
from tracker.documents.page import templates
from tracker.documents.page_text import Block, blocks
from tracker.documents.report import write_report
from tracker.settings.toml_file import ConfigurationError

MARKUP = st.sampled_from([
    "<", ">", "&", '"', "'", "script", "img src=x onerror=", "](", "[", "!", "javascript:", "data:",
    "http://e.example/", "#", "##", "*", "**", "`", "```\n", "\n", "\n\n", "- ", "1. ", "> ", "|",
    "|-|-|\n", "\\", "{{", "{%", "style=", "<!--", "]]>", "&lt;", "&#106;", "\t", "\x00",
])  # fmt: skip
TEXTS = st.lists(MARKUP | st.text(max_size=8), max_size=25).map("".join)
OWN = {
    "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "div",
    "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "a", "br",
}  # fmt: skip
ATTRIBUTES = {"href", "start", "scope", "class", "role", "tabindex", "aria-label"}


def foreword(text: str) -> Page:
    """The section of a page that is the area's own."""
    page = write_report(report(own_text={"foreword": text}), ".html").decode()
    begin = page.index('<section aria-labelledby="foreword"')
    return Page(page[begin : page.index("</section>", begin) + len("</section>")].encode())


class TestInjection:
    @settings(deadline=None, max_examples=400)
    @given(TEXTS)
    def test_a_text_makes_no_element_and_no_link_but_those_of_markdown(self, text: str) -> None:
        macros = templates().get_template("page_macros.html").module
        own = Page(macros.blocks(blocks(text)).encode()).elements  # type: ignore[attr-defined]
        assert {e.tag for e in own} <= OWN
        for element in own:
            assert set(element.attributes) <= ATTRIBUTES
            href = element.attributes.get("href", "https:")
            assert href.lower().startswith(("https:", "http:", "mailto:"))

    @pytest.mark.parametrize(
        "text",
        [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "</section></main><h1>Mine</h1>",
            "<style>*{display:none}</style>",
            "{{ 7 * 7 }} {% raw %}",
        ],
    )
    def test_html_and_the_templates_marks_stay_text(self, text: str) -> None:
        _, _, own = foreword(text).elements
        assert (own.tag, said(own)) == ("p", text)

    @pytest.mark.parametrize(
        "target",
        [
            "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//e.example",
            "x.html", "vbscript:x", "file:///etc/passwd", "&#106;avascript:alert(1)", "ftp://e.eu",
        ],
    )  # fmt: skip
    def test_a_link_elsewhere_than_to_the_web_is_none(self, target: str) -> None:
        found = foreword(f"[word]({target})")
        assert not found.all("a")
        assert "word" in said(found.all("p")[0])

    def test_a_picture_is_its_description(self) -> None:
        found = foreword("![a map of the area](https://e.example/map.png)")
        assert [e.tag for e in found.elements[2:]] == ["p"]
        assert said(found.all("p")[0]) == "a map of the area"


class TestBlocks:
    def test_headings_begin_below_that_of_the_part_and_skip_none(self) -> None:
        found = blocks("## Two\n\n#### Four\n\n# One\n\n###### Six")
        assert [block["level"] for block in found] == [3, 4, 3, 4]

    def test_lists_within_lists(self) -> None:
        (outer,) = blocks("3. a\n   - b\n   - c\n4. d")
        assert (outer["ordered"], outer["start"], len(outer["items"])) == (True, 3, 2)
        paragraph, inner = outer["items"][0]
        assert paragraph == {"kind": "paragraph", "inline": [{"kind": "text", "text": "a"}]}
        assert (inner["ordered"], len(inner["items"])) == (False, 2)

    def test_a_table_without_rows(self) -> None:
        (table,) = blocks("| a | b |\n|---|---|")
        assert (len(table["columns"]), table["rows"]) == (2, [])

    def test_everything_that_is_written_in_a_paragraph(self) -> None:
        (block,) = blocks("a **b *c*** `d`\\\ne [f](https://x.example) <m@x.example>")
        assert kinds(block) == [
            "text",
            "strong",
            "text",
            "code",
            "break",
            "text",
            "link",
            "text",
            "link",
        ]

    def test_the_other_blocks(self) -> None:
        found = blocks("> quoted\n\n```\ncode\n  more\n```\n\n    indented\n\n---")
        assert [b["kind"] for b in found] == ["quote", "code", "code", "rule"]
        assert [b["text"] for b in found[1:3]] == ["code\n  more", "indented"]

    @pytest.mark.parametrize(
        "text",
        [
            "#", "# ![](logo.png)", "# \u00a0", "# [](https://x.example)", "## \u200b\u2060 ##",
            "# &nbsp;", "#\n=", "![](logo.png)", "[![](x.png)](https://x.example)",
        ],
    )  # fmt: skip
    def test_a_heading_or_paragraph_without_text_is_left_out(self, text: str) -> None:
        after = {"kind": "paragraph", "inline": [{"kind": "text", "text": "Text."}]}
        read = blocks(f"{text}\n\nText.")
        assert [b for b in read if b["inline"] != [{"kind": "text", "text": "="}]] == [after]
        quoted, listed = blocks(f"> {text.splitlines()[0]}\n\n- {text.splitlines()[0]}")
        assert (quoted["blocks"], listed["items"]) == ([], [[]])

    def test_a_link_without_text_is_left_out(self) -> None:
        (block,) = blocks("a [](https://x.example) [![](x.png)](https://x.example) b")
        assert set(kinds(block)) == {"text"}

    def test_a_part_without_anything_to_read_has_no_heading(self) -> None:
        page = Page(write_report(report(own_text={"board": "#", "foreword": "Words"}), ".html"))
        headings = [said(e) for e in page.all("h2", "h3")]
        assert "Foreword" in headings
        assert "Strategic Management Board" not in headings
        assert all(heading.strip() for heading in headings)


class TestTheFolder:
    def test_parts_that_have_a_file_are_read_in_the_order_of_the_report(
        self, tmp_path: Path
    ) -> None:
        put(tmp_path, "cheshire/2022-23/objectives.md", "Fewer")
        put(tmp_path, "cheshire/2022-23/foreword.md", "\ufeffŴelcome")
        put(tmp_path, "cheshire/2022-23/board.md", " \n")
        put(tmp_path, "cheshire/2022-23/notes.txt", "not ours")
        put(tmp_path, "cheshire/2021-22/board.md", "Another year")
        read = own_text(tmp_path, "cheshire", "2022-23")
        assert list(read.items()) == [("foreword", "Ŵelcome"), ("objectives", "Fewer")]
        assert own_text(tmp_path, "kent", "2022-23") == {}

    def test_a_misspelt_name_is_refused(self, tmp_path: Path) -> None:
        file = put(tmp_path, "cheshire/2022-23/forword.md", "Lost")
        with pytest.raises(
            ConfigurationError, match=r"forword\.md.*it takes foreword\.md, arr"
        ) as e:
            own_text(tmp_path, "cheshire", "2022-23")
        assert str(file) in str(e.value)

    def test_what_is_not_utf_8_is_refused(self, tmp_path: Path) -> None:
        file = put(tmp_path, "cheshire/2022-23/board.md", "")
        file.write_bytes(b"Caf\xe9")
        with pytest.raises(ConfigurationError, match=r"board\.md.*utf-8"):
            own_text(tmp_path, "cheshire", "2022-23")

    def test_what_is_utf_16_is_refused_by_that_name(self, tmp_path: Path) -> None:
        put(tmp_path, "cheshire/2022-23/board.md", "").write_bytes("Words".encode("utf-16"))
        with pytest.raises(ConfigurationError, match=r"board\.md: the file is UTF-16, not UTF-8"):
            own_text(tmp_path, "cheshire", "2022-23")

    def test_a_folder_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match=r"there is no folder .*nowhere"):
            own_text(tmp_path / "nowhere", "cheshire", "2022-23")

    def test_every_part_has_a_place_on_the_page(self) -> None:
        text = {part: f"The words of {part}." for part in PARTS}
        shown = [said(e) for e in Page(write_report(report(own_text=text), ".html")).all("p")]
        assert [f"The words of {part}." for part in PARTS] == [p for p in shown if "words of" in p]


def put(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def kinds(block: Block) -> list[str]:
    return [inline["kind"] for inline in block["inline"]]
