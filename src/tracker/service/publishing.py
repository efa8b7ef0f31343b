"""Writes a return as a document (spreadsheet, page, PDF …). Called by `tracker return --to`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from projections.returns.years import Year
from scheduler.open_store import App
from tracker.domain.errors import InvalidQuestion
from tracker.service import trends
from tracker.service.areas import area_name
from tracker.store.atomic_file import TO_BE_SHARED, write_atomically

if TYPE_CHECKING:
    from tracker.documents.report import EarlierYear
    from tracker.domain.answers.explained_shapes import ChangesAnswer, MovementAnswer
    from tracker.domain.answers.figure_shapes import ReturnAnswer


def check_file(to: Path) -> str:
    """The suffix of a file for a return, such as `.pdf`; raises InvalidQuestion if unknown."""
    from tracker.documents.report import WRITERS

    suffix = to.suffix.lower()
    if suffix not in WRITERS:
        raise InvalidQuestion(f"{to.name!r} ends in none of {', '.join(WRITERS)}")
    return suffix


def publish_return(app: App, answer: ReturnAnswer, to: Path) -> str:
    """Writes a return with its movement, its trend and the area's own text; returns the title.

    `answer` is a return from a function of `returns` or `frozen`. Raises InvalidQuestion for a
    suffix that is unknown.
    """
    from tracker.documents.own_text import own_text

    area, year = answer["area"], Year.parse(answer["year"])
    known_at = datetime.fromisoformat(answer["known_at"])
    folder = app.settings.report.text
    years = trends.trend(app, area, known_at, year)["trend"]
    return publish(
        answer,
        to,
        movement=trends.movement(app, area, year, known_at),
        trend=[one for one in years if one["year"] != year.text],
        own_text=own_text(Path(folder).expanduser(), area, year.text) if folder else {},
    )


def publish(
    answer: ReturnAnswer,
    to: Path,
    *,
    movement: MovementAnswer | None = None,
    changes: ChangesAnswer | None = None,
    trend: Sequence[EarlierYear] = (),
    own_text: Mapping[str, str] | None = None,
) -> str:
    """Writes the return `answer`, and the parts passed with it, to a file; returns the title.

    The suffix of `to` says what kind of file. A file of the same name is replaced, whole or not at
    all.
    """
    from tracker.documents.form import form
    from tracker.documents.report import Report, write_report

    suffix, name = check_file(to), area_name(answer["area"])
    report = Report(answer, name, form(answer["year"]), movement, changes, trend, own_text or {})
    write_atomically(to, write_report(report, suffix), TO_BE_SHARED)
    return report.title
