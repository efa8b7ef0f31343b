"""Refuses facts that contradict the record or themselves, by type. Called by `judge` alone.

None of these can be overridden. Orders and breaches are in `lawful`, reviews in `applications`.
"""

from __future__ import annotations

from tracker.domain import facts as f
from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.judging.judges import judges
from tracker.domain.law import custody
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History


def _check_area(law: Law, area: str, field: str) -> None:
    if area not in law.areas:
        raise Refused(
            "unknown_area", f"unknown area {area!r}: see config/areas.toml for the names",
            field=field,
        )  # fmt: skip


@judges(f.CustodyLeft)
def _left(history: History, entry: Entry, law: Law) -> None:
    where = custody.location_at(history.counting, entry.fact.on)
    if where not in custody.INSIDE:
        raise Refused(
            "not_inside",
            f"custody left on {entry.fact.on} while not inside (location: {where})",
            field="on",
        )


@judges(f.IndividualDied)
def _died(history: History, entry: Entry, law: Law) -> None:
    if history.died is not None:
        raise Refused("died_twice", f"the death is recorded already, on {history.died}", field="on")


@judges(f.ConvictionRecorded)
def _conviction(history: History, entry: Entry[f.ConvictionRecorded], law: Law) -> None:
    fact = entry.fact
    if fact.sentenced_on is not None and fact.sentenced_on < fact.on:
        raise Refused("sentence_before_finding", "`sentenced_on` is before the finding",
                      field="sentenced_on")  # fmt: skip
    if fact.sentenced_on is not None and fact.sentenced_on > civil(entry.recorded_at):
        raise Refused("future", "`sentenced_on` is after the day it is recorded",
                      field="sentenced_on")  # fmt: skip
    if fact.finding != "caution" and fact.disposal and fact.disposal.kind == "caution":
        raise Refused("shape", "only a caution is disposed of by a caution", field="disposal.kind")


@judges(f.ConvictionSentenced)
def _sentenced(history: History, entry: Entry[f.ConvictionSentenced], law: Law) -> None:
    fact = entry.fact
    finding = history.defined["conviction", fact.conviction_id]
    if fact.on < finding.fact.on:
        why = f"a sentence before the finding on {finding.fact.on}"
        raise Refused("sentence_before_finding", why, field="on", entries=(finding.name,))


@judges(f.TrialConcluded)
def _trial(history: History, entry: Entry[f.TrialConcluded], law: Law) -> None:
    fact = entry.fact
    finding = history.defining_entry("conviction", fact.conviction_id, f.ConvictionRecorded)
    if finding.fact.finding != "disability":
        raise Refused("not_a_disability", "only a finding of disability waits for a trial",
                      rule="soa2003.s82.5", field="conviction_id",
                      entries=(finding.name,))  # fmt: skip


@judges(f.ActionClosed)
def _action(history: History, entry: Entry[f.ActionClosed], law: Law) -> None:
    fact = entry.fact
    meeting = history.defining_entry("meeting", fact.meeting_id, f.MeetingHeld)
    if fact.action_id not in {a.action_id for a in meeting.fact.actions}:
        raise Refused("unknown_reference", f"unknown action {fact.action_id}", field="action_id",
                      entries=(meeting.name,))  # fmt: skip


@judges(f.MeetingHeld)
def _meeting(history: History, entry: Entry[f.MeetingHeld], law: Law) -> None:
    fact = entry.fact
    ids = [a.action_id for a in fact.actions]
    if len(set(ids)) < len(ids):
        raise Refused("id_used_twice", "an action_id is used twice in one meeting", field="actions")


@judges(f.IndividualRestrictionLifted)
def _lifted(history: History, entry: Entry, law: Law) -> None:
    if history.restricted is None:
        raise Refused("not_restricted", f"{history.subject} is not restricted", field="subject")


@judges(f.IndividualRegistered)
def _registered_in(history: History, entry: Entry[f.IndividualRegistered], law: Law) -> None:
    _check_area(law, entry.fact.area, "area")


@judges(f.IndividualTransferred)
def _transferred_to(history: History, entry: Entry[f.IndividualTransferred], law: Law) -> None:
    _check_area(law, entry.fact.to_area, "to_area")
