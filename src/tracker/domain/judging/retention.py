"""Decides whether the record of an individual may be erased yet. Called for `tracker erase`.

What still protects the public, or may have to be accounted for, is kept.
"""

from __future__ import annotations

from datetime import date

from tracker.domain.dates import after_years, birthday
from tracker.domain.errors import Refused
from tracker.domain.law.custody import INSIDE
from tracker.domain.meaning.timeline import Timeline

RULE = "practice.retention"


def reasons_to_keep(t: Timeline, on: date) -> list[str]:
    """What is still in force for the person on a day, in words; empty where nothing is.

    As long as there is any reason, the record may not be erased.
    """
    reasons: list[str] = []
    standing = t.standing(on)
    if t.subject_run(on):
        reasons.append("subject to notification requirements")
    reasons += [f"{o.made.kind} {o.order_id} in force" for o in t.orders.values()
              if t.in_force(o, on)]  # fmt: skip
    if standing is not None and standing.category is not None:
        reasons.append(f"managed in category {standing.category}")
    if t.location(on) in INSIDE:
        reasons.append(f"in {t.location(on)}")
    if any(r.covers(on) for r in t.licences):
        reasons.append("on licence")
    if any(a.determined_on is None for a in t.applications):
        reasons.append("an application for review is not determined")
    return reasons


def last_active(t: Timeline, on: date) -> date:
    """The last day, up to `on`, with an entry or with the end of a spell."""
    days = [e.fact.on for e in t.entries if e.fact.on <= on]
    days += [s.until for s in t.spells if s.until is not None and s.until <= on]
    return max(days)


def check_erasable(t: Timeline, on: date, reviewed: bool) -> str:
    """The reason why the record may be erased on a day, in words; raises Refused where it may not.

    `reviewed`: a review of its retention decided to erase it before the age of `until_age`, a
    hundred years. Rule `practice.retention`.
    """
    live = reasons_to_keep(t, on)
    if live:
        raise Refused("retained", f"{t.subject} is kept: {'; '.join(live)}", rule=RULE)
    last = t.law.ended(RULE, on)
    if last is not None:
        raise Refused(
            "retained",
            f"{t.subject} is kept: no rule says when it may be erased since "
            f"{last}, the last day of {RULE}",
            rule=RULE,
        )
    number = t.law.as_at(on, "day_in_question").number
    until_age = number(RULE, "until_age")
    full = birthday(t.particulars.date_of_birth, until_age)
    if on >= full:
        return f"{RULE}: {until_age} years old"
    clear = after_years(last_active(t, on), number(RULE, "clear_years"))
    if on < clear:
        raise Refused("retained", f"{t.subject} is kept until {clear} at least: the clear "
                      "period has not run", rule=RULE)  # fmt: skip
    if not reviewed:
        raise Refused(
            "retained",
            f"{t.subject} is kept until {until_age} years old unless a review of its retention "
            "decides otherwise (--reviewed)",
            rule=RULE,
        )
    return f"{RULE}: clear since {clear}, reviewed"
