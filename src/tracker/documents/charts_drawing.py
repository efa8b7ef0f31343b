"""Draws the charts of an annual report as SVG in the Analysis Function's style; called by `charts`.

The same figures give the same bytes: matplotlib's user settings are ignored, and only its own font
is measured. Colour never carries meaning alone: a label, a side or a marker says the same.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple
from xml.etree import ElementTree

from afcharts.af_colours import get_af_colours
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
WIDTH = 5.4  # inches: narrow, so that the words can be read on a small screen
BAR = 0.34  # inches
FONT = "DejaVu Sans"
MARKERS = ("o", "s", "^", "D")
LABELS_AT_MOST = 5
_SETTINGS = {
    "font.family": FONT,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "svg.fonttype": "none",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}

_DRAWING = Lock()
# at import: done later, another thread could write while a name space is not yet registered
ElementTree.register_namespace("", SVG)
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")

Bar = tuple[str, int | None]  # a label, and a figure or None if not applicable
Line = tuple[str, Sequence[int | None]]  # a label, and a figure or None for each place on the axis


class Panel(NamedTuple):
    """Bars under a heading; `most` is the figure whose bar fills the width."""

    heading: str
    bars: Sequence[Bar]
    most: int


def panels(drawn: str, parts: Sequence[Panel]) -> str:
    """An SVG drawing of panels below one another, each with its own scale.

    `drawn` names the drawing; it must be different for each drawing on a page.
    """
    heights = [len(part.bars) * BAR + 0.5 for part in parts]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(parts), 1, squeeze=False, height_ratios=heights)[:, 0]
        for one, part in zip(axes, parts, strict=True):
            one.set_title(part.heading)
            _bars(one, part.bars, _colours(1) * len(part.bars))
            one.set_xlim(0, max(part.most, 1) * 1.15)

    return _svg(drawn, sum(heights), draw)


def both_ways(drawn: str, joined: Sequence[Bar], left: Sequence[Bar]) -> str:
    """An SVG drawing of bars to the right (joined) and left (left) of a line.

    All figures are positive; `drawn` is as in `panels`.
    """
    bars = [*joined, *((label, -(figure or 0)) for label, figure in left)]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        first, second = _colours(2)
        _bars(axes, bars, [first] * len(joined) + [second] * len(left), sign="+")
        least, most = (end(figure or 0 for _, figure in bars) for end in (min, max))
        room = 0.25 * max(most - least, 1)
        axes.set_xlim(min(least, 0) - room, max(most, 0) + room)
        axes.axvline(0, color="black", linewidth=1)

    return _svg(drawn, len(bars) * BAR + 0.3, draw)


def lines(drawn: str, places: Sequence[str | None], drawn_lines: Sequence[Line]) -> str:
    """An SVG drawing of lines over years, broken where a figure is None.

    `places` are the years along the axis, None for a year without figures; `drawn` as in `panels`.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        colours = _colours(len(drawn_lines))
        for marker, colour, (label, figures) in zip(MARKERS, colours, drawn_lines, strict=False):
            _line(axes, label, figures, marker, colour)
        most = max([figure for _, figures in drawn_lines for figure in figures if figure] or [1])
        axes.set_ylim(0, most * 1.1)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.locator_params(axis="y", integer=True, nbins=5)
        shown = _labelled_places(places)
        axes.set_xticks(shown, [places[at] or "" for at in shown])

    return _svg(drawn, 3.2, draw)


def _labelled_places(places: Sequence[str | None]) -> list[int]:
    """The indexes of the years to label: at most LABELS_AT_MOST, evenly spaced, with the last."""
    step = -(-len(places) // LABELS_AT_MOST)
    return [at for at in range(len(places)) if (len(places) - 1 - at) % step == 0]


def _colours(number: int) -> list[str]:
    colours: list[str] = get_af_colours("categorical", number_of_colours=max(number, 2))
    return colours[:number]


def _bars(axes: Axes, bars: Sequence[Bar], colours: Sequence[str], sign: str = "") -> None:
    places = range(len(bars))
    figures = [figure or 0 for _, figure in bars]
    axes.barh(places, figures, height=0.7, color=colours)
    axes.set_yticks(places, [label for label, _ in bars])
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", bottom=False, labelbottom=False)
    axes.tick_params(axis="y", left=False)
    for at, (_, figure) in enumerate(bars):
        text = "not applicable" if figure is None else f"{figure:{sign},}".replace("-", "−")
        side = -1 if figure and figure < 0 else 1
        axes.annotate(
            text,
            (figure or 0, at),
            xytext=(4 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
        )


def _line(axes: Axes, label: str, figures: Sequence[int | None], marker: str, colour: str) -> None:
    heights = [float("nan") if figure is None else figure for figure in figures]
    axes.plot(range(len(heights)), heights, marker=marker, color=colour, clip_on=False)
    last = max(at for at, figure in enumerate(figures) if figure is not None)
    axes.annotate(
        label,
        (last, heights[last]),
        xytext=(10, 0),
        textcoords="offset points",
        va="center",
        annotation_clip=False,
    )


def _svg(drawn: str, height: float, draw: Callable[[Figure], None]) -> str:
    """The drawing as SVG without date, program and random ids; its ids are made from `drawn`."""
    file = io.StringIO()
    settings: dict[str, Any] = {**_SETTINGS, "svg.hashsalt": drawn}
    with chart_style(settings):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return _cleaned(file.getvalue())


@contextmanager
def chart_style(over: Mapping[str, Any]) -> Iterator[None]:
    """Draws in the Analysis Function's style, with the settings `over` instead of its own.

    Matplotlib's settings belong to the whole process, so one thread draws at a time. Every text is
    drawn as it is: dollar signs in a name do not make a formula of it.
    """
    settings = {**over, "text.parse_math": False}
    with _DRAWING, style.context(["default", "afcharts.afcharts", settings]):
        yield


def _cleaned(text: str) -> str:
    """Removes ids that several drawings on one page would share, and the fixed size."""
    root = ElementTree.fromstring(text)
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    for element in root.iter():
        if element.tag == f"{{{SVG}}}g":
            element.attrib.pop("id", None)
    for size in ("width", "height"):
        root.attrib.pop(size)
    return ElementTree.tostring(root, encoding="unicode")
