"""Days and moments as whole numbers, open ends as numbers beyond them all: what tables hold.

So one query serves both databases, and a row that holds needs no OR. Used by every view.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import orjson

FAR = 9_999_999  # the day of what has no end
END = 2**62  # the moment of what is still known
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY, _SECOND = 86_400_000_000, 1_000_000

KNOWN = "known_from<=:known AND known_until>:known"
HOLDS = "start<=:on AND until>:on"


def day(value: date) -> int:
    return value.toordinal()


def end(value: date | None) -> int:
    """A first day after something, which may have no end."""
    return FAR if value is None else value.toordinal()


def date_of(number: int) -> date | None:
    return None if number == FAR else date.fromordinal(number)


def iso(number: int) -> str | None:
    """A day as it is written, None where there is no end."""
    return None if number == FAR else date.fromordinal(number).isoformat()


def listed(names: Sequence[str]) -> str:
    """Names as JSON text."""
    return orjson.dumps(names).decode()


def instant(moment: datetime) -> int:
    """A moment in microseconds since 1970, exactly."""
    since = moment - EPOCH
    return since.days * _DAY + since.seconds * _SECOND + since.microseconds


def moment_of(number: int) -> datetime:
    days, rest = divmod(number, _DAY)
    seconds, micros = divmod(rest, _SECOND)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    on = date.fromordinal(EPOCH.toordinal() + days)
    return datetime(on.year, on.month, on.day, hours, minutes, seconds, micros, tzinfo=UTC)
