"""What the charts of an annual report have in common. Used where charts are made and written."""

from typing import TYPE_CHECKING, NamedTuple

from tracker.documents.report import NOT_AVAILABLE, Report

if TYPE_CHECKING:
    from tracker.domain.answers.figure_shapes import CategoryName

CATEGORIES: "tuple[CategoryName, ...]" = ("cat1", "cat2", "cat3")


class Figures(NamedTuple):
    """The figures of a chart as a table: columns, and rows that begin with their label."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Chart(NamedTuple):
    """A chart: `alt` describes the drawing in words, `note` warns about comparing its figures.

    `figures` is None if a table of the form has them all; the chart is then placed below the table
    whose id is `table`.
    """

    id: str
    title: str
    alt: str
    note: str
    svg: str
    figures: Figures | None
    table: str | None = None


def figure_text(figure: int | None) -> str:
    """A figure with a comma between thousands, or [x] if there is none."""
    return NOT_AVAILABLE if figure is None else f"{figure:,}"


def category_label(report: Report, category: str) -> str:
    """The short label of a category, such as `Category 1`; the tables give its full name."""
    return report.form.categories[category].text.split(":")[0]
