"""Facts to spells: what the facts of one individual mean (contract, section 3).

A pure function of the entries that count, the law and nothing else; called by every view and by
`individual`. Facts may have been recorded late and in any order. Each part of the meaning is worked
out when it is asked for; what a further fact leaves alone is not worked out again (`parts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import chain
from typing import Any

from tracker.domain import facts as f
from tracker.domain.dates import earliest
from tracker.domain.law import convictions as c
from tracker.domain.law import custody, notification, review
from tracker.domain.law import orders as o
from tracker.domain.law.notification import Ground
from tracker.domain.law.orders import Order
from tracker.domain.law.review import QualifyingDate
from tracker.domain.law.review_deadlines import APPLICATION
from tracker.domain.law.tables import Law
from tracker.domain.meaning import findings, serving
from tracker.domain.meaning import occurrences as happened
from tracker.domain.meaning import standing as management
from tracker.domain.meaning.parts import EVERY, Before, Part, Parts, given, shared
from tracker.domain.meaning.standing import Standing, held_on
from tracker.domain.record.entry import Entry, as_known
from tracker.domain.spells import Spell

TRACKS = (
    "area", "location", "notification", "order", "licence", "category", "level", "review",
    "application", "finding",
)  # fmt: skip


@dataclass(slots=True)
class Particulars:
    """Who a person is, as last corrected."""

    name: str
    date_of_birth: date
    sex: str | None
    lead_agency: str | None
    identifiers: dict[str, str]


def _particulars(entries: Sequence[Entry]) -> Particulars:
    first = next((e.fact for e in entries if type(e.fact) is f.IndividualRegistered), None)
    if not isinstance(first, f.IndividualRegistered):
        return Particulars("", date.min, None, None, {})  # of nobody
    p = Particulars(
        first.name, first.date_of_birth, first.sex, first.lead_agency, _held(first.identifiers)
    )
    for fact in (e.fact for e in entries if isinstance(e.fact, f.IndividualAmended)):
        p.name = fact.name or p.name
        p.date_of_birth = fact.date_of_birth or p.date_of_birth
        p.sex, p.lead_agency = fact.sex or p.sex, fact.lead_agency or p.lead_agency
        p.identifiers = p.identifiers | _held(fact.identifiers)
    return p


def _held(identifiers: f.Identifiers | None) -> dict[str, str]:
    return identifiers.model_dump(exclude_none=True) if identifiers else {}


def _spells_of(make: Callable[[Any], Spell]) -> Callable[..., list[Spell]]:
    """A spell for each element of a part; those of elements that stay are not made again."""

    def spells(elements: Sequence[Any], before: Before | None = None) -> list[Spell]:
        n = shared(before.given[0], elements) if before is not None else 0
        known: list[Spell] = before.value[:n] if before is not None else []
        return known + [make(element) for element in elements[n:]]

    return spells


def _run_spells(track: str) -> Callable[..., list[Spell]]:
    return _spells_of(lambda r: Spell(track, r.value, r.start, r.until, entries=r.entries))


def _in_order(groups: dict[str, list[Spell]]) -> list[Spell]:
    spells = chain.from_iterable(groups.values())
    return sorted(spells, key=lambda s: (s.start, s.track, s.ref, s.value))


class Timeline(Parts):
    """One individual's history as known at a moment, with its meaning.

    What is asked of it before the next facts are taken in (`after`) need not be worked out again.
    """

    __slots__ = ("subject",)

    law: Part[Law] = given()
    particulars = Part(_particulars, reads={f.IndividualRegistered, f.IndividualAmended})
    _born = Part(lambda who: who.date_of_birth, particulars)
    _begins = Part(
        lambda every: every[0].fact.on if every else date.min, reads=EVERY, ignores="last"
    )
    died = Part(custody.died_on, reads={f.IndividualDied})
    areas = Part(custody.areas, reads=custody.AREA_FACTS)
    _moves = Part(custody.moves, reads=custody.LOCATION_FACTS)
    locations = Part(custody.locations, _moves, _begins)
    stays = Part(custody.stays, reads=custody.STAY_FACTS)
    licences = Part(custody.licences, reads=custody.LICENCE_FACTS)
    convictions = Part(c.convictions_by_id, reads=c.CONVICTION_FACTS)
    orders = Part(o.orders_by_id, law, reads=o.ORDER_FACTS)
    revocations = Part(review.revocations, reads=review.REVOCATION_FACTS)

    _by_conviction = Part(notification.conviction_grounds, convictions, _born, law)
    _by_order = Part(notification.order_grounds, orders, convictions, _born, law)
    _by_breach = Part(
        notification.breach_grounds, Part(o.breach_runs, reads=o.BREACH_FACTS), orders
    )
    grounds = Part(
        notification.grounds, _by_conviction, _by_order, _by_breach, died, revocations, law
    )
    subject_runs = Part(notification.subject_runs, grounds)

    standings = Part(
        management.standings, grounds, died, law, resumes=True,
        reads=management.MARKING | management.MAY_END,
    )  # fmt: skip
    counted = Part(happened.counted, areas, _moves, standings, resumes=True)

    _indefinite = Part(lambda grounds: [g for g in grounds if g.indefinite], grounds)
    _dates_by_law = Part(
        review.qualifying_dates_by_law, _indefinite, stays, _born, law,
        reads={f.NotificationGiven}, ignores=review.leaves_dates_unchanged,
    )  # fmt: skip
    _dates_set = Part(review.dates_set, law, reads=review.DATE_SETTING_FACTS)
    reviews = Part(review.review_runs, _indefinite, _dates_by_law, _dates_set)
    applications = Part(review.applications, reads=review.APPLICATION_FACTS)
    flags = Part(review.flags, reads={f.ReviewEligibilityFlagged})
    erased = Part(bool, reads={f.IndividualErased})

    meetings = Part(
        lambda entries: list(dict.fromkeys(e.fact.on for e in entries)), reads={f.MeetingHeld}
    )

    overrides = Part(
        lambda entries: [e for e in entries if e.fact.override is not None],
        reads=EVERY, ignores=lambda _, fact: fact.override is None,
    )  # fmt: skip
    _leaning = Part(
        findings.leaning, resumes=True, reads=findings.LINKED, ignores=findings.stands_firm
    )
    _hanging = Part(lambda leaning: leaning.hanging, _leaning)
    _posthumous = Part(
        findings.posthumous, died, reads=EVERY, ignores=lambda known, _: known is None
    )
    _findings = Part(
        findings.together,
        Part(findings.category_3_at_level_1, standings, died),
        Part(findings.level_not_set, standings, reads={f.ReferralDecided}),
        Part(findings.threshold_inferred, convictions, died),
        Part(findings.indefinite_without_date, reviews),
        Part(findings.category_2_without_reason, standings, licences, stays, convictions),
        Part(findings.overridden, overrides, died),
        Part(findings.no_longer_inside, stays, died, reads={f.CustodyLeft}),
        Part(serving.no_release, convictions, reads=custody.STAY_FACTS),
        Part(findings.leaning_on_nothing, _hanging, died),
        Part(findings.order_not_in_force, orders, died, reads=findings.IN_FORCE),
        Part(findings.after_death, _posthumous, died),
        whole=True,
    )
    spell_groups: Part[dict[str, list[Spell]]] = Part(
        lambda *groups: dict(zip(TRACKS, groups, strict=True)),
        Part(_run_spells("area"), areas, resumes=True),
        Part(_run_spells("location"), locations, resumes=True),
        Part(_spells_of(Ground.spell), grounds, resumes=True),
        Part(o.spells, orders, died),
        Part(_run_spells("licence"), licences, resumes=True),
        Part(partial(management.spells, "category"), standings, resumes=True),
        Part(partial(management.spells, "level"), standings, resumes=True),
        Part(_spells_of(review.review_spell), reviews, resumes=True),
        Part(review.application_spells, applications, died),
        _findings,
        whole=True,
    )
    spells = Part(_in_order, spell_groups, whole=True)

    occurrence_groups = Part(
        happened.by_cause, areas, _moves, standings,
        Part(happened.breaches, reads=o.BREACH_FACTS),
        Part(happened.revocations, revocations, grounds),
        Part(happened.orders_made, orders),
        Part(happened.became_subject, grounds),
        Part(happened.returns, orders, reads={f.CustodyEntered}),
    )  # fmt: skip
    occurrences = Part(happened.by_day, occurrence_groups, whole=True)

    def __init__(self, subject: str, counting: Iterable[Entry], law: Law) -> None:
        self.subject = subject
        self._share(_nobody(law))
        self._begin(counting)

    def after(self, arrived: Sequence[Entry]) -> Timeline | None:
        """With what was recorded next, in the order recorded; None where nothing is left of it."""
        following = Timeline.__new__(Timeline)
        following.subject = self.subject
        following._share(self)
        left_out = following._take_in(arrived)
        return None if left_out and not _registered(following.entries) else following

    @classmethod
    def topics(cls, *parts: Part[Any]) -> frozenset[str]:
        """The types of fact that parts are made of, voids among them."""
        always: set[type[f.Fact]] = {f.IndividualRegistered, f.EntryVoided}
        return frozenset(k.TYPE for k in always.union(*(part.all_reads() for part in parts)))

    def area(self, day: date) -> str | None:
        run = held_on(self.areas, day)
        return run.value if run else None

    def location(self, day: date) -> str:
        run = held_on(self.locations, day)
        return run.value if run else "community"

    def standing(self, day: date) -> Standing | None:
        return held_on(self.standings, day)

    def grounds_on(self, day: date) -> list[Ground]:
        return [g for g in self.grounds if g.covers(day)]

    def review_on(self, day: date) -> QualifyingDate | None:
        """The qualifying date standing on a day; None for a person with no indefinite ground."""
        run = held_on(self.reviews, day)
        return run.qualifying if run else None

    def barring(self, day: date) -> list[Order]:
        """The orders in force on a day that bar an application (s.91A(2)(b)), by start."""
        live = [o for o in self.orders.values() if o.law.bars_review and self.in_force(o, day)]
        return sorted(live, key=lambda o: (o.start, o.order_id))

    def in_force(self, order: Order, day: date) -> bool:
        return order.in_force(day) and (self.died is None or day < self.died)

    def end_of(self, order: Order) -> date | None:
        return earliest(order.until, self.died)

    def eligible(self, day: date) -> bool:
        """Whether an application made on a day would be valid (ss.91A, 91B)."""
        qualifying = self.review_on(day)
        return (
            qualifying is not None
            and qualifying.on is not None
            and day >= qualifying.on
            and self.law.in_force(APPLICATION, day)
            and not self.barring(day)
        )

    def subject_run(self, day: date) -> tuple[date, date | None] | None:
        """The unbroken run of days subject that holds a day, all grounds joined; else None."""
        runs = ((start, until) for start, until in self.subject_runs if start <= day)
        return next((r for r in runs if r[1] is None or day < r[1]), None)


@lru_cache(maxsize=8)
def _nobody(law: Law) -> Timeline:
    """What everybody begins with: what no fact at all means."""
    t = Timeline.__new__(Timeline)
    t._of_nothing(Timeline.law, law)
    return t


def _registered(counting: Iterable[Entry]) -> bool:
    return any(type(e.fact) is f.IndividualRegistered for e in counting)


def fold(subject: str, counting: Iterable[Entry], law: Law) -> Timeline | None:
    """The timeline of the entries that count, in acting order; None without a registration."""
    t = Timeline(subject, counting, law)
    return t if _registered(t.entries) else None


def timeline(
    subject: str, entries: Iterable[Entry], law: Law, known_at: datetime | None = None
) -> Timeline | None:
    """What was known of an individual at a moment, folded; None where nothing was."""
    return fold(subject, as_known(entries, known_at), law)


def advance(
    t: Timeline | None, subject: str, arrived: Sequence[Entry], entries: Sequence[Entry], law: Law
) -> Timeline | None:
    """What is known of an individual with what arrived, `t` being what was known before.

    `entries` are all recorded so far, with what arrived at their end.
    """
    return fold(subject, as_known(entries), law) if t is None else t.after(arrived)
