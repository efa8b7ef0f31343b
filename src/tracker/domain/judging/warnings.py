"""Warnings: what is recorded all the same, because it may be true, but deserves a second look.

Called by `intake` after a fact was accepted. The limits are in `config/law/`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from tracker.domain import facts as f
from tracker.domain.dates import after_years, birthday
from tracker.domain.law.orders import OLD_KINDS
from tracker.domain.law.recall import RULE_OF_KIND, kind_existed
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.domain.record.history import History


def _court_day(day: date | None, law: Law, what: str) -> list[str]:
    if day is not None and day in law.bank_holidays:
        return [f"{what} on a bank holiday, {day} [bfda1971.s1]"]
    return []


def _of_conviction(history: History, fact: f.ConvictionRecorded, law: Law) -> list[str]:
    found = _court_day(fact.sentenced_on, law, "a sentence")
    if fact.finding != "caution":
        found += _court_day(fact.on, law, "a finding")
    age = law.number("record.sense", "age_of_responsibility")
    if history.born is not None and fact.on < birthday(history.born, age):
        found.append(f"a finding under {age} years of age [record.sense]")
    return found


def _of_sentence(history: History, fact: f.ConvictionSentenced, law: Law) -> list[str]:
    return _court_day(fact.on, law, "a sentence")


def _of_recall(history: History, fact: f.RecallDecided, law: Law) -> list[str]:
    if kind_existed(fact, law):
        return []
    return [f"a {fact.kind} recall before there was one [{RULE_OF_KIND[fact.kind]}]"]


def _of_extension(history: History, fact: f.OrderVaried | f.OrderRenewed, law: Law) -> list[str]:
    """An order of before 8 March 2015 made to last longer while the law had no power for it."""
    made = history.named.get(("order", fact.order_id))
    rule = law.rule("asbcpa2014.s114")
    treated = after_years(rule.in_force, rule.numbers["treated_as_new_after_years"])
    extends = fact.ends_on is not None or fact.until_further_order
    if made is None or not extends or not rule.in_force <= fact.on < treated:
        return []
    old = isinstance(made.fact, f.OrderMade) and made.fact.kind in OLD_KINDS
    return [f"an order of the old law made to end otherwise on {fact.on} [{rule.id}]"] * old


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
    fact, found = entry.fact, list[str]()
    if not may_warn(history, fact):
        return found
    by_type = BY_TYPE.get(type(fact))
    if by_type is not None:
        found += by_type(history, fact, law)
    most = law.number("record.sense", "facts_on_one_day")
    if len(history.counting) + 1 >= most:  # the entry may not be in it yet
        others = 0
        for e in reversed(history.counting):  # by day: what is of that day stands at the end
            if e.fact.on < fact.on:
                break
            others += e.fact.on == fact.on and e.sequence != entry.sequence
        if others + 1 >= most:
            found.append(f"{others + 1} facts on {fact.on} [record.sense]")
    return found
