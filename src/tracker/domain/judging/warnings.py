"""Warnings: what is recorded all the same, because it may be true, but deserves a second look.

Called by `intake` after a fact was accepted. The limits are in `config/law/`.
"""

from __future__ import annotations

from datetime import date

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


FEWEST_FACTS = 30  # A record shorter than this cannot hold an improbable number on one day.
LOOKED_AT = frozenset(
    {f.ConvictionRecorded, f.ConvictionSentenced, f.RecallDecided, f.OrderVaried, f.OrderRenewed}
)


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


def warnings(history: History, entry: Entry, law: Law) -> list[str]:
    """What is improbable about an entry, in sentences with the rule; no personal data.

    `history` is the record with the entry in it, or just before it.
    """
    fact, found = entry.fact, list[str]()
    if type(fact) not in LOOKED_AT and len(history.counting) < FEWEST_FACTS:
        return found
    if isinstance(fact, f.ConvictionRecorded):
        found += _of_conviction(history, fact, law)
    elif isinstance(fact, f.ConvictionSentenced):
        found += _court_day(fact.on, law, "a sentence")
    elif isinstance(fact, f.OrderVaried | f.OrderRenewed):
        found += _of_extension(history, fact, law)
    elif isinstance(fact, f.RecallDecided) and not kind_existed(fact, law):
        rule = RULE_OF_KIND[fact.kind]
        found.append(f"a {fact.kind} recall before there was one [{rule}]")
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
