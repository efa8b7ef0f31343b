"""The five fields of crontab(5), put into APScheduler's words. Used by `triggers`.

In a crontab 0 and 7 are Sunday, and where both a day of the month and a weekday are named, either
is enough. APScheduler counts weekdays from Monday and wants both.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from apscheduler.triggers.cron import CronTrigger

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAY = rf"(?:[0-7]|{'|'.join(WEEKDAYS)})"
_PART = re.compile(rf"(\*|({_DAY})(?:-({_DAY}))?)(?:/([1-9]\d?))?")


def weekday_names(field: str) -> str:
    """The weekday field with each day by its name: `5-7` is `fri,sat,sun`.

    Raises ValueError for what crontab(5) does not have.
    """
    days: set[int] = set()
    for part in field.lower().split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{field!r}: a weekday is 0 to 7 (0 and 7 are Sunday) or sun to sat")
        whole, first, last, step = match.groups()
        start = 0 if whole == "*" else _number(first)
        end = 6 if whole == "*" else _number(last or first)
        if last in ("sun", "0") and start > end:
            end = 7
        if start > end or (step and whole != "*" and not last):
            raise ValueError(f"{field!r}: {part} is no range of weekdays from Sunday on")
        days |= {day % 7 for day in range(start, end + 1, int(step or 1))}
    return ",".join(WEEKDAYS[day] for day in sorted(days))


def _number(day: str) -> int:
    return int(day) if day.isdigit() else WEEKDAYS.index(day)


class Crontab:
    """When a crontab expression says so, on a clock that never changes (UTC)."""

    def __init__(self, expression: str) -> None:
        minute, hour, day, month, weekday = expression.split()
        names = "*" if weekday == "*" else weekday_names(weekday)
        both = [(day, names)]
        if "*" not in day and "*" not in weekday:
            both = [(day, "*"), ("*", names)]  # either is enough
        self._either = [
            CronTrigger(
                minute=minute, hour=hour, day=day, month=month, day_of_week=names, timezone=UTC
            )
            for day, names in both
        ]

    def next(self, shown: datetime) -> datetime | None:
        """The first time at or after `shown`; None where there is none."""
        times = (trigger.get_next_fire_time(None, shown) for trigger in self._either)
        return min((time for time in times if time is not None), default=None)
