"""The charts of an annual report: what each shows, its words and its figures as a table.

Called by the writers of the page and of the PDF; `charts_drawing` draws them.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from tracker.documents import charts_drawing, charts_years
from tracker.documents.charts_base import CATEGORIES, Chart, Figures, short, written
from tracker.documents.charts_drawing import Bar, Panel
from tracker.documents.form import long
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
    """Level by category, then movement, trend and rate where there is something to draw."""
    return (_level_by_category(report), *_moved(report), *charts_years.charts(report))


def _moved(report: Report) -> list[Chart]:
    """The movement of everybody together, where anybody moved."""
    if report.movement is None:
        return []
    days, cells = report.movement["days"], report.movement["cells"]
    everybody = (cell for cell in cells if cell["cell"] == EVERYBODY)
    return [_movement(report, days, cell) for cell in everybody if cell["joined"] or cell["left"]]


def _level_by_category(report: Report) -> Chart:
    words, people, day = report.form.levels, report.form.people.text, long(report.last_day)
    bars = {level: _by_category(report, f"snapshot.{level}") for level in LEVELS}
    most = {level: max(figure or 0 for _, figure in bars[level]) for level in LEVELS}
    most["level2"] = most["level3"] = max(most["level2"], most["level3"])
    said = " ".join(f"{words[level].text}: {_listed(bars[level])}." for level in LEVELS)
    return Chart(
        id="level-by-category",
        title=f"{people.capitalize()} by level and category on {day}",
        alt=f"Bar chart of {people} at each level on {day}. {said}",
        note=(
            f"{words['level1'].text} is drawn to another scale than "
            f"{words['level2'].text} and {words['level3'].text}."
        ),
        svg=charts_drawing.panels(
            "level-by-category",
            [Panel(words[level].text, bars[level], most[level]) for level in LEVELS],
        ),
        figures=None,
        table="snapshot",
    )


def _by_category(report: Report, row: str) -> list[Bar]:
    return [(short(report, cat), report.cell(f"{row}.{cat}").value) for cat in CATEGORIES]


def _movement(report: Report, days: "MovementDays", cell: "MovementCell") -> Chart:
    last, this = (long(date.fromisoformat(day)) for day in (days["last"], days["this"]))
    joined: list[Bar] = [(REASONS[why], number) for why, number in cell["joined"].items()]
    left: list[Bar] = [(REASONS[why], number) for why, number in cell["left"].items()]
    before, after = written(cell["last"]), written(cell["this"])
    return Chart(
        id="movement",
        title=f"How {before} {report.form.people.text} on {last} became {after} on {this}",
        alt=(
            f"Bar chart of who joined and who left. Joined: {_listed(joined)}. "
            f"Left: {_listed(left)}."
        ),
        note=(
            "Each person is counted once, for one reason. Who changed category or level within "
            "the figures neither joined nor left."
        ),
        svg=charts_drawing.both_ways("movement", joined, left),
        figures=Figures(
            ("Reason", "Number"),
            (
                (f"On {last}", before),
                *((label, f"+{written(number)}") for label, number in joined),
                *((label, f"−{written(number)}") for label, number in left),
                (f"On {this}", after),
            ),
        ),
    )


def _listed(bars: Sequence[Bar]) -> str:
    return (
        ", ".join(
            f"{label} {'cannot be' if figure is None else written(figure)}"
            for label, figure in bars
        )
        or "nobody"
    )
