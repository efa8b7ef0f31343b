"""Draft returns: what every area's return said on a night, kept, and what changed since the last.

Called by the jobs of the year end (`drafts`). A draft is kept once for its moment: a run that was
cut short goes on where it stopped, and says the same again.
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
from projections.returns.populations import Populations, attached
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
MOST = 20  # people named in one message; the command names them all
VIEWS = ("spells", "counts", "annual_return")
OTHERWISE = (
    "what was known then now comes out differently: the tables of law or the counting setting have "
    "changed, or entries have come in with earlier times of their own"
)


@dataclass(slots=True)
class Drafted:
    """What came of it: how many areas were drafted, kept already, or left alone as frozen.

    `changed` are lines for the desk of each area whose return is not as the last draft had it:
    cells, references and names of entries, no personal data.
    """

    areas: int = 0
    kept: int = 0
    frozen: int = 0
    changed: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draft:
    """A return as it is kept."""

    known_at: datetime
    digest: str
    answer: ReturnAnswer


def night(year: Year) -> datetime:
    """The midnight that ends a year: its return is complete from then on."""
    return datetime.combine(year.end + DAY, time.min, LONDON).astimezone(UTC)


def nothing_frozen(area: str, year: str) -> bool:
    """Of a store in which no return was ever frozen."""
    return False


def draft(
    log: Log,
    engine: Engine,
    law: Law,
    year: Year,
    known_at: datetime,
    areas: Iterable[str],
    populations: Populations,
    report: ReportSettings = ReportSettings(),
    go_on: Callable[[], None] = lambda: None,
    frozen: Frozen = nothing_frozen,
) -> Drafted:
    """Computes the return of every area as known at a moment, keeps it, says what changed.

    An area whose return of the year is `frozen` is left alone. `go_on` is asked before each area,
    and may raise; what was kept until then stays.
    """
    done = Drafted()
    for area in areas:
        go_on()
        if frozen(area, year.text):
            done.frozen += 1
            continue
        with engine.reading(*VIEWS) as c:
            kept = _read(c, area, year, known_at, "=")
            population = attached(area, year, populations)
            now = kept or _computed(c, area, year, known_at, population, report)
            last = _read(c, area, year, known_at, "<")
            lines = _first(now) if last is None else _changed(log, c, law, area, year, last, now)
        if kept is None:
            _keep(log.database, area, year, now)
        done.areas += 1
        done.kept += kept is not None
        if lines:
            done.changed[area] = lines
    return done


def _computed(
    c: Cursor,
    area: str,
    year: Year,
    known_at: datetime,
    population: AttachedPopulation | None,
    report: ReportSettings = ReportSettings(),
) -> Draft:
    answer = annual_return(c, area, year, known_at, population, report)
    return Draft(known_at, answer["digest"], answer)


def _read(c: Cursor, area: str, year: Year, known_at: datetime, which: str) -> Draft | None:
    """The draft of that very moment (`=`), or the last one before it (`<`)."""
    c.execute(
        "SELECT known_at, digest, figures FROM return_drafts"
        f" WHERE area=? AND year=? AND known_at{which}? ORDER BY known_at DESC LIMIT 1",
        (area, year.text, instant(known_at)),
    )
    row = c.fetchone()
    return None if row is None else Draft(moment_of(row[0]), row[1], json.loads(row[2]))


def _keep(database: Database, area: str, year: Year, made: Draft) -> None:
    with database.working() as c:
        c.execute(
            "INSERT INTO return_drafts (area, year, known_at, digest, figures) VALUES (?,?,?,?,?)"
            " ON CONFLICT (area, year, known_at) DO NOTHING",
            (area, year.text, instant(made.known_at), made.digest, canonical(made.answer)),
        )


# --- what the desk is told -----------------------------------------------------------------------


def _first(now: Draft) -> list[str]:
    """Of an area where nothing is counted there is nothing to tell."""
    counted = flat(now.answer)
    if not any(counted[cell] for cell in CELLS):
        return []
    people = now.answer["snapshot"]["total"]["total"]
    return [f"first draft, as known at {moment(now.known_at)}: {people} people in the snapshot"]


def _changed(
    log: Log, c: Cursor, law: Law, area: str, year: Year, last: Draft, now: Draft
) -> list[str]:
    """The figures that are others than in the last draft, and whose cases and entries made them."""
    population, since = now.answer["population"], last.known_at
    found = changes(log, c, law, area, year, since, now.known_at, population, last.answer)
    again = _computed(c, area, year, since, last.answer["population"])
    lines = [] if again.digest == last.digest else [OTHERWISE]
    lines += [
        f"{cell['cell']} is {_shown(cell['is'])}, was {_shown(cell['was'])}"
        for cell in found["cells"]
        if "total" not in cell["cell"].split(".")
    ]
    lines += [_person(person) for person in found["people"][:MOST]]
    if len(found["people"]) > MOST:
        lines.append(
            f"and {len(found['people']) - MOST} people more: "
            f"tracker return {area} {year.text} --changes-since {moment(since)}"
        )
    return [f"since the draft as known at {moment(since)}", *lines] if lines else []


def _shown(figure: Figure) -> str:
    return "none" if figure is None else str(figure)


def _person(person: ChangedPerson) -> str:
    cells = (("left", person["left"]), ("joined", person["joined"]))
    moves = [f"{how} {', '.join(named)}" for how, named in cells if named]
    return f"{person['subject']} {' and '.join(moves)}: {', '.join(person['entries'])}"
