"""How last year's snapshot became this year's: who joined and who left, by reason, cell by cell.

It balances: every person who is not in the same cell of both snapshots is listed once, with one
reason. Called by the service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

from projections.engine.records import records
from projections.returns.cases import covers, flat, last_day
from projections.returns.counted_people import snapshot_people, table
from projections.returns.counting_rules import CATEGORIES
from projections.returns.years import Year
from tracker.domain.answers.show import moment
from tracker.domain.dates import DAY
from tracker.domain.law.tables import Law
from tracker.domain.meaning.standing import Standing
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.store.agreement_check import MIXED, check
from tracker.store.database.interface import Cursor
from tracker.store.log import Log

if TYPE_CHECKING:
    from tracker.domain.answers.explained_shapes import (
        MovedPerson,
        MovementAnswer,
        MovementBetween,
        MovementCell,
    )

RECORDED_LATE = "recorded_late"
# If several reasons apply, the first in these lists is used: another area or death, then a change
# of category or level, then where the person is. So a person who is no longer managed at all is not
# listed as away for a time.
LEAVING = (
    "transferred_out", "died", "revoked", "notification_ended", "category_ended",
    "category_changed", "level_changed", "abroad", "custody", RECORDED_LATE,
)  # fmt: skip
JOINING = (
    "transferred_in", "became_subject", "category_began", "category_changed", "level_changed",
    "released", "returned", "registered_first", RECORDED_LATE,
)  # fmt: skip
INSIDE = ("custody", "hospital")
CELLS = tuple(  # category 3 at level 1 cannot be
    cell for cell, figure in flat({"snapshot": table(())}).items() if figure is not None
)
Cell = tuple[int, int]  # level, category


class Move(NamedTuple):
    """One person who left a cell, joined a cell, or both, with the reason."""

    subject: str
    left: str | None
    joined: str | None
    reason: str


def movement(
    c: Cursor,
    log: Log,
    law: Law,
    area: str,
    year: Year,
    known_at: datetime,
    last_known_at: datetime | None = None,
) -> MovementAnswer:
    """The movement from the snapshot of the 31 March before a year to the snapshot of its return.

    Both are as known at `known_at`. If `last_known_at` is set, the first is as known then, when it
    was published: people recorded since are listed with the reason `recorded_late`.
    """
    day = last_day(year, known_at)
    last = min(year.start - DAY, day)
    answer = between(c, log, law, area, last, day, known_at, last_known_at)
    return {"area": area, "year": year.text, **answer}


def between(
    c: Cursor,
    log: Log,
    law: Law,
    area: str,
    last: date,
    day: date,
    known_at: datetime,
    last_known_at: datetime | None = None,
) -> MovementBetween:
    """The movement between the snapshots of `last` and of `day`, which is not before it.

    Raises Disagreement under another law or setting than was agreed for the store.
    """
    check(c, law, MIXED)
    last_at = last_known_at or known_at
    published = _snapshot(c, area, last, last_at)
    before, after = _snapshot(c, area, last, known_at), _snapshot(c, area, day, known_at)
    moved = _differing(before, after)
    moves = [
        Move(who, _name(published.get(who)), _name(before.get(who)), RECORDED_LATE)
        for who in _differing(published, before)
    ]
    for subject, entries in records(c, log.decoder().entry, moved):
        t = timeline(subject, entries, law, known_at)
        assert t is not None, "a person who is counted is registered"
        moves.append(_move(t, area, before.get(subject), after.get(subject), last, day))
    figures_last, figures_this = _figures(published.values()), _figures(after.values())
    return {
        "known_at": moment(known_at),
        "last_known_at": moment(last_at),
        "days": {"last": last.isoformat(), "this": day.isoformat()},
        "cells": [_cell(cell, figures_last, figures_this, moves) for cell in CELLS],
        "people": [_person(move) for move in sorted(moves, key=lambda m: m.subject)],
    }


def _cell(
    cell: str, last: Mapping[str, int], this: Mapping[str, int], moves: Sequence[Move]
) -> MovementCell:
    return {
        "cell": cell,
        "last": last[cell],
        "joined": _reasons(cell, moves, JOINING, True),
        "left": _reasons(cell, moves, LEAVING, False),
        "this": this[cell],
    }


def _person(move: Move) -> MovedPerson:
    return {
        "subject": move.subject, "left": move.left, "joined": move.joined, "reason": move.reason,
    }  # fmt: skip


def _snapshot(c: Cursor, area: str, on: date, known_at: datetime) -> dict[str, Cell]:
    people = snapshot_people(c, area, on, known_at)
    return {subject: (level, category) for subject, level, category in people}


def _differing(a: Mapping[str, Cell], b: Mapping[str, Cell]) -> list[str]:
    return sorted(who for who in {*a, *b} if a.get(who) != b.get(who))


def _name(cell: Cell | None) -> str | None:
    return None if cell is None else f"snapshot.level{cell[0]}.cat{cell[1]}"


def _figures(people: Iterable[Cell]) -> dict[str, int]:
    snapshot = table((level, category, 1) for level, category in people)
    return {
        cell: figure
        for cell, figure in flat({"snapshot": snapshot}).items()
        if isinstance(figure, int)
    }


def _reasons(
    cell: str, moves: Iterable[Move], reasons: Sequence[str], joining: bool
) -> dict[str, int]:
    """How many people joined or left a cell, by reason; moves within a total are not counted."""
    numbers: Counter[str] = Counter()
    for move in moves:
        out = move.left is not None and covers(cell, move.left)
        into = move.joined is not None and covers(cell, move.joined)
        if out != into and into == joining:
            numbers[_because(move, cell)] += 1
    return {reason: numbers[reason] for reason in reasons if numbers[reason]}


def _because(move: Move, cell: str) -> str:
    """The reason for one cell: nobody leaves or joins a level's total by changing category."""
    both = move.left is not None and move.joined is not None
    if both and move.reason == "category_changed" and cell.endswith(".total"):
        return "level_changed"
    return move.reason


# --- the reasons ---------------------------------------------------------------------------------


def _move(
    t: Timeline, area: str, was: Cell | None, now: Cell | None, last: date, day: date
) -> Move:
    if was is None:
        assert now is not None
        reason = joining(t, area, now[1], last)
    elif now is None:
        reason = leaving(t, area, was[1], last, day)
    else:
        reason = "level_changed" if was[1] == now[1] else "category_changed"
    return Move(t.subject, _name(was), _name(now), reason)


def leaving(t: Timeline, area: str, category: int, last: date, day: date) -> str:
    """Why a person in an area's snapshot of `last`, in a category, is not in that of `day`."""
    if t.area(day) != area:
        return "transferred_out"
    if t.location(day) == "dead":
        return "died"
    standing = t.standing(day)
    if standing is None or standing.category is None:
        return _ended(t, category, last, day)
    if standing.category not in CATEGORIES:
        return "category_changed"  # category 4 is left out
    return "abroad" if t.location(day) == "abroad" else "custody"


def _ended(t: Timeline, category: int, last: date, day: date) -> str:
    """Why a person who was in a category is now in none."""
    if category == 1:
        run = t.subject_run(last)
        revoked = {o.on for o in t.occurrences if o.kind == "lifetime_revoked"}
        return "revoked" if run is not None and run[1] in revoked else "notification_ended"
    standing = t.standing(day)
    without_level = category == 3 and standing is not None and 3 in standing.assigned
    return "level_changed" if without_level else "category_ended"


def joining(t: Timeline, area: str, category: int, last: date) -> str:
    """Why a person in an area's snapshot, in a category, was not in that of `last`."""
    if t.area(last) not in (area, None):
        return "transferred_in"
    standing = t.standing(last)
    if standing is None or standing.category is None:
        return _began(category, standing)
    if standing.category not in CATEGORIES:
        return "category_changed"
    if t.location(last) in INSIDE:
        return "released"
    return "returned" if t.location(last) == "abroad" else "registered_first"


def _began(category: int, standing: Standing | None) -> str:
    """Why a person who was in no category is now in one."""
    if category == 1:
        return "became_subject"
    without_level = category == 3 and standing is not None and 3 in standing.assigned
    return "level_changed" if without_level else "category_began"
