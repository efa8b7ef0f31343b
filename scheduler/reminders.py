"""The reminder jobs: who qualifies soon, what falls due or is overdue, what ended. In `jobs`.

Each job reads a view by its index and queues items for the area's desk. An item already queued is
not queued again, so a run can be repeated safely.
"""

from __future__ import annotations

from collections.abc import Iterable

from projections.views import due, eligibility, spells
from scheduler.items import Item, queue_items
from scheduler.work import Counts, Work
from tracker.domain.dates import DAY, last_day_within, parse_term

HORIZONS = {"P28D": "28 days", "P6M": "six months", "P1Y": "a year"}
RECENT = 7 * DAY  # a deadline overdue for longer when first seen is not urgent
# To miss one of these deadlines is an offence, or loses the right to act (ss.91, 91B-91C, 122H).
URGENT = frozenset({
    "initial_notification", "change_notification", "periodic_notification", "sro_notification",
    "review_acknowledge", "review_determine",
})  # fmt: skip


def _queue(work: Work, items: Iterable[Item]) -> int:
    with work.database.working() as c:
        return queue_items(c, items, work.now())


def look_ahead(work: Work) -> Counts:
    """The job: queues an item for each person who qualifies within 28 days, six months, a year.

    A person gets one item for each of these periods, or only the shortest that applies when first
    seen.
    """
    on = work.day
    ends = [(text, last_day_within(on, parse_term(text))) for text in HORIZONS]
    with work.engine.reading("eligibility") as c:
        people = eligibility.qualifying_between(c, on, ends[-1][1])
    items = [
        Item(f"ahead:{near}:{subject}:{qualifies}", area, "review_ahead", subject,
             f"qualifies within {HORIZONS[near]} ({rule})", qualifies)
        for subject, area, qualifies, rule in people
        for near in [next(text for text, end in ends if qualifies <= end)]
    ]  # fmt: skip
    return {"ahead": len(people), "told": _queue(work, items)}


def diary(work: Work) -> Counts:
    """The job: queues an item for what falls due within the period set, and what is overdue."""
    on = work.day
    until = last_day_within(on, parse_term(work.app.settings.scheduler.diary_within))
    with work.engine.reading("due") as c:
        deadlines = due.due(c, None, on, until)
    items = []
    for one in deadlines:
        overdue = one["overdue"]
        kind = "overdue" if overdue else "due"
        name = f"{kind}:{one['subject']}:{one['what']}:{one.get('ref', '')}:{one['due_on']}"
        detail = " ".join(filter(None, (one["what"], one.get("ref"), f"({one['rule']})")))
        urgent = overdue and one["what"] in URGENT and one["due_on"] >= on - RECENT
        items.append(Item(name, one["area"], kind, one["subject"], detail, one["due_on"], urgent))
    late = sum(one["overdue"] for one in deadlines)
    return {"due": len(deadlines) - late, "overdue": late, "told": _queue(work, items)}


def ended(work: Work) -> Counts:
    """The job: queues an item for each order and requirement whose last day was the day before."""
    on = work.day
    with work.engine.reading("spells") as c:
        ended_spells = [
            one for one in spells.ended(c, on)
            if one.track == "order" or not one.still
        ]  # fmt: skip
        area_of = spells.areas_of(c, [one.subject for one in ended_spells], on)
    items = [
        Item(f"ended:{one.track}:{one.subject}:{one.ref}:{on}",
             area_of.get(one.subject, ""), "ended", one.subject,
             f"{one.track} {one.value} {one.ref} has ended ({one.rule})", on)
        for one in ended_spells
    ]  # fmt: skip
    return {"ended": len(ended_spells), "told": _queue(work, items)}
