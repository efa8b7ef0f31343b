"""Days and moments as the whole numbers stored in tables. Used by every view.

No end is stored as a number greater than all others. So one query serves both databases, and the
condition that a row applies on a day needs no OR.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import orjson

FAR = 9_999_999  # stored for a day where there is no end
END = 2**62  # stored as `known_until` while a row is still known
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY, _SECOND = 86_400_000_000, 1_000_000

KNOWN = "known_from<=:known AND known_until>:known"
ON_DAY = "start<=:on AND until>:on"


def day(value: date) -> int:
    """A day as its proleptic Gregorian ordinal."""
    return value.toordinal()


def end(value: date | None) -> int:
    """The first day after something, as a number; `FAR` where it has no end."""
    return FAR if value is None else value.toordinal()


def date_of(number: int) -> date | None:
    """The day of a number; None for `FAR`."""
    return None if number == FAR else date.fromordinal(number)


def iso(number: int) -> str | None:
    """The day of a number as YYYY-MM-DD; None for `FAR`."""
    return None if number == FAR else date.fromordinal(number).isoformat()


def json_array(names: Sequence[str]) -> str:
    """Names as a JSON array, for a text column."""
    return orjson.dumps(names).decode()


def instant(moment: datetime) -> int:
    """A moment as whole microseconds since 1970 (UTC), without rounding."""
    since = moment - EPOCH
    return since.days * _DAY + since.seconds * _SECOND + since.microseconds


def moment_of(number: int) -> datetime:
    """The moment, in UTC, of whole microseconds since 1970."""
    days, rest = divmod(number, _DAY)
    seconds, micros = divmod(rest, _SECOND)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    on = date.fromordinal(EPOCH.toordinal() + days)
    return datetime(on.year, on.month, on.day, hours, minutes, seconds, micros, tzinfo=UTC)
