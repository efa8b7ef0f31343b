"""Facts to spells: what the facts of one individual mean (contract, section 3).

A pure function of the entries that count, the law and nothing else; called by every view and by
`individual`. Facts may have been recorded late and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from tracker.domain import facts as f
from tracker.domain import management, occurrences
from tracker.domain.entries import Entry, as_known
from tracker.domain.findings import findings_of
from tracker.domain.law import convictions, custody, notification, orders, review
from tracker.domain.law.dates import earliest
from tracker.domain.law.orders import Order
from tracker.domain.law.tables import Law
from tracker.domain.spells import Run, Spell, runs_of, value_at


@dataclass(slots=True)
class Particulars:
    """Who a person is, as last corrected."""

    name: str
    date_of_birth: date
    sex: str | None
    lead_agency: str | None
    identifiers: dict[str, str]


@dataclass(frozen=True)
class Timeline:
    """One individual's history as known at a moment, with its meaning worked out once."""

    subject: str
    entries: list[Entry]
    law: Law
    particulars: Particulars
    areas: list[Run]
    locations: list[Run]
    stays: list[custody.Stay]
    licences: list[Run]
    convictions: dict[str, convictions.Conviction]
    orders: dict[str, Order]
    grounds: list[notification.Ground]
    standings: list[management.Standing]
    reviews: list[review.ReviewRun]
    applications: list[review.Application]
    revocations: list[tuple[date, str]]
    died: date | None
    overrides: list[Entry] = field(default_factory=list)

    def area(self, day: date) -> str | None:
        return value_at(self.areas, day)

    def location(self, day: date) -> str:
        return value_at(self.locations, day) or "community"

    def standing(self, day: date) -> management.Standing | None:
        for run in self.standings:
            if run.start <= day and (run.until is None or day < run.until):
                return run
        return None

    def grounds_on(self, day: date) -> list[notification.Ground]:
        return [g for g in self.grounds if g.holds(day)]

    def review_on(self, day: date) -> review.Qualifying | None:
        """The qualifying date standing on a day; None for a person with no indefinite ground."""
        for run in self.reviews:
            if run.start <= day and (run.until is None or day < run.until):
                return run.qualifying
        return None

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
            and day >= self.law.rule("soa2003.s91a").in_force
            and not self.barring(day)
        )

    def subject_run(self, day: date) -> tuple[date, date | None] | None:
        """The unbroken run of days subject that holds a day, all grounds joined; else None."""
        for start, until in self.subject_runs:
            if start <= day and (until is None or day < until):
                return start, until
        return None

    @cached_property
    def subject_runs(self) -> list[tuple[date, date | None]]:
        runs: list[tuple[date, date | None]] = []
        for g in self.grounds:
            if runs and (runs[-1][1] is None or g.start <= runs[-1][1]):
                start, until = runs[-1]
                longer = None if until is None or g.until is None else max(until, g.until)
                runs[-1] = (start, longer)
            else:
                runs.append((g.start, g.until))
        return runs

    @cached_property
    def spells(self) -> list[Spell]:
        return _spells(self)

    @cached_property
    def occurrences(self) -> list[occurrences.Occurrence]:
        return occurrences.of(self)


def _particulars(entries: Sequence[Entry]) -> Particulars | None:
    registered = next((e.fact for e in entries if isinstance(e.fact, f.IndividualRegistered)), None)
    if registered is None:
        return None
    p = Particulars(
        registered.name, registered.date_of_birth, registered.sex, registered.lead_agency,
        _held(registered.identifiers),
    )  # fmt: skip
    for fact in (e.fact for e in entries if isinstance(e.fact, f.IndividualAmended)):
        p.name = fact.name or p.name
        p.date_of_birth = fact.date_of_birth or p.date_of_birth
        p.sex, p.lead_agency = fact.sex or p.sex, fact.lead_agency or p.lead_agency
        p.identifiers = p.identifiers | _held(fact.identifiers)
    return p


def _held(identifiers: f.Identifiers | None) -> dict[str, str]:
    return identifiers.model_dump(exclude_none=True) if identifiers else {}


def _areas(entries: Sequence[Entry]) -> list[Run]:
    points: list[tuple[date, str, str]] = []
    for entry in entries:
        if isinstance(entry.fact, f.IndividualRegistered):
            points.append((entry.fact.on, entry.fact.area, entry.name))
        elif isinstance(entry.fact, f.IndividualTransferred):
            points.append((entry.fact.on, entry.fact.to_area, entry.name))
    return runs_of(points)


def fold(subject: str, counting: list[Entry], law: Law) -> Timeline | None:
    """The timeline of the entries that count, in acting order; None without a registration."""
    who = _particulars(counting)
    if who is None:
        return None
    died = custody.died_on(counting)
    convicted, ordered = convictions.fold(counting), orders.fold(counting, law)
    raw = notification.grounds_of(counting, who.date_of_birth, convicted, ordered, law)
    revoked = review.revocations(counting)
    grounds = notification.cut(raw, died, revoked)
    stays = custody.stays(counting)
    return Timeline(
        subject=subject,
        entries=counting,
        law=law,
        particulars=who,
        areas=_areas(counting),
        locations=custody.locations(counting, counting[0].fact.on),
        stays=stays,
        licences=custody.licences(counting),
        convictions=convicted,
        orders=ordered,
        grounds=grounds,
        standings=management.standings(counting, grounds, died, law.category_4),
        reviews=review.runs(grounds, counting, stays, who.date_of_birth, law),
        applications=review.applications(counting),
        revocations=revoked,
        died=died,
        overrides=[e for e in counting if e.fact.override is not None],
    )


INERT = (
    f.MeetingHeld, f.ActionClosed, f.ReferralMade, f.ReferralDecided, f.RecallDecided,
    f.RecallCancelled, f.OrderAppliedFor, f.ReviewAcknowledged,
    f.ReviewBodyNotified, f.ReviewBodyReplied, f.ReviewEligibilityFlagged,
)  # fmt: skip


def changes_nothing(fact: f.Fact, before: Timeline) -> bool:
    """Whether a further fact leaves every spell and occurrence of a timeline as it is.

    A notification bears on spells only through the review of indefinite requirements.
    """
    if fact.override is not None or fact.on < before.entries[0].fact.on:
        return False
    if isinstance(fact, f.NotificationGiven):
        return not before.reviews
    return isinstance(fact, INERT)


def timeline(
    subject: str, entries: Iterable[Entry], law: Law, known_at: datetime | None = None
) -> Timeline | None:
    """What was known of an individual at a moment, folded; None where nothing was."""
    return fold(subject, as_known(entries, known_at), law)


def _spells(t: Timeline) -> list[Spell]:
    spells = [Spell("area", r.value, r.start, r.until, entries=r.entries) for r in t.areas]
    spells += [Spell("location", r.value, r.start, r.until, entries=r.entries) for r in t.locations]
    spells += [
        Spell("notification", g.ground, g.start, g.until, g.ref, g.rule, g.entries, g.indefinite)
        for g in t.grounds
    ]
    for order in t.orders.values():
        until = t.end_of(order)
        if until is None or order.start < until:
            spells.append(
                Spell("order", order.made.kind, order.start, until, order.order_id,
                      order.law.rule, tuple(order.entries))
            )  # fmt: skip
    spells += [Spell("licence", r.value, r.start, r.until, entries=r.entries) for r in t.licences]
    spells += _merged(
        "category", [(s.start, s.until, s.category, s.category_entries) for s in t.standings]
    )
    spells += _merged("level", [(s.start, s.until, s.level, s.level_entries) for s in t.standings])
    for run in t.reviews:
        q = run.qualifying
        value = q.on.isoformat() if q.on else ""
        spells.append(
            Spell("review", value, run.start, run.until, q.needs or "", q.rule, q.entries, True)
        )
    for application in t.applications:
        end = earliest(application.determined_on, t.died)
        if end is None or application.applied_on < end:
            spells.append(
                Spell("application", application.review_id, application.applied_on, end,
                      application.review_id)
            )  # fmt: skip
    spells += findings_of(t)
    spells.sort(key=lambda s: (s.start, s.track, s.ref, s.value))
    return spells


def _merged(
    track: str, runs: Sequence[tuple[date, date | None, int | None, tuple[str, ...]]]
) -> list[Spell]:
    merged: list[Spell] = []
    for start, until, value, entries in runs:
        if value is None:
            continue
        if merged and merged[-1].until == start and merged[-1].value == str(value):
            start, entries = merged[-1].start, (*merged.pop().entries, *entries)
        why = tuple(dict.fromkeys(entries))
        merged.append(Spell(track, str(value), start, until, entries=why))
    return merged
