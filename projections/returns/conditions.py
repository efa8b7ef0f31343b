"""The conditions of the counting rules in words: checks one person on a day, and says what is the
case where a condition fails. Used by `why_not` and `events`; the rules are in `counting_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from projections.returns.counting_rules import CATEGORIES, Column, Condition, Value
from tracker.domain.facts import CategoryEnded
from tracker.domain.meaning.standing import Standing, run_on
from tracker.domain.meaning.timeline import Timeline

PLACES = {
    "community": "in the community", "custody": "in custody", "hospital": "in hospital",
    "abroad": "abroad", "dead": "dead",
}  # fmt: skip


class Explanation(NamedTuple):
    """A sentence for the reader, with the names of the entries behind it."""

    text: str
    entries: tuple[str, ...] = ()


class Failed(NamedTuple):
    """The first condition that fails: its index, the last day that met all before it, the facts."""

    number: int
    day: date
    actual: Explanation


def first_failing(
    t: Timeline, days: Sequence[date], conditions: Sequence[Condition]
) -> Failed | None:
    """The first condition met on none of the days that met all before it; None if all are met."""
    for number, condition in enumerate(conditions):
        remaining = [day for day in days if condition.met_by(VALUE[condition.column](t, day))]
        if not remaining:
            return Failed(number, days[-1], ACTUAL[condition.column](t, days[-1]))
        days = remaining
    return None


def last_days_before_changes(t: Timeline, start: date, day: date) -> list[date]:
    """The last day of each stretch in which area, location, category and level stay the same.

    Stretches run from `start`; the last of these days is `day`.
    """
    changes = {r.start for runs in (t.areas, t.locations, t.standings) for r in runs}
    firsts = sorted(first for first in changes if start < first <= day)
    return [*(date.fromordinal(first.toordinal() - 1) for first in firsts), day]


# --- what is the case ----------------------------------------------------------------------------


def _category(t: Timeline, day: date) -> int | None:
    standing = t.standing(day)
    return standing.category if standing else None


def _level(t: Timeline, day: date) -> int | None:
    standing = t.standing(day)
    return standing.level if standing else None


def _area(t: Timeline, day: date) -> Explanation:
    run = run_on(t.areas, day)
    if run is None:
        return Explanation(f"managed by no area on {day}", t.areas[0].entries if t.areas else ())
    return Explanation(f"managed by {run.value} on {day}", run.entries)


def _location(t: Timeline, day: date) -> Explanation:
    run = run_on(t.locations, day)
    return Explanation(f"{PLACES[t.location(day)]} on {day}", run.entries if run else ())


def _at_level(t: Timeline, day: date) -> Explanation:
    standing = t.standing(day)
    if standing is None or standing.category is None:
        return _in_no_category(t, day, standing)
    why = standing.level_entries or standing.category_entries
    return Explanation(f"at level {standing.level} on {day}", why)


def _in_category(t: Timeline, day: date) -> Explanation:
    standing = t.standing(day)
    if standing is None or standing.category is None:
        return _in_no_category(t, day, standing)
    left_out = "" if standing.category in CATEGORIES else ", which is left out of an area's return"
    return Explanation(
        f"in category {standing.category} on {day}{left_out}", standing.category_entries
    )


def _in_no_category(t: Timeline, day: date, standing: Standing | None) -> Explanation:
    """Why a person is in no category: category 3 lacks its level, the last one ended, none yet."""
    if standing is not None and 3 in standing.assigned:
        level = f"at level {standing.set_level}" if standing.set_level else "with no level"
        text = f"in no category on {day}: category 3 {level} is none"
        return Explanation(text, (standing.assigned[3], *standing.level_entries))
    before = [s for s in t.standings if s.start <= day and s.category is not None]
    if not before:
        return Explanation(f"in no category on {day}")
    last = before[-1]
    if last.category == 1:
        ended = [e for g in t.grounds if g.until == last.until for e in g.entries]
        what = "notification requirements ended"
    else:
        ended = [e.name for e in t.entries
                 if isinstance(e.fact, CategoryEnded) and e.fact.on == last.until]  # fmt: skip
        what = f"category {last.category} ended"
    why = tuple(dict.fromkeys((*last.category_entries, *ended)))
    return Explanation(f"in no category on {day}: {what} on {last.until}", why)


# --- by column -----------------------------------------------------------------------------------

VALUE: dict[Column, Callable[[Timeline, date], Value]] = {
    "area": lambda t, day: t.area(day),
    "location": lambda t, day: t.location(day),
    "category": _category,
    "level": _level,
}
ACTUAL: dict[Column, Callable[[Timeline, date], Explanation]] = {
    "area": _area,
    "location": _location,
    "category": _in_category,
    "level": _at_level,
}


def managed_by(area: str) -> Condition:
    """The condition that every rule has beside its own: managed by the area."""
    return Condition("area", (area,))


def in_words(condition: Condition) -> str:
    """A condition as a clause, such as `in category 1, 2 or 3`."""
    if condition.test == "known":
        return f"at a {condition.column}"
    if condition.column == "location":
        return f"in the {_or(condition.among, ', ')}"
    not_ = "not " if condition.test == "none of" else ""
    among = _or(condition.among, " or ")
    return f"{not_}{PREFIX[condition.column]} {among}"


PREFIX = {"area": "managed by", "category": "in category", "level": "at level"}


def _or(values: Sequence[Value], comma: str) -> str:
    *first, last = map(str, values)
    return f"{comma.join(first)} or {last}" if first else last
