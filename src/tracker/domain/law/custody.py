"""Where a person is: area, location, stays in custody or hospital, and licences.

Called by `timeline` and the clocks.

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
    """One unbroken time in custody or hospital: `[start, until)`, or still going on.

    `convictions` are those that the stay relates to (s.91B(10)): the ones named by a remand, a
    sentence or a hospital detention. A recall relates to none.
    """

    start: date
    until: date | None = None
    convictions: set[str] = field(default_factory=set)
    entries: list[str] = field(default_factory=list)


def areas(entries: Sequence[Entry]) -> list[Run]:
    """The managing area as runs of days, from registration on."""
    points: list[tuple[date, str, str]] = []
    for entry in entries:
        if type(entry.fact) is f.IndividualRegistered:
            points.append((entry.fact.on, entry.fact.area, entry.name))
        elif type(entry.fact) is f.IndividualTransferred:
            points.append((entry.fact.on, entry.fact.to_area, entry.name))
    return runs_of(points)


def _location_after(fact: f.Fact, now: str) -> str:
    # `type(...) is`: a failing `isinstance` on these models is slow, and this runs for every fact.
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
    """The location as runs of days, from the first fact that changes it; community until then."""
    points: list[tuple[date, str, str]] = []
    now = "community"
    for entry in entries:
        if now == "dead":
            break
        now, day = _location_after(entry.fact, now), entry.fact.on
        if points and points[-1][0] == day:
            points.pop()  # the last change of a day counts for that day
        points.append((day, now, entry.name))
    runs: list[Run] = []
    for n, (day, value, name) in reversed(list(enumerate(points))):
        if n == 0 or points[n - 1][1] != value:
            runs.append(Run(day, runs[-1].start if runs else None, value, (name,)))
    return runs[::-1]


def locations(moves: Sequence[Run], start: date) -> list[Run]:
    """The runs of `moves` with the days from `start` put before them, in the community."""
    if moves and moves[0].start == start:
        return list(moves)
    if moves and moves[0].value == "community":
        return [Run(start, moves[0].until, "community"), *moves[1:]]
    return [Run(start, moves[0].start if moves else None, "community"), *moves]


def location_at(entries: Sequence[Entry], day: date) -> str:
    """The location at the end of a day. `entries` are those that count, in acting order."""
    now = "community"
    for entry in entries:
        if entry.fact.on > day:
            break
        if type(entry.fact) in LOCATION_FACTS and now != "dead":
            now = _location_after(entry.fact, now)
    return now


def stays(entries: Sequence[Entry]) -> list[Stay]:
    """Every stay in custody or hospital, in order; only release, departure or death ends one."""
    stays: list[Stay] = []
    inside: Stay | None = None
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.CustodyEntered:
            if inside is None:
                inside = Stay(fact.on)
                stays.append(inside)
            inside.entries.append(entry.name)
            if fact.conviction_id and fact.kind in ("remand", "sentence", "hospital"):
                inside.convictions.add(fact.conviction_id)
        elif inside:  # released, departed or dead
            inside.until = fact.on
            inside.entries.append(entry.name)
            inside = None
        if type(fact) is f.IndividualDied:
            break
    return stays


def licences(entries: Sequence[Entry]) -> list[Run]:
    """Each licence as a run of days from release to its end; a later release cuts it short."""
    runs: list[Run] = []

    def close(day: date) -> None:
        if runs and (runs[-1].until is None or runs[-1].until > day):
            last = runs.pop()
            if last.start < day:
                runs.append(last.ending(day))

    for entry in entries:
        fact = entry.fact
        close(fact.on)
        if type(fact) is f.CustodyLeft:
            until = None if fact.licence_until is None else fact.licence_until + DAY
            if fact.licence_for_life or (until is not None and until > fact.on):
                end = None if fact.licence_for_life else until
                runs.append(Run(fact.on, end, "licence", (entry.name,)))
        elif type(fact) is f.IndividualDied:
            break
    return runs


def died_on(deaths: Sequence[Entry]) -> date | None:
    """The day of death: the earliest, where several are recorded; None for a living person."""
    return min((entry.fact.on for entry in deaths), default=None)
