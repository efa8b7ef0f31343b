"""Review of indefinite notification requirements (ss.91A-91F): from when a person may apply.

Called by `timeline`. A date that the law leaves to a person's decision is never guessed: `needs`
says why there is none, until a `review.qualifying_date_set` supplies it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from tracker.domain import facts as f
from tracker.domain.dates import earliest
from tracker.domain.law import review_deadlines as by
from tracker.domain.law.custody import Stay
from tracker.domain.law.notification import Ground
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry, of_type
from tracker.domain.spells import Spell

DETAIL_NOTIFICATIONS = ("initial", "change", "periodic")
NOT_YET_RELEASED = "not yet released"
NOT_YET_NOTIFIED = "no notification since the first release"
DATE_SETTING_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.ReviewQualifyingDateSet, f.ReviewDetermined}
)
APPLICATION_FACTS: frozenset[type[f.Fact]] = frozenset({f.ReviewApplied, f.ReviewDetermined})
REVOCATION_FACTS: frozenset[type[f.Fact]] = frozenset(
    {f.ReviewDetermined, f.ReviewNoticeReceived, f.ReviewAppealDecided}
)


class QualifyingDate(NamedTuple):
    """The first day on which a review may be applied for, or in `needs` why there is none yet.

    It is of one ground, or of the person. `governed_on` is the governing day of its rule.
    """

    on: date | None
    rule: str | None
    entries: tuple[str, ...]
    needs: str | None = None
    governed_on: date = date.min


class ReviewRun(NamedTuple):
    """Days `[start, until)` subject to indefinite requirements, with one qualifying date."""

    start: date
    until: date | None
    qualifying: QualifyingDate


class Application(NamedTuple):
    """One application for review, pending until `determined_on`."""

    review_id: str
    applied_on: date
    determined_on: date | None


def notifies_details(fact: f.Fact) -> bool:
    """Whether the fact is an initial, change or periodic notification."""
    return type(fact) is f.NotificationGiven and fact.kind in DETAIL_NOTIFICATIONS


def _first_notification(entries: Sequence[Entry], on_or_after: date) -> Entry | None:
    return next((e for e in entries if e.fact.on >= on_or_after and notifies_details(e.fact)), None)


def _release(ground: Ground, stays: Sequence[Stay]) -> tuple[date | None, tuple[str, ...], str]:
    """The day the first stay related to the conviction ended, its entry, or why there is none."""
    linked = [s for s in stays if ground.conviction in s.convictions]
    if not linked:
        return None, (), "no custody in relation to the conviction is recorded"
    if linked[0].until is None:
        return None, (), NOT_YET_RELEASED
    return linked[0].until, (linked[0].entries[-1],), ""


def qualifying_date_of_ground(
    ground: Ground, entries: Sequence[Entry], stays: Sequence[Stay], born: date, law: Law
) -> QualifyingDate:
    """The qualifying date of one indefinite ground (s.91B(2), (10)).

    It is the day after 15 years (8 for a person under 18 on the relevant date) that begin with the
    first notification after the first release from a stay related to the conviction.
    """
    if ground.ground in ("notification_order", "s96za"):
        since, why, needs = ground.start, ground.entries[:1], ""
    else:
        released, why, needs = _release(ground, stays)
        if released is None:
            return QualifyingDate(None, None, (), needs)
        since = max(released, ground.relevant)
    first = _first_notification(entries, since)
    if first is None:
        return QualifyingDate(None, None, (), NOT_YET_NOTIFIED)
    day = first.fact.on
    if day < law.commencement("soa2003.s83.1"):
        return QualifyingDate(None, None, (first.name,), "first notified before 1 May 2004")
    due = by.qualifying_on(day, ground.relevant, born, law)
    if due is None:
        return QualifyingDate(None, None, (first.name,), _ended(by.QUALIFYING, day, law))
    why = (*ground.entries, *why, first.name)
    return QualifyingDate(due, by.QUALIFYING, why, governed_on=day)


def _ended(rule: str, day: date, law: Law) -> str:
    """Why there is no date: the rule that gave one had ended by the governing day."""
    return f"{rule} ended on {law.ended(rule, day)}, before {day}"


def qualifying_dates_by_law(
    entries: Sequence[Entry],
    indefinite: Sequence[Ground],
    stays: Sequence[Stay],
    born: date,
    law: Law,
) -> list[QualifyingDate]:
    """The qualifying date of each indefinite ground, in the same order.

    `entries` are the notifications that count, in acting order.
    """
    return [qualifying_date_of_ground(g, entries, stays, born, law) for g in indefinite]


def leaves_dates_unchanged(known: Sequence[QualifyingDate], fact: f.Fact) -> bool:
    """Whether one more notification leaves the dates as they are: only a first one changes them."""
    return not (
        known and notifies_details(fact) and any(q.needs == NOT_YET_NOTIFIED for q in known)
    )


def dates_set(entries: Sequence[Entry], law: Law) -> list[tuple[date, QualifyingDate]]:
    """Each qualifying date set by a person or a refusal, with the day it was set (s.91B(3)-(6))."""
    dates: list[tuple[date, QualifyingDate]] = []
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.ReviewQualifyingDateSet:
            rule = "person.qualifying_date_set"
            q = QualifyingDate(fact.qualifying_on, rule, (entry.name,), governed_on=fact.on)
            dates.append((fact.on, q))
        elif type(fact) is f.ReviewDetermined and fact.outcome == "continues":
            due, rule = by.further_qualifying(fact.on, fact.further_years, law)
            needs = _ended(rule, fact.on, law) if due is None else None
            q = QualifyingDate(due, rule if due else None, (entry.name,), needs, fact.on)
            dates.append((fact.on, q))
    return dates


def _latest(parts: Sequence[QualifyingDate]) -> QualifyingDate:
    """The latest of several dates; if one of them is missing, that one, which says why."""
    without = [p for p in parts if p.on is None]
    return without[0] if without else max(parts, key=lambda p: p.on or date.min)


def review_runs(
    indefinite: Sequence[Ground],
    by_law: Sequence[QualifyingDate],
    set_dates: Sequence[tuple[date, QualifyingDate]],
) -> list[ReviewRun]:
    """The days subject to indefinite requirements, as runs with one qualifying date each.

    `by_law` has the date of each ground, in the order of `indefinite`; `set_dates` those set for
    the person, each with the day it was set.
    """
    if not indefinite:
        return []
    days = {g.start for g in indefinite} | {g.until for g in indefinite if g.until}
    marks = sorted(days | {on for on, _ in set_dates if on > min(days)})
    runs: list[ReviewRun] = []
    for i, day in enumerate(marks):
        live = [(g, q) for g, q in zip(indefinite, by_law, strict=True) if g.covers(day)]
        if not live:
            continue
        set_by_day = [(on, q) for on, q in set_dates if on <= day]
        parts = [q for g, q in live if not set_by_day or g.start >= set_by_day[-1][0]]
        if len(parts) < len(live):
            parts.append(set_by_day[-1][1])
        until = marks[i + 1] if i + 1 < len(marks) else None
        runs.append(ReviewRun(day, until, _latest(parts)))
    return runs


def applications(entries: Sequence[Entry]) -> list[Application]:
    """Every application for review, in the order received."""
    applied: dict[str, Application] = {}
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.ReviewApplied:
            applied.setdefault(fact.review_id, Application(fact.review_id, fact.on, None))
        elif type(fact) is f.ReviewDetermined and fact.review_id in applied:
            made = applied[fact.review_id]
            if made.determined_on is None:
                applied[fact.review_id] = Application(made.review_id, made.applied_on, fact.on)
    return list(applied.values())


def flags(entries: Sequence[Entry]) -> list[Entry[f.ReviewEligibilityFlagged]]:
    """The flags of review eligibility among the entries that count."""
    return of_type(entries, f.ReviewEligibilityFlagged)


def revocations(entries: Sequence[Entry]) -> list[tuple[date, str]]:
    """Each day on which a revocation takes effect, with the entry that makes it do so.

    On receipt of the notice of a determination to revoke (s.91C(4)), or on the day of the court's
    order on appeal (s.91E(4)).
    """
    outcome: dict[str, str] = {}
    done: set[str] = set()
    in_effect: list[tuple[date, str]] = []
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, f.ReviewDetermined):
            outcome[fact.review_id] = fact.outcome
            continue
        review = _revoked(fact, outcome)
        if review is not None and review not in done:
            done.add(review)
            in_effect.append((fact.on, entry.name))
    return in_effect


def _revoked(fact: f.Fact, outcome: Mapping[str, str]) -> str | None:
    """The id of the review whose revocation a fact puts into effect; None if it does not."""
    if isinstance(fact, f.ReviewNoticeReceived):
        return fact.review_id if outcome.get(fact.review_id) == "revoked" else None
    if isinstance(fact, f.ReviewAppealDecided):
        return fact.review_id if fact.outcome == "allowed" else None
    return None


def review_spell(run: ReviewRun) -> Spell:
    """The spell of a run: its value the qualifying date, or "" with the reason as `ref`."""
    q = run.qualifying
    value = q.on.isoformat() if q.on else ""
    return Spell("review", value, run.start, run.until, q.needs or "", q.rule, q.entries, True)


def application_spells(applied: Sequence[Application], died: date | None) -> list[Spell]:
    """A spell for each application, until it is determined or the person dies."""
    ends = [(a, earliest(a.determined_on, died)) for a in applied]
    return [
        Spell("application", a.review_id, a.applied_on, end, a.review_id)
        for a, end in ends
        if end is None or a.applied_on < end
    ]
