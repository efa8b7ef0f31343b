"""Review of indefinite notification requirements (ss.91A-91F): from when a person may apply.

Called by `timeline`. A date that the law leaves to a person is never guessed: `needs` says why
there is none until `review.qualifying_date_set` gives it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from tracker.domain import facts as f
from tracker.domain.dates import earliest
from tracker.domain.law import review_deadlines as by
from tracker.domain.law.custody import Stay
from tracker.domain.law.notification import Ground
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry, of_type
from tracker.domain.spells import Spell

ANSWERING = ("initial", "change", "periodic")
NOT_YET_RELEASED = "not yet released"
NOT_YET_NOTIFIED = "no notification since the first release"
SETTINGS: frozenset[type[f.Fact]] = frozenset({f.ReviewQualifyingDateSet, f.ReviewDetermined})
APPLICATIONS: frozenset[type[f.Fact]] = frozenset({f.ReviewApplied, f.ReviewDetermined})
REVOCATIONS: frozenset[type[f.Fact]] = frozenset(
    {f.ReviewDetermined, f.ReviewNoticeReceived, f.ReviewAppealDecided}
)


@dataclass(frozen=True, slots=True)
class Qualifying:
    """The qualifying date of one ground or person, or why there is none.

    `governed_on` is the day that governs its rule, where it has one.
    """

    on: date | None
    rule: str | None
    entries: tuple[str, ...]
    needs: str | None = None
    governed_on: date = date.min


@dataclass(frozen=True, slots=True)
class ReviewRun:
    """A run of days subject to indefinite requirements with one qualifying date."""

    start: date
    until: date | None
    qualifying: Qualifying


@dataclass(frozen=True, slots=True)
class Application:
    """One application; `determined_on` ends its being pending."""

    review_id: str
    applied_on: date
    determined_on: date | None


def answers(fact: f.Fact) -> bool:
    return type(fact) is f.NotificationGiven and fact.kind in ANSWERING


def _first_notification(entries: Sequence[Entry], on_or_after: date) -> Entry | None:
    return next((e for e in entries if e.fact.on >= on_or_after and answers(e.fact)), None)


def _release(ground: Ground, stays: Sequence[Stay]) -> tuple[date | None, tuple[str, ...], str]:
    """The day the first stay in relation to the conviction ended (s.91B(10))."""
    linked = [s for s in stays if ground.conviction in s.convictions]
    if not linked:
        return None, (), "no custody in relation to the conviction is recorded"
    if linked[0].until is None:
        return None, (), NOT_YET_RELEASED
    return linked[0].until, (linked[0].entries[-1],), ""


def of_ground(
    ground: Ground, entries: Sequence[Entry], stays: Sequence[Stay], born: date, law: Law
) -> Qualifying:
    """The qualifying date of one indefinite ground (s.91B(2), (10)).

    The day after the 15 years, or 8 for a person under 18 on the relevant date, beginning with the
    relevant notification: the first after the first release in relation to the conviction.
    """
    if ground.ground in ("notification_order", "s96za"):
        since, why, needs = ground.start, ground.entries[:1], ""
    else:
        released, why, needs = _release(ground, stays)
        if released is None:
            return Qualifying(None, None, (), needs)
        since = max(released, ground.relevant)
    told = _first_notification(entries, since)
    if told is None:
        return Qualifying(None, None, (), NOT_YET_NOTIFIED)
    day = told.fact.on
    if day < law.commencement("soa2003.s83.1"):
        return Qualifying(None, None, (told.name,), "first notified before 1 May 2004")
    due = by.qualifying_on(day, ground.relevant, born, law)
    if due is None:
        return Qualifying(None, None, (told.name,), _ended(by.QUALIFYING, day, law))
    why = (*ground.entries, *why, told.name)
    return Qualifying(due, by.QUALIFYING, why, governed_on=day)


def _ended(rule: str, day: date, law: Law) -> str:
    """Why there is no date: the rule that gave one was no longer law on the day that governs."""
    return f"{rule} ended on {law.ended(rule, day)}, before {day}"


def by_law(
    entries: Sequence[Entry],
    indefinite: Sequence[Ground],
    stays: Sequence[Stay],
    born: date,
    law: Law,
) -> list[Qualifying]:
    """The qualifying date of each indefinite ground, by the notifications given."""
    return [of_ground(g, entries, stays, born, law) for g in indefinite]


def tells_nothing(known: Sequence[Qualifying], fact: f.Fact) -> bool:
    """Whether a further notification leaves the dates by law: only a first one bears on them."""
    return not (known and answers(fact) and any(q.needs == NOT_YET_NOTIFIED for q in known))


def settings(entries: Sequence[Entry], law: Law) -> list[tuple[date, Qualifying]]:
    """Dates set by a person or following from a refusal, by the day set (s.91B(3)-(6))."""
    found: list[tuple[date, Qualifying]] = []
    for entry in entries:
        fact = entry.fact
        if type(fact) is f.ReviewQualifyingDateSet:
            rule = "person.qualifying_date_set"
            q = Qualifying(fact.qualifying_on, rule, (entry.name,), governed_on=fact.on)
            found.append((fact.on, q))
        elif type(fact) is f.ReviewDetermined and fact.outcome == "continues":
            due, rule = by.further_qualifying(fact.on, fact.further_years, law)
            needs = _ended(rule, fact.on, law) if due is None else None
            q = Qualifying(due, rule if due else None, (entry.name,), needs, fact.on)
            found.append((fact.on, q))
    return found


def _latest(parts: Sequence[Qualifying]) -> Qualifying:
    """Of several grounds the latest date counts; where one has none there is none."""
    without = [p for p in parts if p.on is None]
    return without[0] if without else max(parts, key=lambda p: p.on or date.min)


def runs(
    indefinite: Sequence[Ground],
    own: Sequence[Qualifying],
    given: Sequence[tuple[date, Qualifying]],
) -> list[ReviewRun]:
    """Runs of indefinite requirements, each with the qualifying date that stands in it.

    `own` are the dates of the grounds by law, `given` those set for the person.
    """
    if not indefinite:
        return []
    days = {g.start for g in indefinite} | {g.until for g in indefinite if g.until}
    marks = sorted(days | {on for on, _ in given if on > min(days)})
    found: list[ReviewRun] = []
    for i, day in enumerate(marks):
        live = [(g, q) for g, q in zip(indefinite, own, strict=True) if g.covers(day)]
        if not live:
            continue
        set_by_day = [(on, q) for on, q in given if on <= day]
        parts = [q for g, q in live if not set_by_day or g.start >= set_by_day[-1][0]]
        if len(parts) < len(live):
            parts.append(set_by_day[-1][1])
        until = marks[i + 1] if i + 1 < len(marks) else None
        found.append(ReviewRun(day, until, _latest(parts)))
    return found


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
    """The flags of eligibility that count."""
    return of_type(entries, f.ReviewEligibilityFlagged)


def revocations(entries: Sequence[Entry]) -> list[tuple[date, str]]:
    """The days on which a revocation takes effect, with its entry.

    On receipt of the notice of a determination to revoke (s.91C(4)), or on the day of the court's
    order on appeal (s.91E(4)).
    """
    outcome: dict[str, str] = {}
    done: set[str] = set()
    found: list[tuple[date, str]] = []
    for entry in entries:
        fact = entry.fact
        if isinstance(fact, f.ReviewDetermined):
            outcome[fact.review_id] = fact.outcome
            continue
        review = _revoked(fact, outcome)
        if review is not None and review not in done:
            done.add(review)
            found.append((fact.on, entry.name))
    return found


def _revoked(fact: f.Fact, outcome: Mapping[str, str]) -> str | None:
    """The review whose revocation takes effect with a fact, if one does."""
    if isinstance(fact, f.ReviewNoticeReceived):
        return fact.review_id if outcome.get(fact.review_id) == "revoked" else None
    if isinstance(fact, f.ReviewAppealDecided):
        return fact.review_id if fact.outcome == "allowed" else None
    return None


def spell(run: ReviewRun) -> Spell:
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
