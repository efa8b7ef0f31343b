"""The charts of an annual report: for each the drawing, its words, and its figures as a table.

Called by the writers of the page and of the PDF; `charts_drawing` draws them.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from tracker.documents import charts_drawing, charts_years
from tracker.documents.charts_base import CATEGORIES, Chart, Figures, category_label, figure_text
from tracker.documents.charts_drawing import Bar, Panel
from tracker.documents.form import long_date
from tracker.documents.report import Report

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import MovementCell, MovementDays

LEVELS = ("level1", "level2", "level3")
EVERYBODY = "snapshot.total.total"
# The reasons of a movement, in the words of a report.
REASONS = {
    "became_subject": "Became subject to notification",
    "category_began": "Entered Category 2 or 3",
    "category_changed": "Changed category",
    "level_changed": "Changed level",
    "transferred_in": "Moved in from another area",
    "released": "Left custody or hospital",
    "returned": "Came back from abroad",
    "registered_first": "Recorded for the first time",
    "recorded_late": "Recorded late",
    "transferred_out": "Moved to another area",
    "died": "Died",
    "revoked": "Notification revoked",
    "notification_ended": "Notification ended",
    "category_ended": "Left Category 2 or 3",
    "abroad": "Went abroad",
    "custody": "Entered custody or hospital",
}


def charts(report: Report) -> tuple[Chart, ...]:
    """The charts of a report: level by category; movement, trend and rate if there are figures."""
    return (_level_by_category(report), *_movement_charts(report), *charts_years.charts(report))


def _movement_charts(report: Report) -> list[Chart]:
    """The chart of who joined and left the area's people; no chart if nobody did."""
    if report.movement is None:
        return []
    days, cells = report.movement["days"], report.movement["cells"]
    everybody = (cell for cell in cells if cell["cell"] == EVERYBODY)
    return [
        _movement_chart(report, days, cell) for cell in everybody if cell["joined"] or cell["left"]
    ]


def _level_by_category(report: Report) -> Chart:
    words, people, day = report.form.levels, report.form.people.text, long_date(report.last_day)
    bars = {level: _by_category(report, f"snapshot.{level}") for level in LEVELS}
    largest = {level: max(figure or 0 for _, figure in bars[level]) for level in LEVELS}
    largest["level2"] = largest["level3"] = max(largest["level2"], largest["level3"])
    words_of_levels = " ".join(f"{words[level].text}: {_listed(bars[level])}." for level in LEVELS)
    return Chart(
        id="level-by-category",
        title=f"{people.capitalize()} by level and category on {day}",
        alt=f"Bar chart of {people} at each level on {day}. {words_of_levels}",
        note=(
            f"{words['level1'].text} has a different scale from "
            f"{words['level2'].text} and {words['level3'].text}."
        ),
        svg=charts_drawing.panels(
            "level-by-category",
            [Panel(words[level].text, bars[level], largest[level]) for level in LEVELS],
        ),
        figures=None,
        table="snapshot",
    )


def _by_category(report: Report, row: str) -> list[Bar]:
    return [(category_label(report, cat), report.cell(f"{row}.{cat}").value) for cat in CATEGORIES]


def _movement_chart(report: Report, days: "MovementDays", cell: "MovementCell") -> Chart:
    last, this = (long_date(date.fromisoformat(day)) for day in (days["last"], days["this"]))
    joined: list[Bar] = [(REASONS[why], number) for why, number in cell["joined"].items()]
    left: list[Bar] = [(REASONS[why], number) for why, number in cell["left"].items()]
    before, after = figure_text(cell["last"]), figure_text(cell["this"])
    return Chart(
        id="movement",
        title=f"How {before} {report.form.people.text} on {last} became {after} on {this}",
        alt=(
            f"Bar chart of who joined and who left. Joined: {_listed(joined)}. "
            f"Left: {_listed(left)}."
        ),
        note=(
            "Each person is counted once, for one reason. A person who only changed category or "
            "level is not counted here."
        ),
        svg=charts_drawing.both_ways("movement", joined, left),
        figures=Figures(
            ("Reason", "Number"),
            (
                (f"On {last}", before),
                *((label, f"+{figure_text(number)}") for label, number in joined),
                *((label, f"−{figure_text(number)}") for label, number in left),
                (f"On {this}", after),
            ),
        ),
    )


def _listed(bars: Sequence[Bar]) -> str:
    return (
        ", ".join(
            f"{label} {'not applicable' if figure is None else figure_text(figure)}"
            for label, figure in bars
        )
        or "nobody"
    )
