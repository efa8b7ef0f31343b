"""What an area can expect if nothing else is recorded: qualifying dates, ends, the caseload.

Read from the views as known at a moment, from the civil day of that moment on. The spells already
have their end dates, so nobody is folded. Called by `tracker forecast`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from projections.engine.day_numbers import FAR, KNOWN, ON_DAY, day, instant
from projections.returns.counted_people import snapshot
from projections.returns.trend import year_beginning_in, year_containing
from projections.returns.years import Year
from tracker.domain.answers.show import moment
from tracker.domain.dates import civil
from tracker.store.database.interface import Cursor, Row

if TYPE_CHECKING:
    from tracker.domain.answers.overview_shapes import ComingLine, ForecastAnswer, ForecastYear

QUALIFIES, ORDER, NOTIFICATION = "review_qualifying", "order_ends", "notification_ends"


class Coming(NamedTuple):
    """Something that will happen to one person.

    `what` is named as in the diary; `due_on` is the last day of what ends. `kind` is the kind of
    order; `ref` the order's id, or the last ground of the notification period.
    """

    subject: str
    what: str
    due_on: date
    rule: str | None
    ref: str = ""
    kind: str = ""


def forecast(c: Cursor, area: str, known_at: datetime, number: int) -> ForecastAnswer:
    """What falls due for `number` reporting years, and the caseload at the end of each.

    The first year is the rest of the one that contains the civil day of `known_at`; the people are
    those whom the area manages on that day.
    """
    on = civil(known_at)
    first = year_containing(on).start.year
    years = [year_beginning_in(first + n) for n in range(number)]
    last = years[-1].end
    everything = (*_qualifying(c, area, on, known_at), *_ending(c, area, on, known_at))
    coming = [one for one in everything if one.due_on <= last]
    return {
        "area": area,
        "on": on.isoformat(),
        "known_at": moment(known_at),
        "snapshot": snapshot(c, area, on, known_at),
        "years": [_year(c, area, year, known_at, coming) for year in years],
        "people": [
            _person(one)
            for one in sorted(coming, key=lambda x: (x.due_on, x.subject, x.what, x.ref))
        ],
    }


def _year(
    c: Cursor, area: str, year: Year, known_at: datetime, coming: Iterable[Coming]
) -> ForecastYear:
    of_year = [one for one in coming if year.start <= one.due_on <= year.end]
    what = Counter(one.what for one in of_year)
    kinds = Counter(one.kind for one in of_year if one.what == ORDER)
    return {
        "year": year.text,
        "period_end": year.end.isoformat(),
        "review_qualifying": what[QUALIFIES],
        "order_ends": dict(sorted(kinds.items())),
        "notification_ends": what[NOTIFICATION],
        "snapshot": snapshot(c, area, year.end, known_at),
    }


class _OptionalKeys(TypedDict, total=False):
    """The keys that not every line has."""

    kind: str
    ref: str


def _person(one: Coming) -> ComingLine:
    more: _OptionalKeys = {"kind": one.kind} if one.kind else {}
    if one.ref:
        more["ref"] = one.ref
    due_on = one.due_on.isoformat()
    return {
        "subject": one.subject, "what": one.what, "due_on": due_on, **more, "rule": one.rule,
    }  # fmt: skip


# --- from the views ------------------------------------------------------------------------------


def _qualifying(c: Cursor, area: str, on: date, known_at: datetime) -> Iterator[Coming]:
    """People subject to indefinite requirements who qualify for review on the day or later."""
    c.execute(
        "SELECT subject, qualifying_on, rule FROM view_eligibility WHERE area=:area"
        f" AND qualifying_on>=:on AND qualifying_on<{FAR} AND {ON_DAY} AND {KNOWN}",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    for subject, qualifying_on, rule in c.fetchall():
        yield Coming(subject, QUALIFIES, date.fromordinal(qualifying_on), rule)


def _ending(c: Cursor, area: str, on: date, known_at: datetime) -> Iterator[Coming]:
    """The ends of orders in force, and of each person's notification requirements.

    No ground begins in the future, so a person is subject until the last of the current ones ends.
    """
    c.execute(
        "SELECT s.subject, s.track, s.value, s.ref, s.start, s.until, s.rule FROM view_spells a"
        " CROSS JOIN view_spells s WHERE a.track='area' AND a.value=:area"
        f" AND {_applies_now('a')} AND s.subject=a.subject AND s.track IN ('order','notification')"
        f" AND {_applies_now('s')}",
        {"area": area, "on": day(on), "known": instant(known_at)},
    )
    last: dict[str, Row] = {}
    for row in c.fetchall():
        subject, track, kind, ref, _, until, rule = row
        if track == "notification":
            last[subject] = max(row, last.get(subject, row), key=_end)
        elif until != FAR:
            yield Coming(subject, ORDER, date.fromordinal(until - 1), rule, ref, kind)
    for subject, _, _, ref, _, until, rule in last.values():
        if until != FAR:
            yield Coming(subject, NOTIFICATION, date.fromordinal(until - 1), rule, ref)


def _end(row: Row) -> tuple[int, int, str]:
    """Sorts grounds by end; of two that end on one day, the one that began later comes last."""
    return row[5], row[4], row[3]


def _applies_now(alias: str) -> str:
    return (
        f"{alias}.start<=:on AND {alias}.until>:on"
        f" AND {alias}.known_from<=:known AND {alias}.known_until>:known"
    )
