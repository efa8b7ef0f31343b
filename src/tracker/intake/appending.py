"""The one way to record facts of one individual, or of one return: together, all or none.

Reads the record, stamps, judges and appends; where another wrote to the same record meanwhile, it
does so again. Used by recording, erasing, freezing returns and flagging. `importing`, which has a
transaction of its own for a whole file, shares the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from tracker.domain.errors import Refused
from tracker.domain.judging.judge import judge
from tracker.domain.judging.warnings import warnings
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry, voids
from tracker.domain.record.history import History
from tracker.intake.cloudevents import Arrived
from tracker.store.log import Known, Log

# From the record as it stands, the stamp and a look-up by source and id: the facts to record.
Choose = Callable[[History, datetime, Known], Sequence[Arrived]]


class Recorded(NamedTuple):
    """The entries stored, what is improbable about them, and how many were known already."""

    entries: list[Entry]
    warnings: list[str]
    known: int = 0


def append_facts(log: Log, law: Law, subject: str, choose: Choose, now: datetime) -> Recorded:
    """Records what `choose` makes of a subject's record; `choose` may be called several times.

    Raises Refused, with nothing stored, where any of the facts may not be recorded.
    """
    warned: list[str] = []

    def decide(history: History, known: Known) -> list[Entry]:
        warned.clear()
        stamp = stamp_after(history, now)
        return _judged(history, choose(history, stamp, known), stamp, law, warned)

    return Recorded(log.append(subject, decide), warned)


def record_together(log: Log, law: Law, arrived: Sequence[Arrived], now: datetime) -> Recorded:
    """Records facts of one subject that came in; those known already are left out.

    Raises Refused, with nothing stored, where any of them may not be recorded.
    """
    if not arrived:
        return Recorded([], [])
    if len({one.subject for one in arrived}) > 1:
        raise Refused("several_subjects", "facts recorded together are of one subject",
                      field="subject")  # fmt: skip

    def new(history: History, stamp: datetime, known: Known) -> list[Arrived]:
        return [one for one in arrived if not already_known(one, known(one.source, one.id))]

    recorded = append_facts(log, law, arrived[0].subject, new, now)
    return recorded._replace(known=len(arrived) - len(recorded.entries))


# --- the steps, which an import takes as well -----------------------------------------------------


def stamp_after(history: History, now: datetime) -> datetime:
    """When the store records it: never before what was recorded of the subject already."""
    last = history.last_recorded_at
    return max(now, last) if last else now


def already_known(one: Arrived, known: Entry | None) -> bool:
    """Whether it is the entry of that source and id; raises Refused where that says otherwise."""
    if known is None:
        return False
    if not one.same_as(known):
        raise Refused(
            "conflict",
            "this source and id are known with other content; nothing is overwritten",
            field="id",
            entries=(known.name,),
        )
    return True


def _judged(
    history: History, arrived: Sequence[Arrived], stamp: datetime, law: Law, warned: list[str]
) -> list[Entry]:
    """The facts as entries, each judged on the record with those before it and taken into it.

    A void and the right fact are judged on the record as it is after both.
    """
    targets = {t for one in arrived if (t := voids(one.entry(stamp, 0))) is not None}
    together = frozenset(targets - history.voided)
    entries: list[Entry] = []
    for one in arrived:
        entry = one.entry(stamp, history.next_sequence)
        target = f"{entry.source} {entry.fact.corrects}"
        if entry.fact.corrects is not None and target in together:
            history.presume_void(target)
        judge(history, entry, law, together)
        history.append(entry)
        entries.append(entry)
        warned.extend(warnings(history, entry, law))
    if targets and not history.begins_with_registration():
        raise Refused(
            "registration_voided",
            "the registration is voided only together with every other fact",
            field="entry",
        )
    return entries
