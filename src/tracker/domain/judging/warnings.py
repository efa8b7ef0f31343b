"""Warnings: what is recorded all the same, because it may be true, but deserves a second look.

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


def _court_day(day: date | None, law: Law, what: str) -> list[str]:
    if day in law.bank_holidays and not law.ended(BANK_HOLIDAYS, day):
        return [f"{what} on a bank holiday, {day} [{BANK_HOLIDAYS}]"]
    return []


def _limit(day: date, law: Law, name: str) -> int | None:
    """A limit of what is probable, as at the day of the fact; None where there is none."""
    return law.as_at(day, "day_in_question").number_if_any(SENSE, name)


def _of_conviction(history: History, fact: f.ConvictionRecorded, law: Law) -> list[str]:
    found = _court_day(fact.sentenced_on, law, "a sentence")
    if fact.finding != "caution":
        found += _court_day(fact.on, law, "a finding")
    age, born = _limit(fact.on, law, "age_of_responsibility"), history.born
    if age is not None and born is not None and fact.on < birthday(born, age):
        found.append(f"a finding under {age} years of age [{SENSE}]")
    return found


def _of_sentence(history: History, fact: f.ConvictionSentenced, law: Law) -> list[str]:
    return _court_day(fact.on, law, "a sentence")


def _of_extension(history: History, fact: f.OrderVaried | f.OrderRenewed, law: Law) -> list[str]:
    """An order of before 8 March 2015 made to last longer while the law had no power for it."""
    made = history.defined.get(("order", fact.order_id))
    treated = treated_as_new_from(fact.on, law)
    extends = fact.ends_on is not None or fact.until_further_order
    if made is None or not extends or treated is None:
        return []
    if not law.commencement(OLD_ORDERS) <= fact.on < treated:
        return []
    old = isinstance(made.fact, f.OrderMade) and made.fact.kind in OLD_KINDS
    return [f"an order of the old law made to end otherwise on {fact.on} [{OLD_ORDERS}]"] * old


def _of_recall(history: History, fact: f.RecallDecided, law: Law) -> list[str]:
    """A kind of recall before it came, or after it had gone."""
    if kind_existed(fact, law):
        return []
    rule = RULE_OF_KIND[fact.kind]
    when = f"after {law.ended(rule, fact.on)}, the last day of it"
    if fact.on < law.commencement(rule):
        when = "before there was one"
    return [f"a {fact.kind} recall {when} [{rule}]"]


FEWEST_FACTS = 30  # A record shorter than this cannot hold an improbable number on one day.
BY_TYPE: dict[type[f.Fact], Callable[[History, Any, Law], list[str]]] = {
    f.ConvictionRecorded: _of_conviction,
    f.ConvictionSentenced: _of_sentence,
    f.RecallDecided: _of_recall,
    f.OrderVaried: _of_extension,
    f.OrderRenewed: _of_extension,
}


def may_warn(history: History, fact: f.Fact) -> bool:
    """Whether a fact need be looked at at all: most need not."""
    return type(fact) in BY_TYPE or len(history.entries) >= FEWEST_FACTS


def warnings(history: History, entry: Entry, law: Law) -> list[str]:
    """What is improbable about an entry, in sentences with the rule; no personal data.

    `history` is the record with the entry in it, or just before it.
    """
    if not may_warn(history, entry.fact):
        return []
    by_type = BY_TYPE.get(type(entry.fact))
    found = [] if by_type is None else by_type(history, entry.fact, law)
    return found + _of_one_day(history, entry, law)


def _of_one_day(history: History, entry: Entry, law: Law) -> list[str]:
    """More facts on one day than a unit records of one person."""
    fact = entry.fact
    most = _limit(fact.on, law, "facts_on_one_day")
    if most is not None and len(history.counting) + 1 >= most:  # the entry may not be in it yet
        others = 0
        for e in reversed(history.counting):  # by day: what is of that day stands at the end
            if e.fact.on < fact.on:
                break
            others += e.fact.on == fact.on and e.sequence != entry.sequence
        if others + 1 >= most:
            return [f"{others + 1} facts on {fact.on} [{SENSE}]"]
    return []
