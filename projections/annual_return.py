"""The annual return of an area: its figures, and who is behind each cell.

The counting rules are section 4 of the contract; the return's keys are documented in
`docs/json.md`. Called by the command line and, later, by the scheduler.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from projections import counts, spells
from projections.typed import KNOWN, day, instant, iso
from projections.years import Year as Year
from tracker.domain.answers import moment
from tracker.domain.errors import TrackerError
from tracker.domain.law.dates import civil
from tracker.domain.occurrences import MANAGED
from tracker.store.database import Cursor

NOT_DIGESTED = ("digest", "status", "findings")


class NoSuchCell(TrackerError):
    """A path that names no figure of the return."""


@dataclass(frozen=True, slots=True)
class Case:
    """One person, order or return counted in a cell."""

    cell: str
    subject: str
    on: str
    ref: str = ""
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Happened:
    subject: str
    kind: str
    on: str
    ref: str
    location: str
    category: int | None
    level: int | None
    entries: tuple[str, ...]


class Reckoning:
    """The return of one area and year as known at a moment, every cell with its cases."""

    def __init__(self, c: Cursor, area: str, year: Year, known_at: datetime) -> None:
        self.area, self.year, self.known_at = area, year, known_at
        today = civil(known_at)
        self.complete = today > year.end
        self.day = min(year.end, today)
        self._c = c
        self._happened = self._occurrences()

    def _occurrences(self) -> list[_Happened]:
        # Category 4 is left out of every row of the area's return (contract, section 3).
        self._c.execute(
            "SELECT subject, kind, happened, ref, location, category, level, entries"
            " FROM view_occurrences WHERE area=:area AND happened>=:start AND happened<=:end"
            f" AND (category IS NULL OR category<>4) AND {KNOWN} ORDER BY happened, subject, ref",
            {
                "area": self.area,
                "start": day(self.year.start),
                "end": day(self.day),
                "known": instant(self.known_at),
            },
        )
        return [
            _Happened(r[0], r[1], str(iso(r[2])), r[3], r[4], r[5], r[6], tuple(json.loads(r[7])))
            for r in self._c.fetchall()
        ]

    def _of(self, kind: str) -> list[_Happened]:
        return [h for h in self._happened if h.kind == kind]

    def _people(self, cell: str, kind: str) -> list[Case]:
        """People, each once, by the last occurrence."""
        last = {h.subject: h for h in self._of(kind)}
        return [Case(cell, h.subject, h.on, h.ref, h.entries) for h in last.values()]

    def _each(self, cell: str, kind: str) -> list[Case]:
        """Orders, each counted, on people the area manages on the day."""
        return [
            Case(cell, h.subject, h.on, h.ref, h.entries)
            for h in self._of(kind)
            if h.location in MANAGED
        ]

    def snapshot(self) -> list[Case]:
        people = counts.snapshot_people(self._c, self.area, self.day, self.known_at)
        on = self.day.isoformat()
        return [Case(f"snapshot.level{n}.cat{k}", who, on) for who, n, k in people]

    def yearly(self) -> list[Case]:
        """Row 2: once, at the highest level, under the category of the last day at that level."""
        runs = counts.managed_at_level_2_or_3(
            self._c, self.area, self.year.start, self.day, self.known_at
        )
        best: dict[str, tuple[int, int]] = {}
        for subject, level, category, _ in runs:
            held = best.get(subject)
            if held is None or level >= held[0]:
                best[subject] = level, category
        return [
            Case(f"yearly_level2_3.level{n}.cat{k}", who, self.day.isoformat())
            for who, (n, k) in best.items()
        ]

    def _returned(self, kind: str) -> list[_Happened]:
        """Rows 7 and 8: once, at the highest level, the last return at that level."""
        best: dict[str, _Happened] = {}
        for h in self._of(kind):
            if h.level in (2, 3) and h.category in (1, 2, 3):
                held = best.get(h.subject)
                if held is None or h.level >= (held.level or 0):
                    best[h.subject] = h
        return list(best.values())

    def cases(self) -> list[Case]:
        """Every case behind every cell; margins are the sums of their cells."""
        return [*self.snapshot(), *self.of_the_year()]

    def of_the_year(self) -> list[Case]:
        """The cases of rows 2 to 8."""
        licence, order = "returned_to_custody_breach_of_licence", "breach_of_shpo"
        return [
            *self.yearly(),
            *self._people("cat1_cautioned_or_convicted_breach", "notification_breach"),
            *self._people("cat1_lifetime_revoked", "lifetime_revoked"),
            *self._each("orders.shpo", "shpo_made"),
            *self._each("orders.shpo_foreign_travel", "shpo_travel_made"),
            *self._each("orders.notification_order", "notification_order_made"),
            *self._people("sro_breach_became_subject", "sro_breach_subject"),
            *(
                Case(f"{licence}.level{h.level}.cat{h.category}", h.subject, h.on, h.ref, h.entries)
                for h in self._returned("returned_licence")
            ),
            *(
                Case(f"{order}.level{h.level}", h.subject, h.on, h.ref, h.entries)
                for h in self._returned("returned_shpo")
            ),
        ]

    def figures(self) -> dict[str, Any]:
        """Rows 1 to 8."""
        cells: dict[str, int] = {}
        for case in self.of_the_year():
            cells[case.cell] = cells.get(case.cell, 0) + 1
        shpo = {f"level{n}": cells.get(f"breach_of_shpo.level{n}", 0) for n in (2, 3)}
        return {
            "snapshot": counts.snapshot(self._c, self.area, self.day, self.known_at),
            "yearly_level2_3": _table(cells, "yearly_level2_3", (2, 3)),
            "cat1_cautioned_or_convicted_breach": cells.get(
                "cat1_cautioned_or_convicted_breach", 0
            ),
            "cat1_lifetime_revoked": cells.get("cat1_lifetime_revoked", 0),
            "orders": {
                name: cells.get(f"orders.{name}", 0)
                for name in ("shpo", "shpo_foreign_travel", "notification_order")
            },
            "sro_breach_became_subject": cells.get("sro_breach_became_subject", 0),
            "returned_to_custody_breach_of_licence": _table(
                cells, "returned_to_custody_breach_of_licence", (2, 3)
            ),
            "breach_of_shpo": shpo | {"total": sum(shpo.values())},
        }


def _table(cells: dict[str, int], name: str, levels: tuple[int, ...]) -> counts.Cells:
    found = [
        (n, k, number)
        for n in levels
        for k in counts.CATEGORIES
        if (number := cells.get(f"{name}.level{n}.cat{k}", 0))
    ]
    return counts.table(found, levels)


def rate_per_100k(people: int, residents: int) -> int:
    """People per 100,000 residents, to the nearest integer, halves up (row 9)."""
    return (people * 200_000 + residents) // (2 * residents)


def annual_return(
    c: Cursor, area: str, year: Year, known_at: datetime, population: dict[str, Any] | None
) -> dict[str, Any]:
    """The whole return; `population` is {aged_10_plus, base, source} or None."""
    reckoning = Reckoning(c, area, year, known_at)
    figures = reckoning.figures()
    registered = figures["snapshot"]["total"]["cat1"]
    residents = population["aged_10_plus"] if population else None
    answer = {
        "area": area,
        "year": year.text,
        "period_start": year.start.isoformat(),
        "period_end": year.end.isoformat(),
        "complete": reckoning.complete,
        "known_at": moment(known_at),
        **figures,
        "rate_per_100k": rate_per_100k(registered, residents) if residents else None,
        "population": population,
    }
    return answer | {
        "status": "draft",
        "digest": digest(answer),
        "findings": spells.findings(c, area, reckoning.day, known_at),
    }


def digest(answer: dict[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a return without digest, status and findings."""
    kept = {k: v for k, v in answer.items() if k not in NOT_DIGESTED}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _covers(cell: str, case: str) -> bool:
    """Whether a cell, which may be a margin, counts the cases of another cell."""
    asked, held = cell.split("."), case.split(".")
    if asked[0] != held[0]:
        return False
    padded = asked[1:] + ["total"] * (len(held) - len(asked))
    return all(a in ("total", h) for a, h in zip(padded, held[1:], strict=True))


def explain(
    c: Cursor, area: str, year: Year, known_at: datetime, cell: str, figures: dict[str, Any]
) -> dict[str, Any]:
    """The people and entries behind a cell, a margin or the rate (dotted path in the JSON).

    Raises NoSuchCell for a path that names no figure.
    """
    number = _figure(figures, cell)
    asked = "snapshot.total.cat1" if cell == "rate_per_100k" else cell
    reckoning = Reckoning(c, area, year, known_at)
    found = [case for case in reckoning.cases() if _covers(asked, case.cell)]
    return {
        "area": area,
        "year": year.text,
        "known_at": moment(known_at),
        "cell": cell,
        "figure": number,
        "cases": [
            _case(c, case, reckoning) for case in sorted(found, key=lambda x: (x.subject, x.on))
        ],
    }


def _figure(figures: dict[str, Any], cell: str) -> int | None:
    value: Any = {name: row for name, row in figures.items() if name != "population"}
    for part in cell.split("."):
        value = value.get(part) if isinstance(value, dict) and part in value else ...
    if value is ... or isinstance(value, dict | list | str | bool):
        raise NoSuchCell(
            f"no figure {cell!r} in the return; a cell is a dotted path such as "
            "snapshot.level2.cat1, orders.shpo or rate_per_100k"
        )
    return value  # type: ignore[no-any-return]


def _case(c: Cursor, case: Case, reckoning: Reckoning) -> dict[str, Any]:
    shape: dict[str, Any] = {"subject": case.subject, "cell": case.cell, "on": case.on}
    if case.ref:
        shape["ref"] = case.ref
    entries: Iterable[str] = case.entries
    if not entries:
        on = date.fromisoformat(case.on)
        held = spells.holding(c, case.subject, on, reckoning.known_at)
        tracks = ("area", "location", "notification", "category", "level")
        shape["spells"] = [
            {k: s[k] for k in ("track", "value", "ref", "start", "until", "rule")}
            for s in held
            if s["track"] in tracks
        ]
        entries = dict.fromkeys(
            e for s in held if s["track"] in tracks for e in json.loads(s["entries"])
        )
    return shape | {"entries": list(entries)}
