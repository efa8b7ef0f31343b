"""A report: an area's return, the form of its year, and what is published with it.

Made by the service's use case `publishing`, and passed to a writer, which computes nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypedDict

from projections.returns.cases import last_day
from projections.returns.years import Year
from tracker.documents.form import Form, Note, long_date
from tracker.domain.errors import TrackerError

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import ChangesAnswer, MovementAnswer
    from tracker.domain.answers.figure_shapes import ReturnAnswer, Snapshot

Shorthand = Literal["", "[z]", "[x]"]
NOT_APPLICABLE: Shorthand = "[z]"
NOT_AVAILABLE: Shorthand = "[x]"
MEANING = {
    NOT_APPLICABLE: "not applicable: nobody can be there",
    NOT_AVAILABLE: "not available: there is no figure",
}
COUNTED = {
    "highest_level": "Someone managed at both Level 2 and Level 3 within the year is counted once, "
    "at Level 3.",
    "full_orders_made": "Each full order made in the year is counted; interim orders, renewals and "
    "variations are not.",
    "people": "Otherwise each person is counted once, however often it happened.",
}
# Module and function that write a file of each suffix; imported at first use.
WRITERS = {
    ".csv": ("plain", "csv"),
    ".html": ("page", "html"),
    ".json": ("plain", "json"),
    ".ods": ("spreadsheet_ods", "ods"),
    ".pdf": ("page", "pdf"),
    ".xlsx": ("spreadsheet_xlsx", "xlsx"),
}


class NotThisReport(TrackerError):
    """The return does not fit its form, or cannot be written in the format asked for."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of the report.

    If there is none, `value` is None and `shorthand` says why: [z] not applicable (nobody can be
    there), [x] not available. 0 is a figure.
    """

    path: str | None
    value: int | None
    shorthand: Shorthand

    @property
    def text(self) -> str:
        """The figure as text, or the shorthand if there is none."""
        return self.shorthand if self.value is None else str(self.value)


class EarlierYear(TypedDict):
    """The figures of one year of the trend; `rate` is for 100,000 residents."""

    year: str
    snapshot: Snapshot
    rate: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What every writer gets.

    `trend` has earlier years, oldest first. `own_text` has the area's own Markdown by part:
    foreword, arrangements, board, objectives. Findings, and references of people in `movement` and
    `changes`, are for internal use: no writer publishes them.
    """

    answer: ReturnAnswer
    area_name: str
    form: Form
    movement: MovementAnswer | None = None
    changes: ChangesAnswer | None = None
    trend: Sequence[EarlierYear] = ()
    own_text: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.form.title}: {self.area_name}"

    @property
    def last_day(self) -> date:
        """The last day counted: of the year or, if it was not yet over, the day of `known_at`."""
        known_at = datetime.fromisoformat(self.answer["known_at"])
        return last_day(Year.parse(self.answer["year"]), known_at)

    def cell(self, path: str | None) -> Cell:
        """The cell at a dotted path such as snapshot.level2.cat1; for None a cell not available.

        Raises NotThisReport for a path that the return does not have.
        """
        if path is None:
            return Cell(None, None, NOT_AVAILABLE)
        value: object = self.answer
        for part in path.split("."):
            if not isinstance(value, Mapping) or part not in value:
                raise NotThisReport(f"the return has no figure {path!r}")
            value = value[part]
        if value is None:
            return Cell(
                path, None, NOT_APPLICABLE if path in self.form.cannot_be else NOT_AVAILABLE
            )
        if not isinstance(value, int):
            raise NotThisReport(f"the return has no figure {path!r}")
        return Cell(path, value, "")

    def footnotes(self, ids: Sequence[str]) -> list[Note]:
        """The notes with these ids, in the order of their letters."""
        return [note for note in self.form.notes if note.id in ids]

    def remarks(self) -> list[str]:
        """Warnings for readers of the figures: year not over, draft, no population."""
        remarks = []
        if not self.answer["complete"]:
            remarks.append(
                f"The year was not yet over: the figures end on {long_date(self.last_day)}."
            )
        elif self.answer["status"] == "draft":
            remarks.append("This is a draft: the figures may still change.")
        if self.answer["population"] is None:
            remarks.append("No population is attached to this area and year, so there is no rate.")
        return remarks

    def counting_notes(self) -> list[str]:
        """Sentences on how the figures are counted."""
        counting = self.form.counting
        first = ", ".join(str(category) for category in counting.precedence)
        chosen = (counting.yearly_level2_3, counting.orders, counting.breaches)
        return [
            f"Each person is in one category: the first of {first} that applies.",
            *(COUNTED[choice] for choice in chosen),
        ]

    def population_notes(self) -> list[str]:
        """Sentences on the population estimate behind the rate, and its source."""
        attached, base = self.answer["population"], self.form.population
        notes = (
            []
            if attached is None
            else [
                f"{attached['base']}: {attached['aged_10_plus']:,}. Source: {attached['source']}."
            ]
        )
        if attached is not None and base.base not in ("", attached["base"]):
            notes.append(f"The rates published for {self.form.year} are based on {base.base}.")
        return [*notes, base.note]


def write_report(report: Report, suffix: str) -> bytes:
    """The content of the report's file in a format: .csv, .html, .json, .ods, .pdf or .xlsx.

    Raises NotThisReport for another suffix. The same report gives the same bytes.
    """
    if suffix not in WRITERS:
        raise NotThisReport(f"no report is written as {suffix!r}; write {', '.join(WRITERS)}")
    module, function = WRITERS[suffix]
    write: Callable[[Report], bytes] = getattr(
        import_module(f"tracker.documents.{module}"), function
    )
    return write(report)
