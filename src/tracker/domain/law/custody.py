"""Where a person is: area, location, stays in custody, licences. For `timeline` and the clocks.

Custody stops the three-day clocks of ss.83 and 84, never the notification period (s.83(6)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.domain import facts as f
from tracker.domain.dates import DAY
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Run, runs_of

AREA_FACTS: frozenset[type[f.Fact]] = frozenset({f.IndividualRegistered, f.IndividualTransferred})
LOCATION_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.CustodyEntered, f.CustodyLeft, f.IndividualDeparted, f.IndividualReturned, f.IndividualDied}
)
STAY_FACTS: frozenset[type[f.Fact]] = LOCATION_FACTS - {f.IndividualReturned}
LICENCE_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.CustodyLeft, f.LicenceEnded, f.IndividualDied}
)
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


def areas(entries: Sequence[Entry]) -> list[Run]:
    """Runs of the managing area, from registration on."""
    points: list[tuple[date, str, str]] = []
    for entry in entries:
        if type(entry.fact) is f.IndividualRegistered:
            points.append((entry.fact.on, entry.fact.area, entry.name))
        elif type(entry.fact) is f.IndividualTransferred:
            points.append((entry.fact.on, entry.fact.to_area, entry.name))
    return runs_of(points)


def _where(fact: f.Fact, now: str) -> str:
    # `isinstance` of a model that it is not is slow, and this is asked of every fact.
    if type(fact) is f.CustodyEntered:
        return "hospital" if fact.kind == "hospital" else "custody"
    if type(fact) is f.CustodyLeft:
        return "community" if now in INSIDE else now
    if type(fact) is f.IndividualDeparted:
        return "abroad"
    if type(fact) is f.IndividualReturned:
        return "community" if now == "abroad" else now
    return "dead"


def moves(entries: Sequence[Entry]) -> list[Run]:
    """Runs of location from the first fact that tells one: before it, in the community."""
    points: list[tuple[date, str, str]] = []
    now = "community"
    for entry in entries:
        if now == "dead":
            break
        now, day = _where(entry.fact, now), entry.fact.on
        if points and points[-1][0] == day:
            points.pop()  # a day has the value it ends with
        points.append((day, now, entry.name))
    runs: list[Run] = []
    for n, (day, value, name) in reversed(list(enumerate(points))):
        if n == 0 or points[n - 1][1] != value:
            runs.append(Run(day, runs[-1].start if runs else None, value, (name,)))
    return runs[::-1]


def locations(moves: Sequence[Run], start: date) -> list[Run]:
    """Runs of location from `start` on: in the community until a fact says otherwise."""
    if moves and moves[0].start == start:
        return list(moves)
    if moves and moves[0].value == "community":
        return [Run(start, moves[0].until, "community"), *moves[1:]]
    return [Run(start, moves[0].start if moves else None, "community"), *moves]


def location_at(entries: Sequence[Entry], day: date) -> str:
    """The location that holds at the end of a day, from the entries that count."""
    now = "community"
    for entry in entries:
        if entry.fact.on > day:
            break
        if type(entry.fact) in LOCATION_FACTS and now != "dead":
            now = _where(entry.fact, now)
    return now


def stays(entries: Sequence[Entry]) -> list[Stay]:
    """Every stay inside, in order; only release, departure or death ends one."""
    found: list[Stay] = []
    inside: Stay | None = None
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.CustodyEntered:
            if inside is None:
                inside = Stay(fact.on)
                found.append(inside)
            inside.entries.append(entry.name)
            if fact.conviction_id and fact.kind in ("remand", "sentence", "hospital"):
                inside.convictions.add(fact.conviction_id)
        elif inside:  # released, departed or dead
            inside.until = fact.on
            inside.entries.append(entry.name)
            inside = None
        if type(fact) is f.IndividualDied:
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
        close(fact.on)
        if type(fact) is f.CustodyLeft:
            until = None if fact.licence_until is None else fact.licence_until + DAY
            if fact.licence_for_life or (until is not None and until > fact.on):
                end = None if fact.licence_for_life else until
                found.append(Run(fact.on, end, "licence", (entry.name,)))
        elif type(fact) is f.IndividualDied:
            break
    return found


def died_on(deaths: Sequence[Entry]) -> date | None:
    """The day of death, the earliest where several are recorded."""
    return min((entry.fact.on for entry in deaths), default=None)
