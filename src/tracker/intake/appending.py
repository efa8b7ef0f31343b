"""The only way to record facts of one individual or of one return: all of them or none.

Reads the record, sets the time of recording, judges and appends. On a conflict with another writer
it starts again. Used by recording, erasing, freezing returns and flagging. `importing`, which has
one transaction for a whole file, uses the same steps.
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
from tracker.intake.cloudevents import IncomingFact
from tracker.store.log import Known, Log

# Chooses the facts to record, from the current record, the time of recording, and a function that
# looks an entry up by source and id.
ChooseFacts = Callable[[History, datetime, Known], Sequence[IncomingFact]]


class Recorded(NamedTuple):
    """The entries stored, the warnings about them, and how many facts were recorded before."""

    entries: list[Entry]
    warnings: list[str]
    known: int = 0


def append_facts(log: Log, law: Law, subject: str, choose: ChooseFacts, now: datetime) -> Recorded:
    """Records the facts that `choose` returns for the record of `subject`.

    `choose` is called again after each conflict. Raises Refused, with nothing stored, if any of the
    facts may not be recorded.
    """
    warned: list[str] = []

    def decide(history: History, known: Known) -> list[Entry]:
        warned.clear()
        stamp = recording_time(history, now)
        return _judged(history, choose(history, stamp, known), stamp, law, warned)

    return Recorded(log.append(subject, decide), warned)


def record_together(
    log: Log, law: Law, incoming: Sequence[IncomingFact], now: datetime
) -> Recorded:
    """Records incoming facts of one subject, except those that are recorded already.

    Raises Refused, with nothing stored, if any of them may not be recorded.
    """
    if not incoming:
        return Recorded([], [])
    if len({one.subject for one in incoming}) > 1:
        raise Refused("several_subjects", "facts recorded together are of one subject",
                      field="subject")  # fmt: skip

    def new(history: History, stamp: datetime, known: Known) -> list[IncomingFact]:
        return [one for one in incoming if not already_known(one, known(one.source, one.id))]

    recorded = append_facts(log, law, incoming[0].subject, new, now)
    return recorded._replace(known=len(incoming) - len(recorded.entries))


# --- the steps, which an import uses too ----------------------------------------------------------


def recording_time(history: History, now: datetime) -> datetime:
    """The time of recording of the next entry: `now`, but never before the entry before it."""
    last = history.last_recorded_at
    return max(now, last) if last else now


def already_known(one: IncomingFact, known: Entry | None) -> bool:
    """Whether a fact is recorded already. `known` is the entry with its source and id, if any.

    Raises Refused if that entry has other content.
    """
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
    history: History, incoming: Sequence[IncomingFact], stamp: datetime, law: Law, warned: list[str]
) -> list[Entry]:
    """The facts as entries, each judged on the record with the facts before it, and added to it.

    A void and the right fact are judged on the record as it will be after both. Adds to `warned`.
    """
    targets = {t for one in incoming if (t := voids(one.entry(stamp, 0))) is not None}
    together = frozenset(targets - history.voided)
    entries: list[Entry] = []
    for one in incoming:
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
