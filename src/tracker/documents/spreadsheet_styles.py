"""The styles of cells, columns, rows and pages of an .ods report; called by its writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from odfdo import Document, Style

TITLE, HEADING, LINE, TEXT = "Title", "Heading", "Line", "Text"
HEADER, FIGURES_HEADER, LABEL, FIGURE = "Header", "FiguresHeader", "Label", "Figure"
FONT = "Arial"
CHARACTER = 0.22  # width of a character in centimetres, at 12 points
RULE = "0.75pt solid #000000"
# Printed in landscape, each worksheet as wide as a page.
PAGE = {
    "fo:page-width": "29.7cm",
    "fo:page-height": "21cm",
    "style:print-orientation": "landscape",
    "style:scale-to-X": "1",
    "style:scale-to-Y": "0",
}


def add_styles(document: Document, widths: Iterable[int], heights: Iterable[float]) -> None:
    """Adds the styles of cells, of columns of these widths (in characters), of rows (in points)."""
    for style in (
        *_cells(),
        *(Style("table-column", column(w), width=f"{w * CHARACTER:.1f}cm") for w in widths),
        *(Style("table-row", row(h), height=f"{h}pt") for h in heights),
    ):
        document.insert_style(style, automatic=True)
    for layout in document.styles.get_elements("//style:page-layout-properties"):
        for name, value in PAGE.items():
            layout.set_attribute(name, value)


def column(width: int) -> str:
    """The name of the style of a column of this width in characters."""
    return f"Column{width}"


def row(height: float) -> str:
    """The name of the style of a row of this height in points."""
    return f"Row{height}".replace(".", "_")


def _cells() -> Iterator[Style]:
    yield _cell(TITLE, size=16, bold=True, wrap=False)
    yield _cell(HEADING, size=14, bold=True)
    yield _cell(LINE, wrap=False)
    yield _cell(TEXT)
    yield _cell(HEADER, bold=True, rule=RULE)
    yield _cell(FIGURES_HEADER, bold=True, rule=RULE, align="end")
    yield _cell(LABEL)
    yield _cell(FIGURE, align="end", wrap=False)


def _cell(
    name: str,
    *,
    size: int = 12,
    bold: bool = False,
    wrap: bool = True,
    align: str = "start",
    rule: str | None = None,
) -> Style:
    made = Style("table-cell", name, border_bottom=rule)
    wrapped = "wrap" if wrap else "no-wrap"
    cell = {"fo:wrap-option": wrapped, "style:vertical-align": "top"}
    made.set_properties(cell, area="table-cell")
    made.set_properties({"fo:text-align": align}, area="paragraph")
    weight = "bold" if bold else "normal"
    text = {"style:font-name": FONT, "fo:font-size": f"{size}pt", "fo:font-weight": weight}
    made.set_properties(text, area="text")
    return made
