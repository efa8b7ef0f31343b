"""Decides which facts may be recorded (contract, section 2; the law from its tables).

`intake` calls `judge` for every fact, with the record as it will be after the whole correction.
What contradicts the record is refused; what the law forbids is refused unless overridden.
"""

from __future__ import annotations

from datetime import date, datetime

from tracker.domain import facts as f
from tracker.domain.dates import civil
from tracker.domain.errors import Refused
from tracker.domain.facts.traits import Reference
from tracker.domain.judging import (
    applications,  # noqa: F401 - this and the two below register their judges
    contradictions,  # noqa: F401
    lawful,  # noqa: F401
)
from tracker.domain.judging import frozen_returns as returns
from tracker.domain.judging.judges import JUDGES
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry, voids
from tracker.domain.record.history import History


def _check_dates(history: History, entry: Entry) -> None:
    fact = entry.fact
    if fact.on > entry.recorded_at.date() and fact.on > civil(entry.recorded_at):
        raise Refused(
            "future",
            f"`on` {fact.on} is after {civil(entry.recorded_at)}, the day it is recorded",
            field="on",
        )
    born = history.born
    if isinstance(fact, f.IndividualAmended) and fact.date_of_birth is not None:
        born = fact.date_of_birth
    if born is not None and fact.on < born:
        raise Refused("before_birth", f"`on` {fact.on} is before birth", field="on")
    if history.died is not None and fact.on >= history.died:
        raise Refused(
            "after_death",
            f"`on` {fact.on} is not before the death on {history.died}; if the death was recorded "
            "by mistake, void it first",
            field="on",
            entries=tuple(e.name for e in history.counting if isinstance(e.fact, f.IndividualDied)),
        )


def _check_registration(history: History, entry: Entry) -> None:
    fact, known = entry.fact, history.registered
    if isinstance(fact, f.IndividualRegistered):
        if known is not None:
            raise Refused(
                "second_registration",
                f"{history.subject} is registered already",
                field="subject",
                entries=(known.name,),
            )
        if fact.on < fact.date_of_birth:
            raise Refused("before_birth", f"`on` {fact.on} is before birth", field="on")
    elif known is None:
        raise Refused(
            "not_registered",
            f"{history.subject} is not registered: the first fact of a subject is "
            "individual.registered",
            field="subject",
        )


def _check_defined_once(history: History, fact: f.Fact, defines: Reference) -> None:
    what, (field,) = defines
    known = history.defined.get((what, getattr(fact, field)))
    if known is not None:
        raise Refused(
            "id_used_twice",
            f"{what} {getattr(fact, field)} is recorded already",
            field=field,
            entries=(known.name,),
        )


def _check_references(history: History, fact: f.Fact) -> None:
    unknown = f.unknown_reference(fact, history.defined)
    if unknown is not None:
        reference, ref = unknown
        raise Refused("unknown_reference", f"unknown {reference.what} {ref}", field=reference.field)


# The rule of each refusal that names no rule of an Act (`config/law/record.toml`).
RULES = {
    "second_registration": "record.registration", "not_registered": "record.registration",
    "registration_voided": "record.registration", "several_subjects": "record.registration",
    "future": "record.time", "before_birth": "record.time", "after_death": "record.time",
    "died_twice": "record.time", "time_backwards": "record.time",
    "unknown_reference": "record.reference", "step_missing": "record.reference",
    "id_used_twice": "record.once", "conflict": "record.once",
    "not_inside": "record.custody",
    "order_not_in_force": "record.order", "ends_before_it_begins": "record.order",
    "ends_before_prohibition": "record.order", "served_before_made": "record.order",
    "order_made": "record.order", "not_foreign": "record.order",
    "corrects_without_void": "record.correction", "unknown_entry": "record.correction",
    "void_of_void": "record.correction", "voided_already": "record.correction",
    "void_day": "record.correction", "half_correction": "record.correction",
    "unknown_area": "record.place",
    "frozen_already": "record.return", "not_frozen": "record.return",
    "other_return": "record.return", "other_version": "record.return",
    "nothing_changed": "record.return", "digest": "record.return", "figures": "record.return",
    "year_not_over": "record.return", "same_person": "record.return",
    "signed_off_already": "record.return",
    "erased": "practice.retention", "not_restricted": "practice.retention",
    "sentence_before_finding": "record.sense", "shape": "record.sense",
}  # fmt: skip


def with_its_rule(refused: Refused, law: Law, on: date) -> Refused:
    """Adds to a refusal its rule and the section of that rule, where a table has them; returns it.

    `on` is the day of the refused fact. The rule is read at that day, unless the refusal names
    another (`governed_on`).
    """
    refused.rule = refused.rule or RULES.get(refused.code)
    if refused.rule is not None:
        refused.section = law.version(refused.rule, refused.governed_on or on).section
    return refused


def judge(
    history: History, entry: Entry, law: Law, voided_together: frozenset[str] = frozenset()
) -> None:
    """Raises Refused, with its rule and section, where an entry may not be recorded.

    Changes nothing. `voided_together` names the entries that are voided in the same import: an
    entry with `corrects` is refused unless the entry it corrects is among them.
    """
    try:
        _judge(history, entry, law, voided_together)
    except Refused as refused:
        raise with_its_rule(refused, law, entry.fact.on) from None


def _judge(history: History, entry: Entry, law: Law, voided_together: frozenset[str]) -> None:
    fact = entry.fact
    if fact.BEARS_ON == "return" or returns.is_return(history.subject):
        return _judge_return(history, entry)
    if history.erased is not None:
        raise Refused("erased", f"{history.subject} was erased: nothing more is recorded of it",
                      field="subject", entries=(history.erased.name,))  # fmt: skip
    if isinstance(fact, f.EntryVoided):
        return _judge_void(history, entry)
    corrected = None
    if fact.corrects is not None:
        corrected = f"{entry.source} {fact.corrects}"
        if corrected not in voided_together:
            raise Refused(
                "corrects_without_void",
                f"corrects {fact.corrects} without its void: record both together",
                field="corrects",
            )
    kind = type(fact)
    if history.registered is None or kind is f.IndividualRegistered:
        _check_registration(history, entry)
    on, born, died = fact.on, history.born, history.died
    late = on > entry.recorded_at.date() or (born is not None and on < born)
    dead = died is not None and not fact.MAY_ACT_AFTER_DEATH
    if late or dead or kind is f.IndividualAmended:
        _check_dates(history, entry)
    if fact.DEFINES is not None:
        _check_defined_once(history, fact, fact.DEFINES)
    if fact.REFERS_TO:
        _check_references(history, fact)
    special = JUDGES.get(kind)
    if special is not None:
        try:
            special(history, entry, law)
        except Refused as refused:
            if not (refused.overridable and fact.override is not None):
                raise
    return None


def _judge_return(history: History, entry: Entry) -> None:
    """The record of a return takes only facts of returns, and none of them can be voided."""
    fact = entry.fact
    if fact.BEARS_ON != "return":
        raise Refused(
            "other_return",
            f"{history.subject} is the record of an annual return: it is never changed or voided, "
            "and no individual can have this name",
            field="subject",
        )
    if fact.on > civil(entry.recorded_at):
        raise Refused("future", f"`on` {fact.on} is after the day it is recorded", field="on")
    if fact.corrects is not None or fact.override is not None:
        raise Refused("other_return", "a return is restated, never corrected", field="corrects")
    returns.judge(history, entry)


def _judge_void(history: History, entry: Entry) -> None:
    target = voids(entry)
    assert target is not None
    known = history.entry(target)
    if known is None:
        raise Refused(
            "unknown_entry", f"unknown entry {target}: {history.subject} has no such entry to void",
            field="entry",
        )  # fmt: skip
    if isinstance(known.fact, f.EntryVoided):
        raise Refused(
            "void_of_void",
            "a void cannot be voided: record the fact again under a new id",
            field="entry",
            entries=(target,),
        )
    if target in history.voided:
        raise Refused("voided_already", f"{target} is void already", field="entry",
                      entries=(target,))  # fmt: skip
    _check_void_day(entry)


def _check_void_day(entry: Entry) -> None:
    recorded = {civil(entry.recorded_at), civil(datetime.fromisoformat(entry.time.upper()))}
    if entry.fact.on not in recorded:
        raise Refused(
            "void_day",
            f"`on` of a void must be the day it is recorded, {civil(entry.recorded_at)}",
            field="on",
        )
