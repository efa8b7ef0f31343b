"""Flags each person who becomes eligible for review, and withdraws flags that prove untrue.

The view of eligibility says who may need a flag. The transaction that records it decides again from
the record itself, so a flag is written once however many schedulers run. A run that was cut short
is retried, and queues an item for everything recorded for its day. Listed in `jobs`.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from projections.views import eligibility, spells
from scheduler.items import Item, queue_items
from scheduler.work import Counts, Work
from tracker.domain import facts as f
from tracker.domain.dates import civil
from tracker.domain.errors import TrackerError
from tracker.domain.meaning.flagging import FlagAction, flag_actions, why_untrue
from tracker.domain.meaning.timeline import Timeline, fold
from tracker.domain.record.history import History
from tracker.intake.appending import append_facts
from tracker.intake.cloudevents import IncomingFact
from tracker.store import log_rows
from tracker.store.log import Known

SOURCE, BY = "/tracker/scheduler", "scheduler"
FLAGGED, WITHDRAWN = "flagged", "withdrawn"


def flag(work: Work) -> Counts:
    """The job: records the flags and withdrawals due on its day, and queues items for the desks.

    Raises TrackerError for a day in the future: nothing is recorded ahead of its day.
    """
    day = work.day
    if day > civil(work.now()):
        raise TrackerError(f"{day} is yet to come: a flag is recorded on its day, not before")
    with work.engine.reading("eligibility") as c:
        subjects = eligibility.to_flag(c, day)
    app = work.app
    for subject in subjects:
        work.check_stop()
        append_facts(app.log, app.law, subject, partial(_facts_to_record, work), work.now())
    return _queue_items(work)


def _facts_to_record(
    work: Work, history: History, stamp: datetime, known: Known
) -> list[IncomingFact]:
    """The facts to record about a person: withdrawals of flags first, then new flags."""
    t = fold(history.subject, history.counting, work.app.law)
    if t is None:
        return []
    day = work.day
    due = [
        one for one in flag_actions(t) if one.start <= day and (not one.until or day < one.until)
    ]
    withdrawn = [_withdrawal(t, history, o, day, civil(stamp)) for o in due if o.act == "withdraw"]
    first = history.next_sequence + len(withdrawn)
    flags = [one for one in due if one.act == "flag"]
    flagged = [_flag(t, history.subject, o, day, n) for n, o in enumerate(flags, first)]
    return [
        IncomingFact(history.subject, SOURCE, id, stamp.isoformat(), stamp, BY, fact, work.run)
        for id, fact in (*withdrawn, *flagged)
    ]


def _withdrawal(
    t: Timeline, history: History, one: FlagAction, day: date, today: date
) -> tuple[str, f.Fact]:
    flagged = next(flag for flag in t.flags if flag.name == one.entry)
    data = {"on": today.isoformat(), "entry": flagged.id, "reason": why_untrue(t, flagged)}
    if flagged.source != SOURCE:
        data["entry_source"] = flagged.source
    fact = f.EntryVoided.model_validate(data)
    return f"{WITHDRAWN}:{day}:{flagged.sequence}:{history.subject}", fact


def _flag(
    t: Timeline, subject: str, one: FlagAction, day: date, sequence: int
) -> tuple[str, f.Fact]:
    qualifying = t.review_on(day)
    assert qualifying is not None
    fact = f.ReviewEligibilityFlagged.model_validate(
        {
            "on": day.isoformat(),
            "qualifying_on": one.qualifying_on.isoformat(),
            "basis": {"rule": qualifying.rule, "entries": qualifying.entries},
        }
    )
    return f"{FLAGGED}:{day}:{sequence}:{subject}", fact


# --- items for the desks --------------------------------------------------------------------------


def _queue_items(work: Work) -> Counts:
    """Queues an item for every flag and withdrawal recorded for this day, by any run."""
    counts: Counts = {}
    items: list[Item] = []
    day = work.day
    with work.engine.reading("spells", "eligibility") as c:
        for what, kind in ((FLAGGED, "review_eligible"), (WITHDRAWN, "review_withdrawn")):
            ids = log_rows.ids_with_prefix(c, SOURCE, f"{what}:{day}:")
            people = [id.split(":", 3)[3] for id in ids]
            where = spells.areas_of(c, people, day)
            counts[what] = len(ids)
            for id, subject in zip(ids, people, strict=True):
                items.append(_item(work, id, kind, subject, where.get(subject, "")))
    with work.database.working() as c:
        counts["told"] = queue_items(c, items, work.now())
    return counts


def _item(work: Work, id: str, kind: str, subject: str, area: str) -> Item:
    entry = work.app.log.known(SOURCE, id)
    assert entry is not None
    fact = entry.fact
    if isinstance(fact, f.ReviewEligibilityFlagged):
        detail = f"may apply for review; qualified on {fact.qualifying_on} ({fact.basis.rule})"
        return Item(id, area, kind, subject, detail, fact.qualifying_on)
    if isinstance(fact, f.EntryVoided):
        return Item(id, area, kind, subject, f"flag withdrawn: {fact.reason}", urgent=True)
    raise TrackerError(f"{entry.name} is neither a flag of eligibility nor the void of one")
