"""The view of review eligibility: who may apply, from when, what bars it (ss.91A-91B)."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from projections.bitemporal import HOLDS, KNOWN, Bitemporal, BitemporalView, Row, day, instant
from tracker.domain.answers import pending
from tracker.domain.timeline import Timeline

COLUMNS = (
    "area", "qualifying_on", "start", "until", "rule", "entries", "blocked_by", "pending",
)  # fmt: skip


def _rows(t: Timeline) -> list[Row]:
    """Runs of indefinite requirements with one area, qualifying date, bar and application."""
    if not t.reviews:
        return []
    marks = {r.start for r in t.reviews} | {r.start for r in t.areas}
    marks |= {r.until for r in t.reviews if r.until}
    for order in t.orders.values():
        if order.law.bars_review:
            marks |= {order.start} | ({order.until} if order.until else set())
    for application in t.applications:
        marks |= {application.applied_on}
        marks |= {application.determined_on} if application.determined_on else set()
    days = sorted(marks)
    rows: list[Row] = []
    for i, start in enumerate(days):
        q = t.review_on(start)
        if q is None:
            continue
        until = day(days[i + 1]) if i + 1 < len(days) else None
        barring = json.dumps([o.order_id for o in t.barring(start)])
        rows.append(
            (t.area(start), day(q.on), day(start), until, q.rule, json.dumps(q.entries),
             barring, pending(t, start))
        )  # fmt: skip
    return rows


class Eligibility(BitemporalView):
    name = "eligibility"
    version = 1
    parts = (Bitemporal("view_eligibility", COLUMNS, _rows, ("area, qualifying_on",)),)


def eligible(
    c: Any, area: str | None, on: date, until: date, known_at: datetime, begins: date
) -> list[dict[str, Any]]:
    """Who is subject to indefinite requirements on a day and qualifies by `until`.

    `begins` is the day on which the scheme began: nobody is eligible before it.
    """
    where = "area=:area AND" if area is not None else ""
    c.execute(
        f"SELECT subject, area, qualifying_on, rule, entries, blocked_by, pending"
        f" FROM view_eligibility WHERE {where} qualifying_on<=:until_day AND {HOLDS} AND {KNOWN}"
        " ORDER BY qualifying_on, subject",
        {"area": area, "on": day(on), "until_day": day(until), "known": instant(known_at)},
    )
    found: list[dict[str, Any]] = []
    for subject, where_, qualifying, rule, entries, barring, waiting in map(tuple, c.fetchall()):
        blocked = json.loads(barring)
        reached = qualifying <= on.isoformat() and on >= begins
        found.append(
            {
                "subject": subject,
                "area": where_,
                "qualifying_on": qualifying,
                "eligible": reached and not blocked,
                "blocked_by": blocked,
                "pending": waiting,
                "rule": rule,
                "entries": json.loads(entries),
            }
        )
    return found
