"""Judges the steps of a review by the record and by ss.91A-91E. Called by `judge`."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from tracker.domain import facts as f
from tracker.domain.errors import Refused
from tracker.domain.judging.judges import judges
from tracker.domain.law import review_deadlines as by
from tracker.domain.law.review import QualifyingDate
from tracker.domain.law.tables import Law
from tracker.domain.meaning.timeline import fold
from tracker.domain.record.entry import Entry, of_type
from tracker.domain.record.history import History

# The steps that must be recorded before a later step.
S = TypeVar("S", f.ReviewDetermined, f.ReviewNoticeReceived, f.ReviewAppealed)


@judges(f.ReviewApplied)
def _applied(history: History, entry: Entry, law: Law) -> None:
    """Needs indefinite notification requirements, no barring order, and the qualifying date."""
    on = entry.fact.on
    t = fold(history.subject, history.counting, law)
    qualifying = t.review_on(on) if t else None
    if t is None or qualifying is None:
        raise Refused(
            "not_indefinite",
            f"not subject to indefinite notification requirements on {on}",
            rule="soa2003.s91a",
            field="on",
        )
    barring = t.barring(on)
    if barring:
        raise Refused(
            "barred_by_order",
            f"an application is barred while {', '.join(o.order_id for o in barring)} is in force",
            rule="soa2003.s91a",
            field="on",
            entries=tuple(o.entries[0] for o in barring),
            overridable=True,
        )
    if t.eligible(on):
        return
    last = law.ended(by.APPLICATION, on)
    if last is not None:
        raise Refused("no_review_any_more", f"an application could be made to {last} only",
                      rule=by.APPLICATION, field="on", overridable=True)  # fmt: skip
    _before_qualifying(on, qualifying, law)


def _before_qualifying(on: date, qualifying: QualifyingDate, law: Law) -> None:
    rule, governed_on = qualifying.rule or by.QUALIFYING, qualifying.governed_on
    if qualifying.on is None:
        why = f"there is no qualifying date ({qualifying.needs}): record one with "
        why += "review.qualifying_date_set"
        governed_on = on
    else:
        why = f"an application may be made from {by.may_apply_from(qualifying.on, law)}"
        if on >= qualifying.on:
            rule, governed_on = by.APPLICATION, on
    raise Refused("before_qualifying_date", why, rule=rule, governed_on=governed_on,
                  field="on", entries=qualifying.entries, overridable=True)  # fmt: skip


@judges(f.ReviewDetermined)
def _determined(history: History, entry: Entry[f.ReviewDetermined], law: Law) -> None:
    on, years = entry.fact.on, entry.fact.further_years
    if years is None:
        return
    may = by.further_period(on, law)
    if may is None:
        usual = by.further_qualifying(on, years, law).rule == by.FURTHER
        allowed = f"could be fixed to {law.ended(by.LONGER, on)} only"
    else:
        usual = may.least <= years <= may.most
        allowed = f"is {may.least} to {may.most} years"
    if not usual:
        raise Refused("further_period", f"a further period {allowed}", rule=by.LONGER,
                      field="further_years", overridable=True)  # fmt: skip


@judges(f.ReviewQualifyingDateSet)
def _date_set(history: History, entry: Entry[f.ReviewQualifyingDateSet], law: Law) -> None:
    fact = entry.fact
    by_law = [e for e in history.counting if not isinstance(e.fact, f.ReviewQualifyingDateSet)]
    t = fold(history.subject, by_law, law)
    qualifying = t.review_on(fact.on) if t else None
    if qualifying is not None and qualifying.on is not None and fact.qualifying_on < qualifying.on:
        raise Refused(
            "earlier_than_law",
            f"the qualifying date by law is {qualifying.on}",
            rule=qualifying.rule,
            governed_on=qualifying.governed_on,
            field="qualifying_on",
            entries=qualifying.entries,
            overridable=True,
        )


def _own(history: History, review_id: str, kind: type[S]) -> Entry[S] | None:
    own = (e for e in of_type(history.counting, kind) if e.fact.review_id == review_id)
    return next(own, None)


def _needs(history: History, review_id: str, kind: type[S], what: str) -> Entry[S]:
    step = _own(history, review_id, kind)
    if step is None:
        raise Refused("step_missing", f"review {review_id} has no {what}", field="review_id")
    return step


@judges(f.ReviewNoticeReceived)
def _notice(history: History, entry: Entry[f.ReviewNoticeReceived], law: Law) -> None:
    ref = entry.fact.review_id
    _needs(history, ref, f.ReviewDetermined, "determination")


@judges(f.ReviewAppealed)
def _appealed(history: History, entry: Entry[f.ReviewAppealed], law: Law) -> None:
    ref = entry.fact.review_id
    _needs(history, ref, f.ReviewDetermined, "determination")
    notice = _own(history, ref, f.ReviewNoticeReceived)
    if notice is None:
        return
    last = by.appeal_by(notice.fact.on, law)
    if last is not None and entry.fact.on > last.day:
        raise Refused("appeal_too_late", f"an appeal could be made to {last.day}",
                      rule=by.APPEAL, governed_on=notice.fact.on, field="on",
                      entries=(notice.name,), overridable=True)  # fmt: skip


@judges(f.ReviewAppealDecided)
def _appeal_decided(history: History, entry: Entry[f.ReviewAppealDecided], law: Law) -> None:
    ref = entry.fact.review_id
    _needs(history, ref, f.ReviewAppealed, "appeal")
