"""Rows 3 to 8 of the annual return: why nothing that happened to a person counts in a cell.

Used by `why_not`; the conditions on the day that counts are those of `conditions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from projections.returns.cases import LICENCE, ORDERS, PEOPLE, RETURNS, SHPO
from projections.returns.conditions import (
    ANYWHERE,
    AT_LARGE,
    COUNTING,
    HIGHER,
    NOT_IN_CATEGORY_4,
    Condition,
    Said,
    first_failing,
    managed_by,
)
from tracker.domain import facts as f
from tracker.domain.meaning import occurrences as happened
from tracker.domain.meaning.timeline import Timeline


class Event(NamedTuple):
    """Something that may be counted; area, location, category and level are those of `day`."""

    on: date
    day: date
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of events: which may count, what is said where there is none, what is asked of them."""

    what: str
    found: Callable[[Timeline], list[Event]]
    none: Callable[[Timeline], Said]
    conditions: tuple[Condition, ...]


def not_counted(t: Timeline, cell: str, area: str, start: date, day: date) -> Said | None:
    """Why nothing that happened to a person counts in a cell's row; None where something does."""
    row = ROWS.get(cell) or ROWS[cell.partition(".")[0]]
    events = row.found(t)
    if not events:
        return row.none(t)
    inside = [event for event in events if start <= event.on <= day]
    if not inside:
        last = events[-1]
        return Said(f"{row.what} on {last.on}, not from {start} to {day}", last.entries)
    days = [event.day for event in inside]
    failed = first_failing(t, days, [managed_by(area), *row.conditions])
    if failed is None:
        return None
    event = next(event for event in inside if event.day == failed.day)
    text = failed.said.text + (", the day before" if event.day < event.on else "")
    return Said(f"{row.what} on {event.on}, but {text}", (*event.entries, *failed.said.entries))


def _occurred(kind: str) -> Callable[[Timeline], list[Event]]:
    return lambda t: [Event(o.on, o.on, o.entries) for o in t.occurrences if o.kind == kind]


def _returned(kind: str) -> Callable[[Timeline], list[Event]]:
    return lambda t: [
        Event(h.on, h.day, h.entries)
        for h in happened.returns(t.entries, t.orders)
        if h.kind == kind
    ]


def _no_breach(t: Timeline) -> Said:
    reports = {
        e.fact.breach_id: e.name
        for e in t.entries
        if isinstance(e.fact, f.BreachReported) and e.fact.of == "notification"
    }
    if not reports:
        return Said("no breach of notification requirements is recorded")
    concluded = [
        (e.fact.breach_id, e.fact.outcome, e.name)
        for e in t.entries
        if isinstance(e.fact, f.BreachConcluded) and e.fact.breach_id in reports
    ]
    if not concluded:
        return Said("breach of notification requirements not concluded", tuple(reports.values()))
    breach, outcome, entry = concluded[-1]
    text = f"breach of notification requirements concluded as {outcome}"
    return Said(text, (reports[breach], entry))


def _no_revocation(t: Timeline) -> Said:
    if t.revocations:
        return Said("the revocation ended no indefinite requirements", (t.revocations[-1][1],))
    decided = [
        e.name
        for e in t.entries
        if isinstance(e.fact, f.ReviewDetermined) and e.fact.outcome == "revoked"
    ]
    if decided:
        return Said("the notice of the revocation has not been received", tuple(decided))
    return Said("no revocation on application is recorded")


def _no_order(what: str) -> Callable[[Timeline], Said]:
    def said(t: Timeline) -> Said:
        others = sorted({order.made.kind for order in t.orders.values()})
        recorded = f", only {', '.join(others)}" if others else ""
        entries = tuple(order.entries[0] for order in t.orders.values())
        return Said(f"no {what} is recorded{recorded}", entries)

    return said


def _no_travel(t: Timeline) -> Said:
    made = [order.entries[0] for order in t.orders.values() if order.made.kind == "shpo"]
    if made:
        return Said("the SHPO had no travel prohibition when made", tuple(made))
    return _no_order("SHPO")(t)


def _not_by_sro(t: Timeline) -> Said:
    grounds = [g for g in t.grounds if g.ground == "sro_breach"]
    if grounds:
        text = "subject on the day before the breach of a Sexual Risk Order, or by another ground"
        return Said(text, grounds[-1].entries)
    return Said("no breach of a Sexual Risk Order made the person subject")


def _not_returned(t: Timeline) -> Said:
    entered = [e for e in t.entries if isinstance(e.fact, f.CustodyEntered)]
    if not entered:
        return Said("no entry into custody is recorded")
    last = entered[-1]
    return Said(f"entered custody for another reason, last on {last.fact.on}", (last.name,))


def _occurrence(
    cell: str, what: str, none: Callable[[Timeline], Said], *conditions: Condition
) -> Row:
    kind = {**PEOPLE, **ORDERS}[cell]
    return Row(what, _occurred(kind), none, (*conditions, NOT_IN_CATEGORY_4))


def _return(row: str, what: str) -> Row:
    return Row(what, _returned(RETURNS[row]), _not_returned, (AT_LARGE, COUNTING, HIGHER))


BREACH, REVOKED, BECAME = (
    "cat1_cautioned_or_convicted_breach", "cat1_lifetime_revoked", "sro_breach_became_subject",
)  # fmt: skip
MADE, TRAVEL, NOTICE = "orders.shpo", "orders.shpo_foreign_travel", "orders.notification_order"
_NO_NOTICE = _no_order("notification order or s.96ZA notice")
ROWS: dict[str, Row] = {
    BREACH: _occurrence(BREACH, "cautioned or convicted for breach", _no_breach),
    REVOKED: _occurrence(REVOKED, "revoked on application", _no_revocation),
    MADE: _occurrence(MADE, "SHPO made", _no_order("SHPO"), ANYWHERE),
    TRAVEL: _occurrence(TRAVEL, "SHPO with a travel prohibition made", _no_travel, ANYWHERE),
    NOTICE: _occurrence(NOTICE, "notification order made or notice given", _NO_NOTICE, ANYWHERE),
    BECAME: _occurrence(BECAME, "became subject", _not_by_sro),
    LICENCE: _return(LICENCE, "returned for breach of licence"),
    SHPO: _return(SHPO, "returned for breach of SHPO"),
}
