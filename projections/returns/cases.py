"""The counting rules of the annual return: which person, order or return counts in which cell.

One rule for the rows of the views (`computed_return`) and for one person's timeline (`changes`,
`movement`, `why_not`). Section 4 of the contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from projections.returns.years import Year
from projections.views import counts
from tracker.domain.dates import DAY, civil
from tracker.domain.meaning.occurrences import MANAGED, Counted
from tracker.domain.meaning.timeline import Timeline

LICENCE, SHPO = "returned_to_custody_breach_of_licence", "breach_of_shpo"
# Cells of people, each once, and of orders, each counted: the occurrences behind them.
PEOPLE = {
    "cat1_cautioned_or_convicted_breach": "notification_breach",
    "cat1_lifetime_revoked": "lifetime_revoked",
    "sro_breach_became_subject": "sro_breach_subject",
}
ORDERS = {
    "orders.shpo": "shpo_made",
    "orders.shpo_foreign_travel": "shpo_travel_made",
    "orders.notification_order": "notification_order_made",
}
RETURNS = {LICENCE: "returned_licence", SHPO: "returned_shpo"}
HIGHER = (2, 3)


@dataclass(frozen=True, slots=True)
class Case:
    """One person, order or return counted in a cell."""

    cell: str
    subject: str
    on: str
    ref: str = ""
    entries: tuple[str, ...] = ()


class Happened(NamedTuple):
    """An occurrence within the days counted, of the area on the day that counts."""

    subject: str
    kind: str
    on: date
    ref: str
    location: str
    category: int | None
    level: int | None
    entries: tuple[str, ...]


class Stint(NamedTuple):
    """A run of days managed at level 2 or 3; `last` is its last day, or the last day counted."""

    subject: str
    level: int
    category: int
    last: date


def last_day(year: Year, known_at: datetime) -> date:
    """The last day that a return counts: of the year, or the day of the moment before that."""
    return min(year.end, civil(known_at))


def in_snapshot(people: Iterable[tuple[str, int, int]], on: date) -> list[Case]:
    """Row 1, from (subject, level, category) of everybody in it."""
    return [Case(f"snapshot.level{n}.cat{k}", who, on.isoformat()) for who, n, k in people]


def of_the_year(happened: Sequence[Happened], stints: Iterable[Stint]) -> list[Case]:
    """Rows 2 to 8, from what happened by day, subject and reference, and stints by start."""
    kinds: dict[str, list[Happened]] = {}
    for h in happened:
        kinds.setdefault(h.kind, []).append(h)
    return [
        *_yearly(stints),
        *(case for cell, kind in PEOPLE.items() for case in _people(cell, kinds.get(kind, ()))),
        *(case for cell, kind in ORDERS.items() for case in _each(cell, kinds.get(kind, ()))),
        *(case for row, kind in RETURNS.items() for case in _returned(row, kinds.get(kind, ()))),
    ]


def _yearly(stints: Iterable[Stint]) -> list[Case]:
    """Row 2: once, at the highest level, under the category of the last day at that level."""
    best: dict[str, Stint] = {}
    for stint in stints:
        held = best.get(stint.subject)
        if held is None or stint.level >= held.level:
            best[stint.subject] = stint
    return [
        Case(f"yearly_level2_3.level{s.level}.cat{s.category}", s.subject, s.last.isoformat())
        for s in best.values()
    ]


def _people(cell: str, happened: Iterable[Happened]) -> Iterator[Case]:
    """People, each once, by the last occurrence."""
    return (_case(cell, h) for h in {h.subject: h for h in happened}.values())


def _each(cell: str, happened: Iterable[Happened]) -> Iterator[Case]:
    """Orders, each counted, on people the area manages on the day."""
    return (_case(cell, h) for h in happened if h.location in MANAGED)


def _returned(row: str, happened: Iterable[Happened]) -> Iterator[Case]:
    """Rows 7 and 8: once, at the highest level, the last return at that level."""
    best: dict[str, Happened] = {}
    for h in happened:
        if h.level in HIGHER and h.category in counts.CATEGORIES:
            held = best.get(h.subject)
            if held is None or h.level >= (held.level or 0):
                best[h.subject] = h
    for h in best.values():
        column = f".cat{h.category}" if row == LICENCE else ""
        yield _case(f"{row}.level{h.level}{column}", h)


def _case(cell: str, h: Happened) -> Case:
    return Case(cell, h.subject, h.on.isoformat(), h.ref, h.entries)


# --- of one person ------------------------------------------------------------------------------


def of_person(t: Timeline | None, area: str, start: date, day: date) -> list[Case]:
    """The cases of one person in every row, of the days from `start` to `day`."""
    if t is None:
        return []
    standing = [(t.subject, run.level or 0, run.category) for run in t.counted
                if _in_snapshot(run, area, day)]  # fmt: skip
    stints = [
        Stint(t.subject, run.level or 0, run.category, _last(run, day))
        for run in t.counted
        if _at_level_2_or_3(run, area, start, day)
    ]
    happened = [
        Happened(t.subject, o.kind, o.on, o.ref, o.location, o.category, o.level, o.entries)
        for o in t.occurrences
        if o.area == area and start <= o.on <= day and o.category != 4
    ]
    return [*in_snapshot(standing, day), *of_the_year(happened, stints)]


def _in_snapshot(run: Counted, area: str, day: date) -> bool:
    return (
        run.start <= day
        and (run.until is None or day < run.until)
        and run.area == area
        and run.location == "community"
        and run.category in counts.CATEGORIES
        and run.level is not None
    )


def _at_level_2_or_3(run: Counted, area: str, start: date, day: date) -> bool:
    return (
        start <= day  # a year not yet begun has no day that counts
        and run.start <= day
        and (run.until is None or start < run.until)
        and run.area == area
        and run.location in MANAGED
        and run.category in counts.CATEGORIES
        and run.level in HIGHER
    )


def _last(run: Counted, day: date) -> date:
    return day if run.until is None else min(run.until - DAY, day)


# --- cells and figures --------------------------------------------------------------------------


def tally(cases: Iterable[Case]) -> dict[str, int]:
    """How many cases each cell counts."""
    cells: dict[str, int] = {}
    for case in cases:
        cells[case.cell] = cells.get(case.cell, 0) + 1
    return cells


def figures(cells: Mapping[str, int], snapshot: counts.Cells) -> dict[str, Any]:
    """Rows 1 to 8, from the tally of rows 2 to 8 and the table of row 1."""
    shpo = {f"level{n}": cells.get(f"{SHPO}.level{n}", 0) for n in HIGHER}
    single = {cell: cells.get(cell, 0) for cell in PEOPLE}
    became = single.pop("sro_breach_became_subject")
    return {
        "snapshot": snapshot,
        "yearly_level2_3": table(cells, "yearly_level2_3", HIGHER),
        **single,
        "orders": {cell.partition(".")[2]: cells.get(cell, 0) for cell in ORDERS},
        "sro_breach_became_subject": became,
        LICENCE: table(cells, LICENCE, HIGHER),
        SHPO: shpo | {"total": sum(shpo.values())},
    }


def table(
    cells: Mapping[str, int], name: str, levels: tuple[int, ...] = counts.LEVELS
) -> counts.Cells:
    """The level × category table of a row, with its margins."""
    found = [
        (n, k, number)
        for n in levels
        for k in counts.CATEGORIES
        if (number := cells.get(f"{name}.level{n}.cat{k}", 0))
    ]
    return counts.table(found, levels)


def flat(figures: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """The figures by their dotted paths."""
    found: dict[str, Any] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = value
    return found


def covers(cell: str, case: str) -> bool:
    """Whether a cell, which may be a margin, counts the cases of another cell."""
    asked, held = cell.split("."), case.split(".")
    if asked[0] != held[0]:
        return False
    padded = asked[1:] + ["total"] * (len(held) - len(asked))
    return all(a in ("total", h) for a, h in zip(padded, held[1:], strict=True))


CELLS = frozenset(flat(figures({}, counts.table(())))) | {"rate_per_100k"}
