"""Where a person is: location, stays in custody, licences. Called by `timeline` and the clocks.

Custody stops the three-day clocks of ss.83 and 84, never the notification period (s.83(6)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.domain import facts as f
from tracker.domain.entries import Entry
from tracker.domain.law.dates import DAY, earliest
from tracker.domain.spells import Run, runs_of

LOCATION_FACTS = (
    f.CustodyEntered, f.CustodyLeft, f.IndividualDeparted, f.IndividualReturned, f.IndividualDied,
)  # fmt: skip
INSIDE = frozenset({"custody", "hospital"})


@dataclass(slots=True)
class Stay:
    """One unbroken time inside, whatever its kinds; `convictions` are those it is in relation to.

    A remand, sentence or hospital detention that names a conviction is in relation to it
    (s.91B(10)); a recall is not.
    """

    start: date
    until: date | None = None
    convictions: set[str] = field(default_factory=set)
    entries: list[str] = field(default_factory=list)


def _where(fact: f.Fact, now: str) -> str:
    match fact:
        case f.CustodyEntered(kind=kind):
            return "hospital" if kind == "hospital" else "custody"
        case f.CustodyLeft():
            return "community" if now in INSIDE else now
        case f.IndividualDeparted():
            return "abroad"
        case f.IndividualReturned():
            return "community" if now == "abroad" else now
        case f.IndividualDied():
            return "dead"
    return now


def locations(entries: Sequence[Entry], start: date) -> list[Run]:
    """Runs of location from `start` on: in the community until a fact says otherwise."""
    points: list[tuple[date, str, str]] = [(start, "community", "")]
    now = "community"
    for entry in entries:
        if isinstance(entry.fact, LOCATION_FACTS) and now != "dead":
            now = _where(entry.fact, now)
            points.append((entry.fact.on, now, entry.name))
    return runs_of(points)


def location_at(entries: Sequence[Entry], day: date) -> str:
    """The location that holds at the end of a day, from the entries that count."""
    now = "community"
    for entry in entries:
        if entry.fact.on > day:
            break
        if isinstance(entry.fact, LOCATION_FACTS) and now != "dead":
            now = _where(entry.fact, now)
    return now


def stays(entries: Sequence[Entry]) -> list[Stay]:
    """Every stay inside, in order; only release, departure or death ends one."""
    found: list[Stay] = []
    inside: Stay | None = None
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, f.CustodyEntered):
            if inside is None:
                inside = Stay(fact.on)
                found.append(inside)
            inside.entries.append(entry.name)
            if fact.conviction_id and fact.kind in ("remand", "sentence", "hospital"):
                inside.convictions.add(fact.conviction_id)
        elif inside and isinstance(fact, f.CustodyLeft | f.IndividualDeparted | f.IndividualDied):
            inside.until = fact.on
            inside.entries.append(entry.name)
            inside = None
        if isinstance(fact, f.IndividualDied):
            break
    return found


def licences(entries: Sequence[Entry]) -> list[Run]:
    """Runs of licence, from release to its end; a later release replaces what it left."""
    found: list[Run] = []

    def close(day: date) -> None:
        if found and (found[-1].until is None or found[-1].until > day):
            last = found.pop()
            if last.start < day:
                found.append(last.ending(day))

    for entry in entries:
        fact = entry.fact
        if isinstance(fact, f.CustodyLeft):
            close(fact.on)
            until = None if fact.licence_until is None else fact.licence_until + DAY
            if fact.licence_for_life or (until is not None and until > fact.on):
                end = None if fact.licence_for_life else until
                found.append(Run(fact.on, end, "licence", (entry.name,)))
        elif isinstance(fact, f.LicenceEnded | f.IndividualDied):
            close(fact.on)
        if isinstance(fact, f.IndividualDied):
            break
    return found


def died_on(entries: Sequence[Entry]) -> date | None:
    """The day of death, the earliest where several are recorded."""
    day: date | None = None
    for entry in entries:
        if isinstance(entry.fact, f.IndividualDied):
            day = earliest(day, entry.fact.on)
    return day
