"""Draft returns: computes and stores each area's return, and says what changed since the last one.

Called by the year-end jobs (`drafts`). One draft is stored for each area, year and moment, so a run
that was cut short continues where it stopped and gives the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from projections import Engine
from projections.engine.day_numbers import instant, moment_of
from projections.returns.annual_return import annual_return, canonical
from projections.returns.cases import CELLS, flat
from projections.returns.changes import changes
from projections.returns.populations import Populations, population_for
from projections.returns.years import Year
from tracker.domain.answers.show import moment
from tracker.domain.dates import DAY, LONDON
from tracker.domain.law.tables import Law
from tracker.settings.configuration import ReportSettings
from tracker.store.database.interface import Cursor, Database
from tracker.store.log import Log

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import ChangedPerson
    from tracker.domain.answers.figure_shapes import AttachedPopulation, Figure, ReturnAnswer

Frozen = Callable[[str, str], bool]
MAX_PEOPLE_LISTED = 20  # people named in one message; the command names them all
VIEWS = ("spells", "counts", "annual_return")
RECOMPUTED_DIFFERENTLY = (
    "what was known then now comes out differently: the tables of law or the counting setting have "
    "changed, or entries have come in with earlier times of their own"
)


@dataclass(slots=True)
class Drafted:
    """The result: how many areas have a draft, were stored before (`kept`), or are frozen.

    `changed` has, for each area whose return differs from its last draft, lines for its desk:
    cells, references and names of entries, no personal data.
    """

    areas: int = 0
    kept: int = 0
    frozen: int = 0
    changed: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A stored draft: the answer of `return` as known at a moment, and its digest."""

    known_at: datetime
    digest: str
    answer: ReturnAnswer


def end_of_year(year: Year) -> datetime:
    """The midnight in London that ends a reporting year, in UTC."""
    return datetime.combine(year.end + DAY, time.min, LONDON).astimezone(UTC)


def none_frozen(area: str, year: str) -> bool:
    """The `frozen` of a store in which no return is frozen: always False."""
    return False


def draft_returns(
    log: Log,
    engine: Engine,
    law: Law,
    year: Year,
    known_at: datetime,
    areas: Iterable[str],
    populations: Populations,
    report: ReportSettings = ReportSettings(),
    check_stop: Callable[[], None] = lambda: None,
    frozen: Frozen = none_frozen,
) -> Drafted:
    """Computes and stores the return of every area as known at a moment; says what changed.

    An area whose return of the year is `frozen` is skipped. `check_stop` is called before each
    area and may raise; drafts stored until then remain.
    """
    done = Drafted()
    for area in areas:
        check_stop()
        if frozen(area, year.text):
            done.frozen += 1
            continue
        with engine.reading(*VIEWS) as c:
            kept = _read_draft(c, area, year, known_at, "=")
            population = population_for(area, year, populations)
            now = kept or _compute_draft(c, area, year, known_at, population, report)
            last = _read_draft(c, area, year, known_at, "<")
            lines = (
                _first_lines(now)
                if last is None
                else _changed_lines(log, c, law, area, year, last, now)
            )
        if kept is None:
            _save_draft(log.database, area, year, now)
        done.areas += 1
        done.kept += kept is not None
        if lines:
            done.changed[area] = lines
    return done


def _compute_draft(
    c: Cursor,
    area: str,
    year: Year,
    known_at: datetime,
    population: AttachedPopulation | None,
    report: ReportSettings = ReportSettings(),
) -> Draft:
    answer = annual_return(c, area, year, known_at, population, report)
    return Draft(known_at, answer["digest"], answer)


def _read_draft(c: Cursor, area: str, year: Year, known_at: datetime, which: str) -> Draft | None:
    """The draft of exactly that moment (`which` is `=`), or the last one before it (`<`)."""
    c.execute(
        "SELECT known_at, digest, figures FROM return_drafts"
        f" WHERE area=? AND year=? AND known_at{which}? ORDER BY known_at DESC LIMIT 1",
        (area, year.text, instant(known_at)),
    )
    row = c.fetchone()
    return None if row is None else Draft(moment_of(row[0]), row[1], json.loads(row[2]))


def _save_draft(database: Database, area: str, year: Year, made: Draft) -> None:
    with database.working() as c:
        c.execute(
            "INSERT INTO return_drafts (area, year, known_at, digest, figures) VALUES (?,?,?,?,?)"
            " ON CONFLICT (area, year, known_at) DO NOTHING",
            (area, year.text, instant(made.known_at), made.digest, canonical(made.answer)),
        )


# --- lines for the desk ---------------------------------------------------------------------------


def _first_lines(now: Draft) -> list[str]:
    """The line for an area's first draft; none if nothing is counted there."""
    counted = flat(now.answer)
    if not any(counted[cell] for cell in CELLS):
        return []
    people = now.answer["snapshot"]["total"]["total"]
    return [f"first draft, as known at {moment(now.known_at)}: {people} people in the snapshot"]


def _changed_lines(
    log: Log, c: Cursor, law: Law, area: str, year: Year, last: Draft, now: Draft
) -> list[str]:
    """The figures that differ from the last draft, and the people and entries that changed them."""
    population, since = now.answer["population"], last.known_at
    changed = changes(log, c, law, area, year, since, now.known_at, population, last.answer)
    again = _compute_draft(c, area, year, since, last.answer["population"])
    lines = [] if again.digest == last.digest else [RECOMPUTED_DIFFERENTLY]
    lines += [
        f"{cell['cell']} is {_shown(cell['is'])}, was {_shown(cell['was'])}"
        for cell in changed["cells"]
        if "total" not in cell["cell"].split(".")
    ]
    lines += [_person(person) for person in changed["people"][:MAX_PEOPLE_LISTED]]
    if len(changed["people"]) > MAX_PEOPLE_LISTED:
        lines.append(
            f"and {len(changed['people']) - MAX_PEOPLE_LISTED} people more: "
            f"tracker return {area} {year.text} --changes-since {moment(since)}"
        )
    return [f"since the draft as known at {moment(since)}", *lines] if lines else []


def _shown(figure: Figure) -> str:
    return "none" if figure is None else str(figure)


def _person(person: ChangedPerson) -> str:
    cells = (("left", person["left"]), ("joined", person["joined"]))
    moves = [f"{how} {', '.join(named)}" for how, named in cells if named]
    return f"{person['subject']} {' and '.join(moves)}: {', '.join(person['entries'])}"
