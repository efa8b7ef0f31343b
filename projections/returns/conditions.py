"""The conditions of the counting rules in words: asked of one person on a day, and what is so
instead where one fails. Used by `why_not` and `events`; what a rule asks is in `counting_rules`.
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


class Said(NamedTuple):
    """What is so, with the entries behind it."""

    text: str
    entries: tuple[str, ...] = ()


class Failed(NamedTuple):
    """The first condition that holds on none of some days, and the last day that came so far."""

    number: int
    day: date
    said: Said


def first_failing(
    t: Timeline, days: Sequence[date], conditions: Sequence[Condition]
) -> Failed | None:
    """The conditions are asked one after another, each of the days on which all before held."""
    for number, condition in enumerate(conditions):
        kept = [day for day in days if condition.holds(VALUE[condition.column](t, day))]
        if not kept:
            return Failed(number, days[-1], OTHERWISE[condition.column](t, days[-1]))
        days = kept
    return None


def telling_days(t: Timeline, start: date, day: date) -> list[date]:
    """The last day of each stretch on which area, location, category and level stay the same."""
    changes = {r.start for runs in (t.areas, t.locations, t.standings) for r in runs}
    firsts = sorted(first for first in changes if start < first <= day)
    return [*(date.fromordinal(first.toordinal() - 1) for first in firsts), day]


# --- how it is -----------------------------------------------------------------------------------


def _category(t: Timeline, day: date) -> int | None:
    standing = t.standing(day)
    return standing.category if standing else None


def _level(t: Timeline, day: date) -> int | None:
    standing = t.standing(day)
    return standing.level if standing else None


def _area(t: Timeline, day: date) -> Said:
    run = run_on(t.areas, day)
    if run is None:
        return Said(f"managed by no area on {day}", t.areas[0].entries if t.areas else ())
    return Said(f"managed by {run.value} on {day}", run.entries)


def _location(t: Timeline, day: date) -> Said:
    run = run_on(t.locations, day)
    return Said(f"{PLACES[t.location(day)]} on {day}", run.entries if run else ())


def _at_level(t: Timeline, day: date) -> Said:
    standing = t.standing(day)
    if standing is None or standing.category is None:
        return _in_no_category(t, day, standing)
    why = standing.level_entries or standing.category_entries
    return Said(f"at level {standing.level} on {day}", why)


def _in_category(t: Timeline, day: date) -> Said:
    standing = t.standing(day)
    if standing is None or standing.category is None:
        return _in_no_category(t, day, standing)
    left_out = "" if standing.category in CATEGORIES else ", which is left out of an area's return"
    return Said(f"in category {standing.category} on {day}{left_out}", standing.category_entries)


def _in_no_category(t: Timeline, day: date, standing: Standing | None) -> Said:
    """Category 3 without its level, what ended the last category, or that there was none yet."""
    if standing is not None and 3 in standing.assigned:
        level = f"at level {standing.set_level}" if standing.set_level else "with no level"
        text = f"in no category on {day}: category 3 {level} is none"
        return Said(text, (standing.assigned[3], *standing.level_entries))
    before = [s for s in t.standings if s.start <= day and s.category is not None]
    if not before:
        return Said(f"in no category on {day}")
    last = before[-1]
    if last.category == 1:
        ended = [e for g in t.grounds if g.until == last.until for e in g.entries]
        what = "notification requirements ended"
    else:
        ended = [e.name for e in t.entries
                 if isinstance(e.fact, CategoryEnded) and e.fact.on == last.until]  # fmt: skip
        what = f"category {last.category} ended"
    why = tuple(dict.fromkeys((*last.category_entries, *ended)))
    return Said(f"in no category on {day}: {what} on {last.until}", why)


# --- by column -----------------------------------------------------------------------------------

VALUE: dict[Column, Callable[[Timeline, date], Value]] = {
    "area": lambda t, day: t.area(day),
    "location": lambda t, day: t.location(day),
    "category": _category,
    "level": _level,
}
OTHERWISE: dict[Column, Callable[[Timeline, date], Said]] = {
    "area": _area,
    "location": _location,
    "category": _in_category,
    "level": _at_level,
}


def managed_by(area: str) -> Condition:
    """What every rule asks beside its own conditions."""
    return Condition("area", (area,))


def in_words(condition: Condition) -> str:
    """What a condition asks, as a clause."""
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
