"""Convictions, cautions and findings: their sentences, what joins them, the period of s.82.

Called by `notification`. A conviction is read as at a day, because a sentence varied or a
conviction quashed later changes the period from then on and makes no past day untrue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from tracker.domain import facts as f
from tracker.domain.dates import Term, after_months, after_term, parse_term
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry

CUSTODIAL = frozenset(
    {"imprisonment", "suspended_sentence", "extended_sentence", "detention_and_training"}
)
WITHOUT_TERM = frozenset({"life", "ipp", "hospital_order", "hospital_order_with_restriction"})
NOTHING = Term(0, 0)
CONVICTION_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.ConvictionRecorded, f.ConvictionSentenced, f.ConvictionQuashed, f.TrialConcluded}
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, from the day it was imposed; `joins` are the convictions it is linked to."""

    on: date
    disposal: f.Disposal
    met: bool | None
    joins: tuple[tuple[str, Term], ...]
    entry: str

    @property
    def custodial(self) -> Term | None:
        """The term for s.82: of a detention and training order its custodial half; or None."""
        if self.disposal.kind not in CUSTODIAL or self.disposal.term is None:
            return None
        term = parse_term(self.disposal.term)
        return term.halved() if self.disposal.kind == "detention_and_training" else term

    def meets_threshold(self, law: Law) -> bool:
        """Whether a threshold offence is met: as recorded, else by the length of the sentence."""
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
    """A finding with everything that happened to it, in acting order."""

    fact: f.ConvictionRecorded
    entry: str
    sentences: list[Sentence] = field(default_factory=list)
    ended: list[tuple[date, str]] = field(default_factory=list)

    @property
    def ref(self) -> str:
        return self.fact.conviction_id

    def ended_by(self, day: date) -> str | None:
        """The entry that quashed it or concluded the trial on or before a day, if any."""
        return next((entry for on, entry in self.ended if on <= day), None)

    def sentence(self, day: date) -> Sentence | None:
        """The sentence that stands on a day."""
        standing = [s for s in self.sentences if s.on <= day]
        return standing[-1] if standing else None

    def listed(self, day: date, law: Law) -> bool:
        """Whether it is a Schedule 3 conviction on a day (s.132(3) for a threshold offence)."""
        if not self.fact.schedule_3 or self.ended_by(day):
            return False
        if not self.fact.threshold:
            return True
        sentence = self.sentence(day)
        return sentence is not None and sentence.meets_threshold(law)


def _joins(fact: f.ConvictionRecorded | f.ConvictionSentenced) -> tuple[tuple[str, Term], ...]:
    joins: list[tuple[str, Term]] = []
    if fact.consecutive_to is not None:
        joins.append((fact.consecutive_to, NOTHING))
    if fact.overlaps is not None:
        joins.append((fact.overlaps.conviction_id, parse_term(fact.overlaps.by)))
    return tuple(joins)


def fold(entries: Sequence[Entry]) -> dict[str, Conviction]:
    """Every conviction, by id, from the entries that count in acting order.

    The findings first: one corrected is recorded after a sentence of the same day.
    """
    found: dict[str, Conviction] = {}
    links: dict[str, tuple[tuple[str, Term], ...]] = {}
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.ConvictionRecorded:
            conviction = found.setdefault(fact.conviction_id, Conviction(fact, entry.name))
            links[fact.conviction_id] = _joins(fact)
            if fact.disposal is not None:
                on = fact.sentenced_on or fact.on
                met, disposal = fact.threshold_met, fact.disposal
                conviction.sentences.append(Sentence(on, disposal, met, _joins(fact), entry.name))
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.ConvictionSentenced and fact.conviction_id in found:
            # A link stands until another sentence of that conviction gives one.
            joins = links[fact.conviction_id] = _joins(fact) or links[fact.conviction_id]
            found[fact.conviction_id].sentences.append(
                Sentence(fact.on, fact.disposal, fact.threshold_met, joins, entry.name)
            )
        elif (
            type(fact) is f.ConvictionQuashed or type(fact) is f.TrialConcluded
        ) and fact.conviction_id in found:
            found[fact.conviction_id].ended.append((fact.on, entry.name))
    for conviction in found.values():
        conviction.sentences.sort(key=lambda s: s.on)
    return found


def joined(ref: str, convictions: Mapping[str, Conviction], day: date, law: Law) -> set[str]:
    """The Schedule 3 convictions joined to one on a day, directly or through one another.

    A term for another offence does not join (s.82(3)).
    """
    listed = {c.ref for c in convictions.values() if c.listed(day, law)}
    edges: dict[str, set[str]] = {r: set() for r in listed}
    for r in listed:
        sentence = convictions[r].sentence(day)
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


def aggregate(
    group: set[str], convictions: Mapping[str, Conviction], day: date
) -> tuple[Term, tuple[str, ...]]:
    """The sum of the terms of a group less what they overlap by, and the entries it rests on."""
    total, entries = NOTHING, []
    for ref in sorted(group):
        sentence = convictions[ref].sentence(day)
        if sentence is None or sentence.custodial is None:
            continue
        total = total.plus(sentence.custodial)
        entries.append(sentence.entry)
        for other, by in sentence.joins:
            if other in group:
                total = total.minus(by)
    return total.bounded(), tuple(entries)
