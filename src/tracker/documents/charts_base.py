"""What the charts of an annual report have in common; called by those who make and write them."""

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
    """`alt` says in words what is drawn, `note` what to know before comparing.

    `figures` is None where a table of the form has them all: the chart then stands below `table`.
    """

    id: str
    title: str
    alt: str
    note: str
    svg: str
    figures: Figures | None
    table: str | None = None


def written(figure: int | None) -> str:
    """A figure with a comma between thousands, or [x] where there is none."""
    return NOT_AVAILABLE if figure is None else f"{figure:,}"


def short(report: Report, category: str) -> str:
    """`Category 1`: its number without the name, which the tables give."""
    return report.form.categories[category].text.split(":")[0]
