"""Custody for longer than the sentence: a release that nobody recorded. Called by `timeline`.

A term counts in full from the day of entering custody, together with the terms joined to it. There
is no finding where a sentence has no term. So everybody in this finding is worth a check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import after_term
from tracker.domain.law.convictions import CUSTODIAL, WITHOUT_TERM, Conviction, Sentence, total_term
from tracker.domain.record.entry import Entry
from tracker.domain.spells import Spell

IMMEDIATE = (CUSTODIAL | WITHOUT_TERM) - {"suspended_sentence"}
Convictions = Mapping[str, Conviction]


class Serving(NamedTuple):
    """Unbroken days `[start, until)` in custody for a sentence, in a stay that began on `inside`.

    `named` has the convictions recorded as its cause, each with the day of entry for it.
    """

    inside: date
    start: date
    until: date | None
    named: Mapping[str, date]
    entries: tuple[str, ...]


class ServedTerm(NamedTuple):
    """A term served in full: `over` is the first day after it, `ref` its conviction."""

    over: date
    ref: str
    entries: tuple[str, ...]


def no_release(entries: Sequence[Entry], convictions: Convictions) -> list[Spell]:
    """Still in custody for a sentence after its term, until something else is recorded.

    `entries` are the facts of stays (`custody.STAY_FACTS`), in acting order.
    """
    spells: list[Spell] = []
    for run in _servings(entries):
        last = _last_served(run, convictions)
        if last is None:
            continue
        start, why = max(last.over, run.start), (*run.entries, *last.entries)
        if run.until is None or start < run.until:
            spells.append(
                Spell("finding", "no_release_after_sentence", start, run.until, last.ref, None, why)
            )
    return spells


def _servings(entries: Sequence[Entry]) -> Iterator[Serving]:
    """The runs of days for a sentence within each stay.

    Only release, departure or death ends a stay; remand, recall and the like are no sentence.
    """
    inside: date | None = None
    start: date | None = None
    named, why = dict[str, date](), list[str]()
    for entry in entries:
        on, entered = entry.fact.on, entry.fact if type(entry.fact) is f.CustodyEntered else None
        sentence = entered is not None and entered.kind == "sentence"
        if inside is not None and start is not None and not sentence:
            yield Serving(inside, start, on, dict(named), tuple(why))
            start, why = None, []
        if entered is None:
            inside, named = None, {}
        else:
            inside = inside or on
        if entered is not None and sentence:
            start = start or on
            why.append(entry.name)
            if entered.conviction_id is not None:
                named.setdefault(entered.conviction_id, on)
        if type(entry.fact) is f.IndividualDied:
            return
    if inside is not None and start is not None:
        yield Serving(inside, start, None, named, tuple(why))


def _last_served(run: Serving, convictions: Convictions) -> ServedTerm | None:
    """The last term to end of those that custody is for; None if one has no known end.

    By the sentences in force at the end of the run, each with those joined to it.
    """
    at = run.until or date.max
    sentences = {ref: s for ref, c in convictions.items() if (s := c.sentence_on(at)) is not None}
    served: list[ServedTerm] = []
    for ref, day in _served_convictions(run, sentences).items():
        if ref not in sentences or sentences[ref].custodial is None:
            return None
        group = _joined_sentences(ref, sentences)
        if any(sentences[one].disposal.kind in WITHOUT_TERM for one in group):
            return None
        term, entries = total_term(group, convictions, at)
        served.append(ServedTerm(after_term(day, term), ref, entries))
    return max(served, default=None)


def _served_convictions(run: Serving, sentences: Mapping[str, Sentence]) -> dict[str, date]:
    """The convictions that custody is for, each with the day from which its term counts.

    They are those recorded as its cause, and those sentenced to custody while inside, for which
    nobody need record it.
    """
    imposed = {
        ref: s.on
        for ref, s in sentences.items()
        if run.inside <= s.on and s.disposal.kind in IMMEDIATE
    }
    return imposed | dict(run.named)


def _joined_sentences(ref: str, sentences: Mapping[str, Sentence]) -> set[str]:
    """`ref` and the convictions whose sentences are joined to its own, directly or through others.

    For any offence, in Schedule 3 or not: the terms are served together.
    """
    links = [
        {one, other} & sentences.keys() for one, s in sentences.items() for other, _ in s.joins
    ]
    group = {ref}
    while more := set().union(*(link for link in links if link & group)) - group:
        group |= more
    return group
