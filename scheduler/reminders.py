"""Reminders: who qualifies soon, what falls due or is overdue, what ended. One item each, once.

Each job reads what is due by an index and tells the desk of the area; an item known already is not
told again, so that a run that is repeated repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from projections.views import due, eligibility, spells
from scheduler.items import Item, tell
from scheduler.work import Counts, Work
from tracker.domain.dates import DAY, last_day_within, parse_term

HORIZONS = {"P28D": "28 days", "P6M": "six months", "P1Y": "a year"}
RECENT = 7 * DAY  # what has been overdue for longer when first noticed waits for the digest
# Whoever lets these days pass commits an offence or is out of time (ss.91, 91B-91C, 122H).
URGENT = frozenset({
    "initial_notification", "change_notification", "periodic_notification", "sro_notification",
    "review_acknowledge", "review_determine",
})  # fmt: skip


def _tell(work: Work, items: Iterable[Item]) -> int:
    with work.database.working() as c:
        return tell(c, items, work.now())


def look_ahead(work: Work) -> Counts:
    """The job: who reaches the qualifying date within 28 days, six months, a year.

    Told once at each distance; who is found nearer at first is told of at that distance alone.
    """
    on = work.day
    ends = [(text, last_day_within(on, parse_term(text))) for text in HORIZONS]
    with work.engine.reading("eligibility") as c:
        found = eligibility.ahead(c, on, ends[-1][1])
    items = [
        Item(f"ahead:{near}:{subject}:{qualifies}", area, "review_ahead", subject,
             f"qualifies within {HORIZONS[near]} ({rule})", qualifies)
        for subject, area, qualifies, rule in found
        for near in [next(text for text, end in ends if qualifies <= end)]
    ]  # fmt: skip
    return {"ahead": len(found), "told": _tell(work, items)}


def diary(work: Work) -> Counts:
    """The job: what falls due within the days set, and what is overdue."""
    on = work.day
    until = last_day_within(on, parse_term(work.app.settings.scheduler.diary_within))
    with work.engine.reading("due") as c:
        found = due.due(c, None, on, until)
    items = []
    for one in found:
        overdue = one["overdue"]
        kind = "overdue" if overdue else "due"
        name = f"{kind}:{one['subject']}:{one['what']}:{one.get('ref', '')}:{one['due_on']}"
        detail = " ".join(filter(None, (one["what"], one.get("ref"), f"({one['rule']})")))
        urgent = overdue and one["what"] in URGENT and one["due_on"] >= on - RECENT
        items.append(Item(name, one["area"], kind, one["subject"], detail, one["due_on"], urgent))
    late = sum(one["overdue"] for one in found)
    return {"due": len(found) - late, "overdue": late, "told": _tell(work, items)}


def ended(work: Work) -> Counts:
    """The job: the orders and notification requirements whose last day was the day before."""
    on = work.day
    with work.engine.reading("spells") as c:
        found = [
            one for one in spells.ended(c, on)
            if one.track == "order" or not one.still
        ]  # fmt: skip
        where = spells.areas_of(c, [one.subject for one in found], on)
    items = [
        Item(f"ended:{one.track}:{one.subject}:{one.ref}:{on}",
             where.get(one.subject, ""), "ended", one.subject,
             f"{one.track} {one.value} {one.ref} has ended ({one.rule})", on)
        for one in found
    ]  # fmt: skip
    return {"ended": len(found), "told": _tell(work, items)}
