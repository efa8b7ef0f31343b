"""Warnings about facts that are improbable but recorded, because they may be true.

Called by `intake` after a fact was accepted. The limits are in `config/law/`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tracker.domain import facts as f
from tracker.domain.dates import birthday
from tracker.domain.law.order_limits import OLD_ORDERS, treated_as_new_from
from tracker.domain.law.orders import OLD_KINDS
from tracker.domain.law.recall import RULE_OF_KIND, kind_existed
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History

BANK_HOLIDAYS, SENSE = "bfda1971.s1", "record.sense"


def _bank_holiday_warnings(day: date | None, law: Law, what: str) -> list[str]:
    if day in law.bank_holidays and not law.ended(BANK_HOLIDAYS, day):
        return [f"{what} on a bank holiday, {day} [{BANK_HOLIDAYS}]"]
    return []


def _limit(day: date, law: Law, name: str) -> int | None:
    """The limit `name` of what is probable, as at `day`; None where there is none."""
    return law.as_at(day, "day_in_question").number_if_any(SENSE, name)


def _conviction_warnings(history: History, fact: f.ConvictionRecorded, law: Law) -> list[str]:
    sentences = _bank_holiday_warnings(fact.sentenced_on, law, "a sentence")
    if fact.finding != "caution":
        sentences += _bank_holiday_warnings(fact.on, law, "a finding")
    age, born = _limit(fact.on, law, "age_of_responsibility"), history.born
    if age is not None and born is not None and fact.on < birthday(born, age):
        sentences.append(f"a finding under {age} years of age [{SENSE}]")
    return sentences


def _sentence_warnings(history: History, fact: f.ConvictionSentenced, law: Law) -> list[str]:
    return _bank_holiday_warnings(fact.on, law, "a sentence")


def _extension_warnings(
    history: History, fact: f.OrderVaried | f.OrderRenewed, law: Law
) -> list[str]:
    """Warns of an order from before 8 March 2015 extended while the law gave no power to do so."""
    made = history.defined.get(("order", fact.order_id))
    treated = treated_as_new_from(fact.on, law)
    extends = fact.ends_on is not None or fact.until_further_order
    if made is None or not extends or treated is None:
        return []
    if not law.commencement(OLD_ORDERS) <= fact.on < treated:
        return []
    old = isinstance(made.fact, f.OrderMade) and made.fact.kind in OLD_KINDS
    return [f"an order of the old law with a new end, made on {fact.on} [{OLD_ORDERS}]"] * old


def _recall_warnings(history: History, fact: f.RecallDecided, law: Law) -> list[str]:
    """Warns of a kind of recall used before it existed, or after it was abolished."""
    if kind_existed(fact, law):
        return []
    rule = RULE_OF_KIND[fact.kind]
    when = f"after {law.ended(rule, fact.on)}, the last day of it"
    if fact.on < law.commencement(rule):
        when = "before it existed"
    return [f"a {fact.kind} recall {when} [{rule}]"]


FEWEST_FACTS = 30  # A shorter record cannot have an improbable number of facts on one day.
BY_TYPE: dict[type[f.Fact], Callable[[History, Any, Law], list[str]]] = {
    f.ConvictionRecorded: _conviction_warnings,
    f.ConvictionSentenced: _sentence_warnings,
    f.RecallDecided: _recall_warnings,
    f.OrderVaried: _extension_warnings,
    f.OrderRenewed: _extension_warnings,
}


def may_warn(history: History, fact: f.Fact) -> bool:
    """Quick check before `warnings`: False if there can be no warning about a fact."""
    return type(fact) in BY_TYPE or len(history.entries) >= FEWEST_FACTS


def warnings(history: History, entry: Entry, law: Law) -> list[str]:
    """One sentence, with its rule, for each thing that is improbable about an entry.

    The sentences have no personal data. `history` is the record, with or without the entry.
    """
    if not may_warn(history, entry.fact):
        return []
    by_type = BY_TYPE.get(type(entry.fact))
    sentences = [] if by_type is None else by_type(history, entry.fact, law)
    return sentences + _same_day_warnings(history, entry, law)


def _same_day_warnings(history: History, entry: Entry, law: Law) -> list[str]:
    """Warns of more facts on one day than a unit is likely to record of one person."""
    fact = entry.fact
    most = _limit(fact.on, law, "facts_on_one_day")
    if most is not None and len(history.counting) + 1 >= most:  # the entry may not be in it yet
        others = 0
        for e in reversed(history.counting):  # sorted by day, so the day is near the end
            if e.fact.on < fact.on:
                break
            others += e.fact.on == fact.on and e.sequence != entry.sequence
        if others + 1 >= most:
            return [f"{others + 1} facts on {fact.on} [{SENSE}]"]
    return []
