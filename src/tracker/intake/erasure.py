"""Erases a person: records the erasure, with what the law still needs, and destroys the key.

Retention and stand-ins are computed from the same record that the erasure is appended to, so that
a fact recorded at the same time is not missed. Called by `tracker.service.erasing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from tracker.domain.dates import civil
from tracker.domain.errors import TrackerError
from tracker.domain.facts import PREFIX
from tracker.domain.facts.personal import birth_date_in, stand_in
from tracker.domain.judging.retention import check_erasable
from tracker.domain.law.periods import age_limits
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import timeline
from tracker.domain.open_json import JsonObject
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History
from tracker.intake.appending import append_facts
from tracker.intake.cloudevents import IncomingFact, parse_event
from tracker.store.log import Known, Log


def erase(
    log: Log, law: Law, subject: str, event: JsonObject, reviewed: bool, now: datetime
) -> None:
    """Erases a person. `event` is the CloudEvent of the erasure, without `retention` and `born`.

    `reviewed`: a review of retention decided so. Raises Refused where the record must be kept
    (`practice.retention`), and TrackerError where the subject is unknown or has entries that were
    recorded without encryption. The entry is recorded before the key is destroyed: if it was
    interrupted between the two, erasing again finishes it.
    """

    def erasure(history: History, stamp: datetime, known: Known) -> list[IncomingFact]:
        if history.erased is not None:
            return []
        t = timeline(subject, history.entries, law)
        if t is None:
            raise TrackerError(f"{subject} is not known")
        retention = check_erasable(t, civil(now), reviewed)
        born = stand_ins(history.entries, law)
        data = event["data"] | {"retention": retention, "born": born}
        return [parse_event(event | {"type": PREFIX + "individual.erased", "data": data})]

    _refuse_unsealed(log, subject)
    append_facts(log, law, subject, erasure, now)
    log.destroy_key(subject, now)


def stand_ins(entries: Sequence[Entry], law: Law) -> list[dict[str, str]]:
    """A stand-in for the date of birth of each entry that has one, as the data of the erasure.

    On every day in the record the stand-in gives the same answer as the true date to the question
    whether the person is under each age that the law asks about.
    """
    days = {value for e in entries for _, value in e.fact if isinstance(value, date)}
    ages = age_limits(days, law)
    return [
        {"entry": e.name, "stand_in": stand_in(born, days, *ages).isoformat()}
        for e in entries
        if (born := birth_date_in(e.fact)) is not None
    ]


def _refuse_unsealed(log: Log, subject: str) -> None:
    open_to_all = log.unsealed(subject)
    if open_to_all:
        raise TrackerError(
            f"{subject} cannot be erased: {len(open_to_all)} entries were recorded unsealed, "
            f"{open_to_all[0].name} the first; export the store and import it into a sealed one"
        )
