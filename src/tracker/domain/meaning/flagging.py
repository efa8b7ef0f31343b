"""Flags of review eligibility: which are true, which are untrue as now known, which are missing.

A flag says that on its day the person could apply, having reached that qualifying date (ss.91A-91B
of the Sexual Offences Act 2003). There is one flag for each qualifying date reached. Called by the
view of eligibility, which lists the actions due, and by the scheduler, which carries them out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal, NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import DAY
from tracker.domain.law.review_deadlines import APPLICATION, may_apply_from
from tracker.domain.meaning.timeline import Timeline
from tracker.domain.record.entry import Entry

Act = Literal["flag", "withdraw"]


class FlagAction(NamedTuple):
    """An action due on any of the days `[start, until)`.

    To flag that a qualifying date is reached, or to withdraw the flag `entry`.
    """

    act: Act
    start: date
    until: date | None
    qualifying_on: date
    entry: str = ""


def why_untrue(t: Timeline, flag: Entry[f.ReviewEligibilityFlagged]) -> str | None:
    """Why a flag is not true, as now known; None if it is true."""
    fact = flag.fact
    standing = t.review_on(fact.on)
    if standing is None:
        return f"not subject to indefinite notification requirements on {fact.on}"
    if standing.on is None:
        return f"there is no qualifying date as on {fact.on}: {standing.needs}"
    if standing.on != fact.qualifying_on:
        return f"the qualifying date as on {fact.on} is {standing.on}"
    barring = t.barring(fact.on)
    if barring:
        return f"barred on {fact.on} by {', '.join(o.order_id for o in barring)}"
    return None if t.eligible(fact.on) else f"no application was possible on {fact.on}"


def flag_actions(t: Timeline) -> list[FlagAction]:
    """Every flag to withdraw, and every run of days on which a missing flag is due.

    None for a person who was erased: nothing more is recorded about them.
    """
    actions, flagged = list[FlagAction](), set[date]()
    if t.erased:
        return actions
    for flag in t.flags:
        fact = flag.fact
        if why_untrue(t, flag) is None:
            flagged.add(fact.qualifying_on)
        else:
            actions.append(FlagAction("withdraw", fact.on, None, fact.qualifying_on, flag.name))
    for start, until, qualifying in _eligible(t):
        if qualifying not in flagged:
            actions.append(FlagAction("flag", start, until, qualifying))
    return actions


def _eligible(t: Timeline) -> Iterator[tuple[date, date | None, date]]:
    """The runs of days on which the person could validly apply, each with its qualifying date."""
    if not t.reviews:
        return
    law, ends = t.law, t.law.last_day(APPLICATION)
    bars = [(o.start, t.end_of(o)) for o in t.orders.values() if o.law.bars_review]
    if ends is not None:
        bars.append((ends + DAY, None))
    for run in t.reviews:
        on = run.qualifying.on
        if on is None:
            continue
        start = max(run.start, may_apply_from(on, law))
        if run.until is not None and run.until <= start:
            continue
        marks = {start, *(day for bar in bars for day in bar if day is not None and day > start)}
        days = sorted(day for day in marks if run.until is None or day < run.until)
        for first, last in zip(days, [*days[1:], run.until], strict=True):
            if t.eligible(first):
                yield first, last, on
