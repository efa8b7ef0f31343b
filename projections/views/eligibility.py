"""The view of review eligibility: who may apply, from when, what bars it (ss.91A-91B).

It also has the flags to raise or withdraw, for the scheduler (`domain.meaning.flagging`).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

from projections.engine.bitemporal import HistoryTable, Row, View
from projections.engine.day_numbers import END, FAR, KNOWN, ON_DAY, day, end, instant, json_array
from tracker.domain.answers.show import pending
from tracker.domain.meaning.flagging import FlagAction, flag_actions
from tracker.domain.meaning.timeline import Timeline
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.list_shapes import EligibleLine

COLUMNS = {
    "area": "{TEXT}",
    "qualifying_on": "INTEGER NOT NULL",
    "start": "INTEGER NOT NULL",
    "until": "INTEGER NOT NULL",
    "rule": "{TEXT}",
    "entries": "{TEXT} NOT NULL",
    "blocked_by": "{TEXT} NOT NULL",
    "pending": "{TEXT}",
}


def _change_days(t: Timeline) -> list[date]:
    """The days on which a column of the view may change."""
    days = {r.start for r in t.reviews} | {r.start for r in t.areas}
    days |= {r.until for r in t.reviews if r.until}
    for order in t.orders.values():
        if order.law.bars_review:
            days |= {order.start} | ({order.until} if order.until else set())
    for application in t.applications:
        days |= {application.applied_on}
        days |= {application.determined_on} if application.determined_on else set()
    return sorted(days)


def _rows(t: Timeline) -> list[Row]:
    """Runs of days under indefinite requirements with one area, date, bar and application."""
    if not t.reviews:
        return []
    rows: list[Row] = []
    days = _change_days(t)
    for start, until in zip(days, [*days[1:], None], strict=True):
        q = t.review_on(start)
        if q is None:
            continue
        barring = json_array([o.order_id for o in t.barring(start)])
        rows.append(
            (t.area(start), end(q.on), day(start), end(until), q.rule, json_array(q.entries),
             barring, pending(t, start))
        )  # fmt: skip
    return rows


ELIGIBILITY = HistoryTable(
    "view_eligibility",
    COLUMNS,
    lambda t: (t.reviews, t.areas, t.orders, t.applications, t.died),
    lambda t: (_rows(t),),
    lambda row: row,
    ("(area, qualifying_on)", f"(qualifying_on, start, until) WHERE known_until={END}"),
)


def _flagging(one: FlagAction) -> Row:
    return one.act, day(one.qualifying_on), day(one.start), end(one.until), one.entry


FLAGGING = HistoryTable(
    "view_flagging",
    {
        "act": "{TEXT} NOT NULL",
        "qualifying_on": "INTEGER NOT NULL",
        "start": "INTEGER NOT NULL",
        "until": "INTEGER NOT NULL",
        "entry": "{TEXT} NOT NULL",
    },
    lambda t: (t.reviews, t.orders, t.died, t.flags, t.erased),
    lambda t: (flag_actions(t),),
    _flagging,
    (f"(start, until, subject) WHERE known_until={END}",),
)
VIEW = View(
    "eligibility",
    4,
    [ELIGIBILITY, FLAGGING],
    [
        Timeline.reviews, Timeline.areas, Timeline.orders, Timeline.applications, Timeline.died,
        Timeline.flags, Timeline.erased,
    ],
)  # fmt: skip


def to_flag(c: Cursor, on: date) -> list[str]:
    """The subjects with a flag to raise or withdraw on a day, as now known."""
    c.execute(
        "SELECT DISTINCT subject FROM view_flagging"
        f" WHERE start<=:on AND until>:on AND known_until={END} ORDER BY subject",
        {"on": day(on)},
    )
    return [str(row[0]) for row in c.fetchall()]


def qualifying_between(c: Cursor, on: date, until: date) -> list[tuple[str, str, date, str]]:
    """(subject, area, qualifying date, rule) of people who qualify after `on` and by `until`."""
    c.execute(
        "SELECT subject, area, qualifying_on, rule FROM view_eligibility"
        f" WHERE qualifying_on>:on AND qualifying_on<=:by AND {ON_DAY} AND known_until={END}"
        " ORDER BY qualifying_on, subject",
        {"on": day(on), "by": day(until)},
    )
    return [(row[0], row[1], date.fromordinal(row[2]), row[3]) for row in c.fetchall()]


def eligible(
    c: Cursor, area: str | None, on: date, until: date, known_at: datetime, open_to_all: bool
) -> list[EligibleLine]:
    """People subject to indefinite requirements on a day who qualify for review by `until`.

    `area` None: all areas. `open_to_all`: whether applications could be made on that day (s.91A).
    Ordered by qualifying date and subject.
    """
    where = "area=:area AND" if area is not None else ""
    c.execute(
        f"SELECT subject, area, qualifying_on, rule, entries, blocked_by, pending"
        f" FROM view_eligibility WHERE {where} qualifying_on<=:by AND {ON_DAY} AND {KNOWN}"
        " ORDER BY qualifying_on, subject",
        {"area": area, "on": day(on), "by": min(day(until), FAR - 1), "known": instant(known_at)},
    )
    lines: list[EligibleLine] = []
    for subject, where_, qualifying, rule, entries, barring, waiting in c.fetchall():
        blocked = json.loads(barring)
        reached = qualifying <= day(on) and open_to_all
        lines.append(
            {
                "subject": subject,
                "area": where_,
                "qualifying_on": date.fromordinal(qualifying).isoformat(),
                "eligible": reached and not blocked,
                "blocked_by": blocked,
                "pending": waiting,
                "rule": rule,
                "entries": json.loads(entries),
            }
        )
    return lines
