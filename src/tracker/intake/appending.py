"""Records a few facts of one individual together: all of them or none. For `tracker record`.

Reads, decides and appends; where another wrote to the same record meanwhile, decides anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tracker.domain.errors import Refused
from tracker.domain.judging.judge import judge
from tracker.domain.judging.warnings import warnings
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry, voids
from tracker.domain.record.history import History
from tracker.intake.cloudevents import Arrived
from tracker.store.log import Known, Log


def _new(lookup: Known, arrived: Sequence[Arrived]) -> list[Arrived]:
    new: list[Arrived] = []
    for one in arrived:
        known = lookup(one.source, one.id)
        if known is None:
            new.append(one)
        elif not one.same_as(known):
            raise Refused(
                "conflict",
                "this source and id are known with other content; nothing is overwritten",
                field="id",
                entries=(known.name,),
            )
    return new


def record_together(
    log: Log, law: Law, arrived: Sequence[Arrived], now: datetime
) -> tuple[list[Entry], list[str]]:
    """Records facts of one subject; returns the entries stored, without those known already.

    With them what is improbable about them: a warning refuses nothing.

    Raises Refused, with nothing stored, where any of them may not be recorded.
    """
    if not arrived:
        return [], []
    found: list[str] = []
    if len({one.subject for one in arrived}) > 1:
        raise Refused("several_subjects", "facts recorded together are of one subject",
                      field="subject")  # fmt: skip

    def decide(history: History, lookup: Known) -> list[Entry]:
        new = _new(lookup, arrived)
        last = history.last_recorded_at
        stamp = max(now, last) if last else now
        targets = {t for one in new if (t := voids(one.entry(stamp, 0))) is not None}
        together = frozenset(targets - history.voided)
        entries: list[Entry] = []
        found.clear()
        for one in new:
            entry = one.entry(stamp, history.next_sequence)
            target = f"{entry.source} {entry.fact.corrects}"
            if entry.fact.corrects is not None and target in together:
                history.presume_void(target)
            judge(history, entry, law, together)
            history.append(entry)
            entries.append(entry)
            found.extend(warnings(history, entry, law))
        if targets and not history.begins_with_registration():
            raise Refused(
                "registration_voided",
                "the registration is voided only together with every other fact",
                field="entry",
            )
        return entries

    return log.append(arrived[0].subject, decide), found
