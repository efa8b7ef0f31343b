"""Custody for longer than the sentence: a release that nobody recorded. Called by `timeline`.

The whole term counts from the day entered, with the terms of all that is joined to it, and nothing
is said where a sentence has no term: whoever is named is worth a look.
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
    """Days in custody for a sentence that follow one another, in a stay begun on the day `inside`.

    `named` are the convictions that the stay is said to be for, each with the day entered for it.
    """

    inside: date
    start: date
    until: date | None
    named: Mapping[str, date]
    entries: tuple[str, ...]


class Served(NamedTuple):
    """A term served in full: the first day after it, of which conviction, by which entries."""

    over: date
    ref: str
    entries: tuple[str, ...]


def no_release(entries: Sequence[Entry], convictions: Convictions) -> list[Spell]:
    """In custody for a sentence from the day after its term on, until something else is recorded.

    `entries` are the facts of stays (`custody.STAY_FACTS`), in acting order.
    """
    found: list[Spell] = []
    for run in _servings(entries):
        last = _last_served(run, convictions)
        if last is None:
            continue
        start, why = max(last.over, run.start), (*run.entries, *last.entries)
        if run.until is None or start < run.until:
            found.append(
                Spell("finding", "no_release_after_sentence", start, run.until, last.ref, None, why)
            )
    return found


def _servings(entries: Sequence[Entry]) -> Iterator[Serving]:
    """Only release, departure or death ends a stay; remand, recall and the like are no sentence."""
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


def _last_served(run: Serving, convictions: Convictions) -> Served | None:
    """The last of the terms that custody is for; None where one has no end that is known.

    By the sentences that stood at the end of the run, each with all that is joined to it.
    """
    at = run.until or date.max
    held = {ref: s for ref, c in convictions.items() if (s := c.sentence_on(at)) is not None}
    served: list[Served] = []
    for ref, day in _for(run, held).items():
        if ref not in held or held[ref].custodial is None:
            return None
        group = _joined(ref, held)
        if any(held[one].disposal.kind in WITHOUT_TERM for one in group):
            return None
        term, entries = total_term(group, convictions, at)
        served.append(Served(after_term(day, term), ref, entries))
    return max(served, default=None)


def _for(run: Serving, held: Mapping[str, Sentence]) -> dict[str, date]:
    """The convictions that custody is for, each with the day from which its term counts.

    Those named, and those of a sentence to custody imposed while inside, which nobody need name.
    """
    imposed = {
        ref: s.on for ref, s in held.items() if run.inside <= s.on and s.disposal.kind in IMMEDIATE
    }
    return imposed | dict(run.named)


def _joined(ref: str, held: Mapping[str, Sentence]) -> set[str]:
    """The convictions whose sentences are joined to one's, directly or through one another.

    Of any offence: what is served together is not asked whether Schedule 3 lists it.
    """
    links = [{one, other} & held.keys() for one, s in held.items() for other, _ in s.joins]
    group = {ref}
    while more := set().union(*(link for link in links if link & group)) - group:
        group |= more
    return group
