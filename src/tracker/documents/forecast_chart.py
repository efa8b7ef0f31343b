"""Draws the caseload of a forecast, a panel for each category, as .svg or .png.

Called by `tracker forecast --chart`. The same forecast gives the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from afcharts.af_colours import get_af_colours
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracker.documents.charts_base import CATEGORIES, figure_text
from tracker.documents.charts_drawing import FONT, SVG, WIDTH, chart_style

if TYPE_CHECKING:
    from tracker.domain.answers.overview_shapes import ForecastAnswer

HEIGHT, DOTS_PER_INCH = 1.7, 200  # inches a panel
YEARS_SHOWN = 5  # at most so many years are labelled along the axis, the last among them
OVER = {
    "font.family": FONT,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "svg.fonttype": "none",
    "svg.hashsalt": "forecast",
}


def draw_forecast(answer: ForecastAnswer, area_name: str, suffix: str) -> bytes:
    """The chart of the answer of `forecast` as a file: `suffix` is .svg or .png."""
    snapshots = [answer["snapshot"], *(year["snapshot"] for year in answer["years"])]
    days = [answer["on"], *(year["period_end"] for year in answer["years"])]
    title = f"{area_name}: people in the community,\nif nothing else changes"
    caseload = {
        f"Category {category[-1]}": [one["total"][category] or 0 for one in snapshots]
        for category in CATEGORIES
    }
    with chart_style(OVER):
        figure = _figure(title, [date.fromisoformat(day) for day in days], caseload)
        if suffix == ".png":
            return _saved(figure, "png", {"Software": None})
        drawing = _saved(figure, "svg", {"Date": None, "Creator": None})
    return _with_words(drawing, _words(answer, area_name, caseload))


def _figure(title: str, days: Sequence[date], caseload: Mapping[str, Sequence[int]]) -> Figure:
    figure = Figure(figsize=(WIDTH, HEIGHT * len(caseload)), layout="constrained")
    figure.suptitle(title, x=0.02, ha="left", fontsize=12)
    panels = figure.subplots(len(caseload), 1, sharex=True)
    for axes, (name, numbers) in zip(panels, caseload.items(), strict=True):
        axes.set_title(name)
        _line(axes, [day.toordinal() for day in days], numbers)
    step = -(-len(days) // YEARS_SHOWN)
    shown = days[:0:-step]
    panels[-1].set_xticks([day.toordinal() for day in shown], [str(day.year) for day in shown])
    return figure


def _line(axes: Axes, days: Sequence[int], numbers: Sequence[int]) -> None:
    """Draws a line of numbers over days, with labels for the first and the last number."""
    axes.plot(days, numbers, marker="o", color=get_af_colours("categorical")[0])
    axes.set_ylim(0, max(*numbers, 1) * 1.3)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.locator_params(axis="y", integer=True, nbins=3)
    for at in (0, len(numbers) - 1):
        axes.annotate(
            figure_text(numbers[at]),
            (days[at], numbers[at]),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
        )


def _saved(figure: Figure, form: str, metadata: Mapping[str, None]) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format=form, dpi=DOTS_PER_INCH, metadata=dict(metadata))
    return file.getvalue()


def _words(answer: ForecastAnswer, area_name: str, caseload: Mapping[str, Sequence[int]]) -> str:
    changes = ", ".join(
        f"{name} from {figure_text(numbers[0])} to {figure_text(numbers[-1])}"
        for name, numbers in caseload.items()
    )
    return (
        f"{area_name}: people in the community on {answer['on']} and on each 31 March until "
        f"{answer['years'][-1]['period_end']} if nothing else changes. {changes}."
    )


def _with_words(drawing: bytes, words: str) -> bytes:
    """The SVG drawing with a description in words, for people who cannot see it."""
    root = ElementTree.fromstring(drawing)
    title = ElementTree.Element(f"{{{SVG}}}title")
    title.text = words
    root.insert(0, title)
    root.set("role", "img")
    return ElementTree.tostring(root)
