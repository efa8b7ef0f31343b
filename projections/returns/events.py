"""Rows 3 to 8 of the annual return: why no event in a person's record counts in a cell.

Used by `why_not`; the conditions are checked with `conditions`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from projections.returns.conditions import Explanation, first_failing, managed_by
from projections.returns.counting_rules import LICENCE, SHPO, rule_of
from tracker.domain import facts as f
from tracker.domain.dates import DAY
from tracker.domain.meaning.timeline import Timeline


class Wording(NamedTuple):
    """The words for a row: `what` happened, and `none` explains why nothing of the kind did."""

    what: str
    none: Callable[[Timeline], Explanation]


def not_counted(t: Timeline, cell: str, area: str, start: date, day: date) -> Explanation | None:
    """Why no event in a person's record counts in a cell's row; None if one does."""
    rule = rule_of(cell)
    worded = WORDING[rule.row]
    happened = [o for o in t.occurrences if o.kind == rule.kind]
    if not happened:
        return worded.none(t)
    inside = [o for o in happened if start <= o.on <= day]
    if not inside:
        last = happened[-1]
        return Explanation(f"{worded.what} on {last.on}, not from {start} to {day}", last.entries)
    before = rule.days == "day before it happened"
    deciding = {o.on - DAY if before else o.on: o for o in reversed(inside)}
    failed = first_failing(t, sorted(deciding), [managed_by(area), *rule.conditions])
    if failed is None:
        return None
    happening = deciding[failed.day]
    text = failed.actual.text + (", the day before" if before else "")
    why = (*happening.entries, *failed.actual.entries)
    return Explanation(f"{worded.what} on {happening.on}, but {text}", why)


def _no_breach(t: Timeline) -> Explanation:
    reports = {
        e.fact.breach_id: e.name
        for e in t.entries
        if isinstance(e.fact, f.BreachReported) and e.fact.of == "notification"
    }
    if not reports:
        return Explanation("no breach of notification requirements is recorded")
    concluded = [
        (e.fact.breach_id, e.fact.outcome, e.name)
        for e in t.entries
        if isinstance(e.fact, f.BreachConcluded) and e.fact.breach_id in reports
    ]
    if not concluded:
        return Explanation(
            "breach of notification requirements not concluded", tuple(reports.values())
        )
    breach, outcome, entry = concluded[-1]
    text = f"breach of notification requirements concluded as {outcome}"
    return Explanation(text, (reports[breach], entry))


def _no_revocation(t: Timeline) -> Explanation:
    if t.revocations:
        return Explanation(
            "the revocation ended no indefinite requirements", (t.revocations[-1][1],)
        )
    decided = [
        e.name
        for e in t.entries
        if isinstance(e.fact, f.ReviewDetermined) and e.fact.outcome == "revoked"
    ]
    if decided:
        return Explanation("the notice of the revocation has not been received", tuple(decided))
    return Explanation("no revocation on application is recorded")


def _no_order(what: str) -> Callable[[Timeline], Explanation]:
    def explain(t: Timeline) -> Explanation:
        others = sorted({order.made.kind for order in t.orders.values()})
        recorded = f", only {', '.join(others)}" if others else ""
        entries = tuple(order.entries[0] for order in t.orders.values())
        return Explanation(f"no {what} is recorded{recorded}", entries)

    return explain


def _no_travel(t: Timeline) -> Explanation:
    made = [order.entries[0] for order in t.orders.values() if order.made.kind == "shpo"]
    if made:
        return Explanation("the SHPO had no travel prohibition when made", tuple(made))
    return _no_order("SHPO")(t)


def _not_by_sro(t: Timeline) -> Explanation:
    grounds = [g for g in t.grounds if g.ground == "sro_breach"]
    if grounds:
        text = "subject on the day before the breach of a Sexual Risk Order, or by another ground"
        return Explanation(text, grounds[-1].entries)
    return Explanation("no breach of a Sexual Risk Order made the person subject")


def _not_returned(t: Timeline) -> Explanation:
    entered = [e for e in t.entries if isinstance(e.fact, f.CustodyEntered)]
    if not entered:
        return Explanation("no entry into custody is recorded")
    last = entered[-1]
    return Explanation(f"entered custody for another reason, last on {last.fact.on}", (last.name,))


WORDING = {
    "cat1_cautioned_or_convicted_breach": Wording("cautioned or convicted for breach", _no_breach),
    "cat1_lifetime_revoked": Wording("revoked on application", _no_revocation),
    "sro_breach_became_subject": Wording("became subject", _not_by_sro),
    "orders.shpo": Wording("SHPO made", _no_order("SHPO")),
    "orders.shpo_foreign_travel": Wording("SHPO with a travel prohibition made", _no_travel),
    "orders.notification_order": Wording(
        "notification order made or notice given", _no_order("notification order or s.96ZA notice")
    ),
    LICENCE: Wording("returned for breach of licence", _not_returned),
    SHPO: Wording("returned for breach of SHPO", _not_returned),
}
