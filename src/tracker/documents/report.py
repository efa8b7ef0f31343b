"""A report: the return of an area in the form of its year, and what is published beside it.

Made by the command line, and by whoever else publishes; every writer is given one and computes
nothing of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypedDict

from projections.returns.cases import last_day
from projections.returns.years import Year
from tracker.documents.form import Form, Note, long
from tracker.domain.errors import TrackerError

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import ChangesAnswer, MovementAnswer
    from tracker.domain.answers.figure_shapes import ReturnAnswer, Snapshot

Shorthand = Literal["", "[z]", "[x]"]
CANNOT_BE: Shorthand = "[z]"
NOT_AVAILABLE: Shorthand = "[x]"
MEANING = {
    CANNOT_BE: "not applicable: nobody can be there",
    NOT_AVAILABLE: "not available: there is no figure",
}
COUNTED = {
    "highest_level": "Someone managed at both Level 2 and Level 3 within the year is counted once, "
    "at Level 3.",
    "full_orders_made": "Of orders each full order made in the year is counted: no interim order, "
    "renewal or variation.",
    "people": "Otherwise people are counted, each once, however often it happened.",
}
# Module and function that write a file of that suffix; imported when asked for.
WRITERS = {
    ".csv": ("plain", "csv"),
    ".html": ("page", "html"),
    ".json": ("plain", "json"),
    ".ods": ("spreadsheet_ods", "ods"),
    ".pdf": ("page", "pdf"),
    ".xlsx": ("spreadsheet_xlsx", "xlsx"),
}


class NotThisReport(TrackerError):
    """The return does not fit its form, or there is no writer for a file of that name."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of the report.

    `value` is None where there is none, and `shorthand` then says why: [z] where nobody can be,
    [x] where it is not available. 0 is a figure.
    """

    path: str | None
    value: int | None
    shorthand: Shorthand

    @property
    def text(self) -> str:
        """As the files show it: the figure, or the shorthand."""
        return self.shorthand if self.value is None else str(self.value)


class EarlierYear(TypedDict):
    """Of a year of the trend, what a report shows."""

    year: str
    snapshot: Snapshot
    rate: int | None


@dataclass(frozen=True, slots=True)
class Report:
    """What every writer is given.

    `trend` has earlier years, oldest first. `own_text` has the area's own Markdown by part:
    foreword, arrangements, board, objectives. Findings, and the people in movement and changes,
    are for those who made the return: no writer of a publication shows them.
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
        """The last day counted: that of the year or, in a year not yet over, of what was known."""
        known_at = datetime.fromisoformat(self.answer["known_at"])
        return last_day(Year.parse(self.answer["year"]), known_at)

    def cell(self, path: str | None) -> Cell:
        """The figure at a dotted path such as snapshot.level2.cat1; None is one that is not kept.

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
            return Cell(path, None, CANNOT_BE if path in self.form.cannot_be else NOT_AVAILABLE)
        if not isinstance(value, int):
            raise NotThisReport(f"the return has no figure {path!r}")
        return Cell(path, value, "")

    def footnotes(self, ids: Sequence[str]) -> list[Note]:
        """The notes that a table or a row of the form names, as they are lettered."""
        return [note for note in self.form.notes if note.id in ids]

    def remarks(self) -> list[str]:
        """What a reader must know of the figures as they stand, before they use one."""
        said = []
        if not self.answer["complete"]:
            said.append(f"The year was not yet over: the figures end on {long(self.last_day)}.")
        elif self.answer["status"] == "draft":
            said.append("This is a draft: the figures may still change.")
        if self.answer["population"] is None:
            said.append("No population is attached to this area and year, so there is no rate.")
        return said

    def counting_notes(self) -> list[str]:
        """How the figures are counted, in words."""
        counting = self.form.counting
        first = ", ".join(str(category) for category in counting.precedence)
        chosen = (counting.yearly_level2_3, counting.orders, counting.breaches)
        return [
            f"Each person is in one category: the first of {first} that applies.",
            *(COUNTED[choice] for choice in chosen),
        ]

    def population_notes(self) -> list[str]:
        """On which residents the rate rests, with the source, and what to know of that base."""
        attached, base = self.answer["population"], self.form.population
        said = (
            []
            if attached is None
            else [
                f"{attached['base']}: {attached['aged_10_plus']:,}. Source: {attached['source']}."
            ]
        )
        if attached is not None and base.base not in ("", attached["base"]):
            said.append(f"The rates published for {self.form.year} rest on {base.base}.")
        return [*said, base.note]


def written(report: Report, suffix: str) -> bytes:
    """The report as a file of that suffix (.csv, .html, .json, .ods, .pdf, .xlsx).

    Raises NotThisReport for another suffix. The same report gives the same bytes.
    """
    if suffix not in WRITERS:
        raise NotThisReport(f"no report is written as {suffix!r}; write {', '.join(WRITERS)}")
    module, function = WRITERS[suffix]
    write: Callable[[Report], bytes] = getattr(
        import_module(f"tracker.documents.{module}"), function
    )
    return write(report)
