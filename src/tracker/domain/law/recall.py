"""Recall: from when each kind exists and when a fixed-term one ends (CJA 2003 ss.254-255BA).

Called by the answers and the warnings. Recall neither stops nor restarts the notification period
or the review clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import last_day_beginning_with
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry

RULE_OF_KIND = {
    "fixed_term_14": "cja2003.s255b.14",
    "fixed_term_28": "cja2003.s255b.28",
    "fixed_term_56": "cja2003.s255ba",
    "standard": "cja2003.s254",
    "emergency": "cja2003.s254",
}
FIXED_TERM = frozenset({"fixed_term_14", "fixed_term_28", "fixed_term_56"})


class Recall(NamedTuple):
    """One recall to prison.

    `last_day` is the last day in custody of a fixed-term recall, counted from the return; None for
    a recall without a fixed term, without a return, or cancelled.
    """

    recall_id: str
    kind: str
    decided_on: date
    returned_on: date | None
    last_day: date | None
    cancelled: bool
    rule: str
    entries: tuple[str, ...]


def kind_existed(fact: f.RecallDecided, law: Law) -> bool:
    """Whether this kind of recall existed in law on the day of the decision."""
    return law.in_force(RULE_OF_KIND[fact.kind], fact.on)


def _last_day(fact: f.RecallDecided, returned_on: date | None, law: Law) -> date | None:
    """The last day of a fixed-term recall, by the law as at the day of the decision."""
    if returned_on is None or fact.kind not in FIXED_TERM:
        return None
    at = law.as_at(fact.on, "day_decided")
    days = at.number_if_any(RULE_OF_KIND[fact.kind], "days")
    return None if days is None else last_day_beginning_with(returned_on, days)


def recalls(entries: Sequence[Entry], law: Law) -> list[Recall]:
    """Every recall, in the order decided. `entries` are those that count, in acting order."""
    returns: dict[str, Entry] = {}
    cancelled: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry.fact, f.CustodyEntered) and entry.fact.recall_id:
            returns.setdefault(entry.fact.recall_id, entry)
        elif isinstance(entry.fact, f.RecallCancelled):
            cancelled[entry.fact.recall_id] = entry.name
    recalls: list[Recall] = []
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, f.RecallDecided):
            back = returns.get(fact.recall_id)
            returned_on = back.fact.on if back else None
            undone = cancelled.get(fact.recall_id)
            why = [entry.name, *([back.name] if back else []), *([undone] if undone else [])]
            recalls.append(
                Recall(fact.recall_id, fact.kind, fact.on, returned_on,
                       None if undone else _last_day(fact, returned_on, law), undone is not None,
                       RULE_OF_KIND[fact.kind], tuple(why))
            )  # fmt: skip
    return recalls
