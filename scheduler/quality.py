"""The data-quality job: queues an item, once, for what a co-ordinator should check. In `jobs`.

These are findings (category 3 at level 1 or with no level, indefinite requirements with no
qualifying date, breach of an order not in force and so on), and people at level 1 about whom
nothing was recorded for a long time. Records that may be of the same person: `duplicates`.
"""

from __future__ import annotations

from projections.views import due, spells
from scheduler.items import Item, queue_items
from scheduler.work import Counts, Work
from tracker.domain.dates import DAY


def findings(work: Work) -> Counts:
    """The job: queues an item for each new finding, and for each case silent for too long."""
    on = work.day
    since = on - work.app.settings.scheduler.silent_days * DAY
    with work.engine.reading("spells", "due") as c:
        spells_found = spells.live_findings(c, on)
        area_of = spells.areas_of(c, [one.subject for one in spells_found], on)
        silent = due.silent_people(c, on, since)
    items = [
        Item(
            f"finding:{one.finding}:{one.subject}:{one.ref}:{one.start}",
            area_of.get(one.subject, ""), "finding", one.subject,
            " ".join(filter(None, (one.finding, one.ref, f"since {one.start}"))),
        )
        for one in spells_found
    ]  # fmt: skip
    items += [
        Item(f"silent:{subject}:{last}", area, "finding", subject,
             f"level 1, nothing recorded since {last}")
        for subject, area, last in silent
    ]  # fmt: skip
    with work.database.working() as c:
        queued = queue_items(c, items, work.now())
    return {"findings": len(spells_found), "silent": len(silent), "told": queued}
