"""Convictions, cautions and findings: their sentences, and the terms that s.82 adds together.

Called by `notification`, `periods` and the reasons. A conviction is read as at a day: a later
variation or quashing changes the notification period from that day on, and no earlier day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import Term, after_months, after_term, parse_term
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry

CUSTODIAL = frozenset(
    {"imprisonment", "suspended_sentence", "extended_sentence", "detention_and_training"}
)
WITHOUT_TERM = frozenset({"life", "ipp", "hospital_order", "hospital_order_with_restriction"})
NO_TERM = Term(0, 0)
CONVICTION_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.ConvictionRecorded, f.ConvictionSentenced, f.ConvictionQuashed, f.TrialConcluded}
)


class Sentence(NamedTuple):
    """One sentence, from the day it was imposed.

    `met` says whether it meets the threshold of Schedule 3, where that is recorded. `joins` names
    each conviction that it is consecutive to or overlaps, with the length of the overlap.
    """

    on: date
    disposal: f.Disposal
    met: bool | None
    joins: tuple[tuple[str, Term], ...]
    entry: str

    @property
    def custodial(self) -> Term | None:
        """The custodial term for s.82; None for a sentence without one.

        Half of the term counts for a detention and training order.
        """
        if self.disposal.kind not in CUSTODIAL or self.disposal.term is None:
            return None
        term = parse_term(self.disposal.term)
        return term.halved() if self.disposal.kind == "detention_and_training" else term

    def meets_threshold(self, law: Law) -> bool:
        """Whether the sentence meets the threshold of Schedule 3.

        As recorded; where that is not recorded, by its length (s.132(3)).
        """
        if self.met is not None:
            return self.met
        if self.disposal.kind in WITHOUT_TERM:
            return True
        term = self.custodial
        if term is None:
            return False
        at = law.as_at(self.on, "day_sentenced")
        least = after_months(self.on, at.number("soa2003.s132.3", "default_months"))
        return after_term(self.on, term) >= least


@dataclass(slots=True)
class Conviction:
    """A conviction, caution or finding with its sentences and its end, each in date order."""

    fact: f.ConvictionRecorded
    entry: str
    sentences: list[Sentence] = field(default_factory=list)
    ended: list[tuple[date, str]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return self.fact.conviction_id

    def ended_by(self, day: date) -> str | None:
        """The entry of its quashing, or of the end of the trial, by the end of a day; else None."""
        return next((entry for on, entry in self.ended if on <= day), None)

    def sentence_on(self, day: date) -> Sentence | None:
        """The sentence in force on a day: the last one imposed by then; None before the first."""
        imposed = [s for s in self.sentences if s.on <= day]
        return imposed[-1] if imposed else None

    def in_schedule_3(self, day: date, law: Law) -> bool:
        """Whether Schedule 3 lists the conviction, as at a day.

        A threshold offence is listed only while its sentence meets the threshold (s.132(3)).
        """
        if not self.fact.schedule_3 or self.ended_by(day):
            return False
        if not self.fact.threshold:
            return True
        sentence = self.sentence_on(day)
        return sentence is not None and sentence.meets_threshold(law)


def _joins(fact: f.ConvictionRecorded | f.ConvictionSentenced) -> tuple[tuple[str, Term], ...]:
    joins: list[tuple[str, Term]] = []
    if fact.consecutive_to is not None:
        joins.append((fact.consecutive_to, NO_TERM))
    if fact.overlaps is not None:
        joins.append((fact.overlaps.conviction_id, parse_term(fact.overlaps.by)))
    return tuple(joins)


def convictions_by_id(entries: Sequence[Entry]) -> dict[str, Conviction]:
    """Every conviction by its id. `entries` are those that count, in acting order.

    Convictions are read before sentences, because a corrected conviction may be recorded after a
    sentence of the same day.
    """
    convictions: dict[str, Conviction] = {}
    links: dict[str, tuple[tuple[str, Term], ...]] = {}
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.ConvictionRecorded:
            conviction = convictions.setdefault(fact.conviction_id, Conviction(fact, entry.name))
            links[fact.conviction_id] = _joins(fact)
            if fact.disposal is not None:
                on = fact.sentenced_on or fact.on
                met, disposal = fact.threshold_met, fact.disposal
                conviction.sentences.append(Sentence(on, disposal, met, _joins(fact), entry.name))
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.ConvictionSentenced and fact.conviction_id in convictions:
            # A link stays until another sentence of that conviction replaces it.
            joins = links[fact.conviction_id] = _joins(fact) or links[fact.conviction_id]
            convictions[fact.conviction_id].sentences.append(
                Sentence(fact.on, fact.disposal, fact.threshold_met, joins, entry.name)
            )
        elif (
            type(fact) is f.ConvictionQuashed or type(fact) is f.TrialConcluded
        ) and fact.conviction_id in convictions:
            convictions[fact.conviction_id].ended.append((fact.on, entry.name))
    for conviction in convictions.values():
        conviction.sentences.sort(key=lambda s: s.on)
    return convictions


def joined_convictions(
    ref: str, convictions: Mapping[str, Conviction], day: date, law: Law
) -> set[str]:
    """The ids of `ref` and of the Schedule 3 convictions joined to it, as at a day.

    Two are joined where their terms are consecutive or overlap, directly or through others. Terms
    for offences outside Schedule 3 join nothing (s.82(3)), nor does a sentence without a term.
    """
    listed = {
        c.ref
        for c in convictions.values()
        if c.in_schedule_3(day, law)
        and (sentence := c.sentence_on(day)) is not None
        and sentence.custodial is not None
    }
    edges: dict[str, set[str]] = {r: set() for r in listed}
    for r in listed:
        sentence = convictions[r].sentence_on(day)
        for other, _ in sentence.joins if sentence else ():
            if other in listed:
                edges[r].add(other)
                edges[other].add(r)
    group, todo = {ref}, [ref]
    while todo:
        new = edges[todo.pop()] - group
        group |= new
        todo += new
    return group


def total_term(
    group: set[str], convictions: Mapping[str, Conviction], day: date
) -> tuple[Term, tuple[str, ...]]:
    """The total custodial term of a group of joined convictions, as at a day.

    Overlaps are counted once. Also returns the entries of the sentences that were added.
    """
    total, entries = NO_TERM, []
    for ref in sorted(group):
        sentence = convictions[ref].sentence_on(day)
        if sentence is None or sentence.custodial is None:
            continue
        total = total.plus(sentence.custodial)
        entries.append(sentence.entry)
        for other, by in sentence.joins:
            if other in group:
                total = total.minus(by)
    return total.bounded(), tuple(entries)
