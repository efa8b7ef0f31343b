"""The notification period of one conviction, caution or finding, by the table of s.82.

Called by `notification` and the reasons. The law as at the relevant date gives the lengths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from typing import NamedTuple

from tracker.domain.dates import after_months, after_term, birthday, parse_term
from tracker.domain.law.convictions import (
    Conviction,
    Sentence,
    joined_convictions,
    total_term,
)
from tracker.domain.law.tables import Law


class Period(NamedTuple):
    """A period of s.82; `until` is the first day after it, None if it has no end.

    `none` says that there is no period at all.
    """

    until: date | None
    indefinite: bool
    rule: str
    entries: tuple[str, ...]
    none: bool = False


class Person(NamedTuple):
    """A person as the law needs it to work out a period: date of birth and all convictions."""

    born: date
    convictions: Mapping[str, Conviction]
    law: Law

    def relevant_date(self, conviction: Conviction) -> date | None:
        """The relevant date of s.82(6), or None if Schedule 3 does not list the conviction.

        For a threshold offence it is the day of the first sentence that meets the threshold.
        """
        if not conviction.fact.schedule_3:
            return None
        if not conviction.fact.threshold:
            return conviction.fact.on
        return next((s.on for s in conviction.sentences if s.meets_threshold(self.law)), None)

    def period_halved(self, relevant: date) -> bool:
        """Whether the period is halved: the person is under 18 on the relevant date (s.82(2))."""
        age = self.law.as_at(relevant, "relevant_date").number_if_any("soa2003.s82.2", "age")
        return age is not None and relevant < birthday(self.born, age)

    def number(self, relevant: date, name: str) -> int:
        """A number of the table of s.82(1) as at the relevant date."""
        return self.law.as_at(relevant, "relevant_date").number("soa2003.s82.1", name)

    def months_after(self, relevant: date, sentenced: date, name: str) -> date:
        """The day a number of months after a sentence; `name` is that number in s.82(1)."""
        return after_months(sentenced, self.number(relevant, name))


def _no_period(relevant: date, entries: tuple[str, ...]) -> Period:
    """No period: after an absolute discharge (s.134), a quashing, or the end of a trial.

    Also where the sentence does not meet the threshold.
    """
    return Period(relevant, False, "soa2003.s82.1", entries, none=True)


def _years(person: Person, relevant: date, years: int, entries: tuple[str, ...]) -> Period:
    """A period of `years` years, halved for a person under 18 on the relevant date (s.82(2))."""
    young = person.period_halved(relevant)
    until = after_months(relevant, 6 * years if young else 12 * years)
    return Period(until, False, "soa2003.s82.2" if young else "soa2003.s82.1", entries)


def _custodial(
    person: Person, conviction: Conviction, sentence: Sentence, relevant: date, day: date
) -> Period:
    mark = partial(person.months_after, relevant, sentence.on)
    group = joined_convictions(conviction.ref, person.convictions, day, person.law)
    term, terms = total_term(group, person.convictions, day)
    entries = (conviction.entry, sentence.entry, *terms)
    end = after_term(sentence.on, term)
    if end >= mark("indefinite_from_months"):
        return Period(None, True, "soa2003.s82.1", entries)
    longer = end > mark("short_term_months")
    years = person.number(relevant, "years_longer_term" if longer else "years_short_term")
    return _years(person, relevant, years, entries)


def _disposed(
    person: Person, conviction: Conviction, sentence: Sentence, relevant: date, day: date
) -> Period:
    """The period that the table of s.82(1) gives for the sentence in force."""
    entries = (conviction.entry, sentence.entry)
    mad = conviction.fact.finding in ("insanity", "disability")
    kind, number = sentence.disposal.kind, partial(person.number, relevant)
    if kind == "hospital_order_with_restriction" or (not mad and kind in ("life", "ipp")):
        return Period(None, True, "soa2003.s82.1", entries)
    if kind == "hospital_order":
        return _years(person, relevant, number("years_hospital"), entries)
    if kind == "absolute_discharge":
        return _no_period(relevant, entries)
    if kind == "conditional_discharge" and sentence.disposal.term is not None:
        until = after_term(relevant, parse_term(sentence.disposal.term))
        return Period(until, False, "soa2003.s82.1", entries)
    if sentence.custodial is not None and not mad:
        return _custodial(person, conviction, sentence, relevant, day)
    return _years(person, relevant, number("years_other"), entries)


def period_on(person: Person, conviction: Conviction, relevant: date, day: date) -> Period:
    """The period of one conviction, by its sentence and end as they were on a day."""
    ended = conviction.ended_by(day)
    if ended is not None:
        return _no_period(relevant, (conviction.entry, ended))
    if conviction.fact.finding == "caution":
        years = person.number(relevant, "years_caution")
        return _years(person, relevant, years, (conviction.entry,))
    sentence = conviction.sentence_on(day)
    if sentence is None:
        return Period(None, False, "soa2003.s80", (conviction.entry,))
    if not conviction.in_schedule_3(day, person.law):
        return _no_period(relevant, (conviction.entry, sentence.entry))
    return _disposed(person, conviction, sentence, relevant, day)


def age_limits(days: Iterable[date], law: Law) -> list[int]:
    """The ages, in years, that the law on any of the days compares a person's age with."""
    ages: set[int | None] = set()
    for day in days:
        ages.add(law.as_at(day, "relevant_date").number_if_any("soa2003.s82.2", "age"))
        ages.add(law.as_at(day, "day_notified").number_if_any("soa2003.s91b.2", "age"))
    return sorted(age for age in ages if age is not None)
