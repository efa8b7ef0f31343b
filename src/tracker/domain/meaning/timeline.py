"""From facts to spells: what the facts about one person mean (contract, section 3).

A pure function of the entries that count and the law; called by every view, the judges and the
answers. Facts may be recorded late and in any order. Each part of a timeline is computed when it
is read, and again only if another fact may have changed it (`parts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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
from tracker.domain.meaning.particulars import PARTICULARS_FACTS, latest_particulars
from tracker.domain.meaning.parts import EVERY, Before, Part, Parts, supplied
from tracker.domain.meaning.standing import Standing, run_on
from tracker.domain.meaning.unchanged import common_prefix
from tracker.domain.record.entry import Entry, as_known
from tracker.domain.spells import Spell

TRACKS = (
    "area", "location", "notification", "order", "licence", "category", "level", "review",
    "application", "finding",
)  # fmt: skip


def _spells_of(make: Callable[[Any], Spell]) -> Callable[..., list[Spell]]:
    """A function that makes a spell of each element, and keeps those of unchanged elements."""

    def spells(elements: Sequence[Any], before: Before | None = None) -> list[Spell]:
        n = common_prefix(before.inputs[0], elements) if before is not None else 0
        unchanged: list[Spell] = before.value[:n] if before is not None else []
        return unchanged + [make(element) for element in elements[n:]]

    return spells


def _run_spells(track: str) -> Callable[..., list[Spell]]:
    return _spells_of(lambda r: Spell(track, r.value, r.start, r.until, entries=r.entries))


def _in_order(groups: dict[str, list[Spell]]) -> list[Spell]:
    spells = chain.from_iterable(groups.values())
    return sorted(spells, key=lambda s: (s.start, s.track, s.ref, s.value))


class Timeline(Parts):
    """The history of one person as known at a moment, and what it means, in parts.

    `after` gives the timeline with further facts; parts read before that are reused where they
    cannot have changed.
    """

    __slots__ = ("subject",)

    law: Part[Law] = supplied()
    particulars = Part(latest_particulars, reads=PARTICULARS_FACTS)
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
        reads=management.MARK_FACTS | management.MAY_END,
    )  # fmt: skip
    counted = Part(happened.counted_runs, areas, _moves, standings, resumes=True)

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
    _references = Part(
        findings.references,
        resumes=True,
        reads=findings.LINKING_FACTS,
        ignores=findings.leaves_references_unchanged,
    )
    _unresolved = Part(lambda references: references.unresolved, _references)
    _posthumous = Part(
        findings.posthumous, died, reads=EVERY, ignores=lambda known, _: known is None
    )
    _findings = Part(
        findings.all_findings,
        Part(findings.category_3_at_level_1, standings, died),
        Part(findings.level_not_set, standings, reads={f.ReferralDecided}),
        Part(findings.threshold_inferred, convictions, died),
        Part(findings.indefinite_without_date, reviews),
        Part(findings.category_2_without_reason, standings, licences, stays, convictions),
        Part(findings.overridden, overrides, died),
        Part(findings.no_longer_inside, stays, died, reads={f.CustodyLeft}),
        Part(serving.no_release, convictions, reads=custody.STAY_FACTS),
        Part(findings.unknown_references, _unresolved, died),
        Part(findings.order_not_in_force, orders, died, reads=findings.ORDER_IN_FORCE_FACTS),
        Part(findings.order_on_quashed_conviction, convictions, orders, died),
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
        self._copy_from(_without_facts(law))
        self._load(counting)

    def after(self, arrived: Sequence[Entry]) -> Timeline | None:
        """The timeline with entries recorded next, in that order; None without a registration."""
        following = Timeline.__new__(Timeline)
        following.subject = self.subject
        following._copy_from(self)
        removed = following._append(arrived)
        return None if removed and not _registered(following.entries) else following

    @classmethod
    def topics(cls, *parts: Part[Any]) -> frozenset[str]:
        """The types of fact that may change any of the parts, as names; always with voids."""
        always: set[type[f.Fact]] = {f.IndividualRegistered, f.EntryVoided}
        return frozenset(k.TYPE for k in always.union(*(part.all_types() for part in parts)))

    def area(self, day: date) -> str | None:
        """The managing area on a day; None before registration."""
        run = run_on(self.areas, day)
        return run.value if run else None

    def location(self, day: date) -> str:
        """Where the person is at the end of a day: `community`, `custody`, `hospital`, ..."""
        run = run_on(self.locations, day)
        return run.value if run else "community"

    def standing(self, day: date) -> Standing | None:
        """Category and level on a day; None before anything set them."""
        return run_on(self.standings, day)

    def grounds_on(self, day: date) -> list[Ground]:
        """The grounds on which the person is subject to notification requirements on a day."""
        return [g for g in self.grounds if g.covers(day)]

    def review_on(self, day: date) -> QualifyingDate | None:
        """The qualifying date as on a day; None for a person with no indefinite ground then."""
        run = run_on(self.reviews, day)
        return run.qualifying if run else None

    def barring(self, day: date) -> list[Order]:
        """The orders in force on a day that bar an application for review (s.91A(2)(b))."""
        live = [o for o in self.orders.values() if o.law.bars_review and self.in_force(o, day)]
        return sorted(live, key=lambda o: (o.start, o.order_id))

    def in_force(self, order: Order, day: date) -> bool:
        """Whether an order is in force on a day; death ends every order."""
        return order.in_force(day) and (self.died is None or day < self.died)

    def end_of(self, order: Order) -> date | None:
        """The first day without an order, death counted as an end; None if no end is known."""
        return earliest(order.until, self.died)

    def eligible(self, day: date) -> bool:
        """Whether the person could validly apply for a review on a day (ss.91A, 91B)."""
        qualifying = self.review_on(day)
        return (
            qualifying is not None
            and qualifying.on is not None
            and day >= qualifying.on
            and self.law.in_force(APPLICATION, day)
            and not self.barring(day)
        )

    def subject_run(self, day: date) -> tuple[date, date | None] | None:
        """The unbroken run `[start, until)` of days subject that has a day in it; else None."""
        runs = ((start, until) for start, until in self.subject_runs if start <= day)
        return next((r for r in runs if r[1] is None or day < r[1]), None)


@lru_cache(maxsize=8)
def _without_facts(law: Law) -> Timeline:
    """The timeline without any fact, from which every other one is copied."""
    t = Timeline.__new__(Timeline)
    t._start_empty(Timeline.law, law)
    return t


def _registered(counting: Iterable[Entry]) -> bool:
    return any(type(e.fact) is f.IndividualRegistered for e in counting)


def fold(subject: str, counting: Iterable[Entry], law: Law) -> Timeline | None:
    """The timeline of entries that count, in acting order; None without a registration."""
    t = Timeline(subject, counting, law)
    return t if _registered(t.entries) else None


def timeline(
    subject: str, entries: Iterable[Entry], law: Law, known_at: datetime | None = None
) -> Timeline | None:
    """The timeline of a person as known at a moment, or now; None if nothing was known.

    `entries` are all that were recorded, in that order.
    """
    return fold(subject, as_known(entries, known_at), law)


def advance(
    t: Timeline | None, subject: str, arrived: Sequence[Entry], entries: Sequence[Entry], law: Law
) -> Timeline | None:
    """The timeline after new entries `arrived`; `t` is the timeline before them, if there was one.

    `entries` are all that were recorded so far, with those that arrived at their end.
    """
    return fold(subject, as_known(entries), law) if t is None else t.after(arrived)
