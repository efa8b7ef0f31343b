"""When a job is meant to run: times on the clock in Europe/London, each once, whatever that does.

Wall-clock times are looked for by APScheduler's cron trigger in a calendar without summer time and
only then placed on the real one: a time that a spring night leaves out is taken an hour later, one
that an autumn night has twice is its first. Used by the table of jobs, the ledger and the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from tracker.domain.dates import LONDON

SECOND = timedelta(seconds=1)


def wall(moment: datetime) -> datetime:
    """What the clock on the wall in London shows at a moment, as if it were UTC."""
    return moment.astimezone(LONDON).replace(tzinfo=UTC)


def placed(shown: datetime) -> datetime:
    """The moment at which the clock in London first shows that, or would have."""
    return shown.replace(tzinfo=LONDON, fold=0).astimezone(UTC)


class WallClock(BaseTrigger):  # type: ignore[misc]
    """A crontab expression on London's clock: `10 0 * * *` is every day at ten past midnight."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self._calendar = CronTrigger.from_crontab(expression, timezone=UTC)

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The moments at which to run after one, in order."""
        shown, last = wall(moment) - timedelta(hours=2), moment
        while (found := self._calendar.get_next_fire_time(None, shown)) is not None:
            if (at := placed(found)) > last:
                yield at
                last = at
            shown = found + SECOND

    def last(self, moment: datetime) -> datetime | None:
        """The latest moment at which to run up to one, within the last two years."""
        for days in (2, 40, 740):
            found = None
            for at in self.after(moment - timedelta(days=days)):
                if at > moment:
                    break
                found = at
            if found is not None:
                return found
        return None

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """What APScheduler asks."""
        if previous_fire_time is not None and previous_fire_time >= now:
            return next(self.after(previous_fire_time), None)
        return next(self.after(now - timedelta(microseconds=1)), None)

    def __str__(self) -> str:
        return self.expression


class Every(BaseTrigger):  # type: ignore[misc]
    """Again and again, a whole number of seconds apart, counted from 1970."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def after(self, moment: datetime) -> Iterator[datetime]:
        number = int(moment.timestamp()) // self.seconds
        while True:
            number += 1
            yield datetime.fromtimestamp(number * self.seconds, UTC)

    def last(self, moment: datetime) -> datetime | None:
        """The latest moment at which to run up to one."""
        number = int(moment.timestamp()) // self.seconds
        return datetime.fromtimestamp(number * self.seconds, UTC)

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """What APScheduler asks."""
        since = now if previous_fire_time is None else max(previous_fire_time, now)
        return next(self.after(since))

    def __str__(self) -> str:
        return f"every {self.seconds} s"


Trigger = WallClock | Every


def trigger(text: str) -> Any:
    """The trigger that a setting writes: `every 60 s`, or five fields of a crontab.

    Raises ValueError for anything else.
    """
    words = text.split()
    if len(words) == 3 and words[0] == "every" and words[2] == "s" and words[1].isdigit():
        if int(words[1]) < 1:
            raise ValueError(f"{text!r}: every 1 s at the least")
        return Every(int(words[1]))
    if len(words) != 5:
        raise ValueError(f"{text!r}: write `every 60 s` or a crontab such as `10 0 * * *`")
    return WallClock(text)
