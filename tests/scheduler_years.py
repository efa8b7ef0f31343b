"""Simulated years of people who may become eligible for review; used by the tests of flags.

`people` gives the facts recorded before the years begin, `news` those that officers record on each
day, some of them late. `expected` works out, day by day and from the record alone (ss.91A-91B),
what should have been flagged and withdrawn; it uses no code of the scheduler.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tracker.domain import facts as f
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry
from wire import Event, convicted, event, made, registered, void

AREAS = ("cheshire", "merseyside", "warwickshire")
DAY = timedelta(days=1)
WHY = {"rule": "any", "reason": "as the court said", "by": "supt.1"}
News = dict[date, list[list[Event]]]


def _at(day: date) -> str:
    return f"{day}T09:00:00Z"


def _date(chance: random.Random, first: date, last: date) -> date:
    return first + chance.randrange((last - first).days) * DAY


def people(chance: random.Random, number: int, start: date) -> Iterator[Event]:
    """The facts about `number` people, recorded before `start`, person by person."""
    for n in range(number):
        yield from sorted(_person(chance, f"P-{n}", start), key=lambda one: str(one["time"]))


def _person(chance: random.Random, who: str, start: date) -> Iterator[Event]:
    young = chance.random() < 0.2
    back = 8 if young else 15
    notified = _date(chance, start.replace(year=start.year - back - 1), start.replace(
        year=start.year - back + 6))  # fmt: skip
    notified = min(notified, start - 30 * DAY)
    convicted_on = notified - chance.randrange(900, 1500) * DAY
    born = convicted_on.replace(
        day=1, year=convicted_on.year - (16 if young else chance.randrange(20, 60))
    )
    given: dict[str, Any] = {"subject": who}

    def dated(made_: Event, on: date) -> Event:
        return made_ | {"time": _at(on)}

    area = chance.choice(AREAS)
    yield dated(registered(f"{who}-r", f"{convicted_on}", area=area, date_of_birth=f"{born}",
                           name=f"Person {who}", **given), convicted_on)  # fmt: skip
    yield dated(convicted(f"{who}-c", f"{convicted_on}", **given), convicted_on)
    inside = event(f"{who}-i", "custody.entered", f"{convicted_on}", kind="sentence",
                   conviction_id="C1", **given)  # fmt: skip
    yield dated(inside, convicted_on)
    out = notified - chance.randrange(1, 4) * DAY
    if chance.random() < 0.04:
        return  # never released so far
    yield dated(event(f"{who}-o", "custody.left", f"{out}", **given), out)
    notice = event(f"{who}-n", "notification.given", f"{notified}", kind="initial", **given)
    yield dated(notice, notified)
    if chance.random() < 0.15:
        ends = {"ends_on": f"{_date(chance, start, start.replace(year=start.year + 6))}"}
        on = max(notified + DAY, date(2015, 4, 1))
        yield dated(made(f"{who}-s", f"{on}", "S0", override=WHY, **given, **ends), on)


# --- what officers record during the years --------------------------------------------------------


def news(chance: random.Random, number: int, start: date, days: int) -> News:
    """The facts recorded on each day, in lists recorded together; some will be refused."""
    by_day: News = {}
    for n in range(number + number // 2):
        day = start + chance.randrange(days) * DAY
        who = f"P-{chance.randrange(number)}"
        by_day.setdefault(day, []).append(_piece(chance, who, day, f"{who}-x{n}"))
    return by_day


def _piece(chance: random.Random, who: str, day: date, id: str) -> list[Event]:
    given: dict[str, Any] = {"subject": who, "time": f"{day}T12:00:00Z"}
    late = day - chance.randrange(200) * DAY
    how = chance.choice(
        ("notified", "notified", "order", "order", "applies", "set", "died", "moved", "quashed")
    )
    if how == "notified":  # the first notification turns out to have been on another day
        on = day - chance.randrange(2_500, 6_500) * DAY
        right = event(f"{id}b", "notification.given", f"{on}", kind="initial", corrects=f"{who}-n",
                      **given)  # fmt: skip
        return [void(f"{id}a", f"{who}-n", f"{day}", **given), right]
    if how == "order":
        ends = {"ends_on": f"{day + chance.randrange(20, 900) * DAY}"}
        return [made(id, f"{late}", id, override=WHY, **given, **ends)]
    if how == "applies":
        determined = {"determined_by": "a superintendent", "rank": "superintendent"}
        outcome = chance.choice(("continues", "revoked"))
        review = [
            event(f"{id}a", "review.applied", f"{late}", review_id=id, **given),
            event(f"{id}b", "review.determined", f"{day}", review_id=id, outcome=outcome,
                  **determined, **given),
        ]  # fmt: skip
        if outcome == "revoked":
            review.append(
                event(f"{id}c", "review.notice_received", f"{day}", review_id=id, **given)
            )
        return review
    if how == "set":
        qualifies = day + chance.randrange(-100, 700) * DAY
        return [event(id, "review.qualifying_date_set", f"{late}", qualifying_on=f"{qualifies}",
                      authorised_by="supt.1", reason="so", override=WHY, **given)]  # fmt: skip
    if how == "died":
        return [event(id, "individual.died", f"{late}", **given)]
    if how == "quashed":
        return [event(id, "conviction.quashed", f"{late}", conviction_id="C1", **given)]
    return [event(id, "individual.transferred", f"{late}", to_area=chance.choice(AREAS), **given)]


# --- what should have been done, day by day -------------------------------------------------------


@dataclass(frozen=True, order=True)
class Done:
    """A flag or withdrawal about a person that the scheduler should record for a day, or did."""

    day: date
    subject: str
    act: str
    qualifying_on: date
    flagged_on: date


def expected(
    records: Mapping[str, Sequence[Entry]], runs: Mapping[date, datetime], law: Law
) -> list[Done]:
    """What the scheduler should record, by brute force.

    `records` has what officers recorded; `runs` the moment at which each day's job ran.
    """
    return sorted(
        done
        for subject, entries in records.items()
        for done in _expected_for(subject, entries, runs, law)
    )


def _expected_for(
    subject: str, entries: Sequence[Entry], runs: Mapping[date, datetime], law: Law
) -> Iterator[Done]:
    stand: list[tuple[date, date]] = []  # day, qualifying date
    known, t = 0, None
    for day in sorted(runs):
        reached = sum(1 for entry in entries if entry.recorded_at <= runs[day])
        if reached != known:
            known, t = reached, timeline(subject, entries[:reached], law)
            for flag in [one for one in stand if t is None or not _true(t, *one)]:
                stand.remove(flag)
                yield Done(day, subject, "withdrawn", flag[1], flag[0])
        if t is None or not t.eligible(day):
            continue
        standing = t.review_on(day)
        assert standing is not None
        assert standing.on is not None
        if standing.on not in {qualifying for _, qualifying in stand}:
            stand.append((day, standing.on))
            yield Done(day, subject, "flagged", standing.on, day)


def _true(t: Timeline, on: date, qualifying_on: date) -> bool:
    standing = t.review_on(on)
    return t.eligible(on) and standing is not None and standing.on == qualifying_on


def done_by_scheduler(records: Mapping[str, Sequence[Entry]], source: str) -> list[Done]:
    """What the scheduler did, read from its own entries: their ids begin with act and day."""
    return sorted(done for entries in records.values() for done in in_order(entries, source))


def in_order(entries: Sequence[Entry], source: str) -> Iterator[Done]:
    """The same for one person, in the order recorded."""
    by_id = {entry.id: entry for entry in entries}
    for entry in entries:
        if entry.source != source:
            continue
        act, day = entry.id.split(":")[:2]
        flag = entry.fact
        if isinstance(flag, f.EntryVoided):
            flag = by_id[flag.entry].fact
        assert isinstance(flag, f.ReviewEligibilityFlagged)
        yield Done(date.fromisoformat(day), entry.subject, act, flag.qualifying_on, flag.on)
