"""When a job runs: at London wall-clock times, each exactly once even when the clocks change.

The crontab finds the wall-clock time in a calendar without summer time; only then is it turned into
a moment. A time that does not exist on a spring night is taken an hour later; a time
that occurs twice on an autumn night is its first occurrence. Used by jobs, ledger and service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.triggers.base import BaseTrigger

from scheduler.crontab import Crontab
from tracker.domain.dates import LONDON

SECOND = timedelta(seconds=1)


def wall_time(moment: datetime) -> datetime:
    """The date and time that a London clock shows at a moment, marked as UTC."""
    return moment.astimezone(LONDON).replace(tzinfo=UTC)


def moment_shown(shown: datetime) -> datetime:
    """The UTC moment at which a London clock first shows this date and time.

    If it never does (spring), the moment an hour later on the clock.
    """
    return shown.replace(tzinfo=LONDON, fold=0).astimezone(UTC)


class WallClock(BaseTrigger):  # type: ignore[misc]
    """A crontab expression on London's clock: `10 0 * * *` is every day at ten past midnight."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self._calendar = Crontab(expression)

    def after(self, moment: datetime) -> Iterator[datetime]:
        """The UTC moments after `moment` at which to run, in order and without end."""
        shown, last = wall_time(moment) - timedelta(hours=2), moment
        while (next_shown := self._calendar.next(shown)) is not None:
            if (at := moment_shown(next_shown)) > last:
                yield at
                last = at
            shown = next_shown + SECOND

    def last(self, moment: datetime) -> datetime | None:
        """The latest moment at which to run, up to and including `moment`; None in two years."""
        for days in (2, 40, 740):
            latest = None
            for at in self.after(moment - timedelta(days=days)):
                if at > moment:
                    break
                latest = at
            if latest is not None:
                return latest
        return None

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The next moment to run; APScheduler calls this."""
        if previous_fire_time is not None and previous_fire_time >= now:
            return next(self.after(previous_fire_time), None)
        return next(self.after(now - timedelta(microseconds=1)), None)

    def __str__(self) -> str:
        return self.expression


class Every(BaseTrigger):  # type: ignore[misc]
    """Every so many seconds, at multiples of that number since 1970."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def after(self, moment: datetime) -> Iterator[datetime]:
        number = int(moment.timestamp()) // self.seconds
        while True:
            number += 1
            yield datetime.fromtimestamp(number * self.seconds, UTC)

    def last(self, moment: datetime) -> datetime | None:
        """The latest moment at which to run, up to and including `moment`."""
        number = int(moment.timestamp()) // self.seconds
        return datetime.fromtimestamp(number * self.seconds, UTC)

    def get_next_fire_time(
        self, previous_fire_time: datetime | None, now: datetime
    ) -> datetime | None:
        """The next moment to run; APScheduler calls this."""
        since = now if previous_fire_time is None else max(previous_fire_time, now)
        return next(self.after(since))

    def __str__(self) -> str:
        return f"every {self.seconds} s"


Trigger = WallClock | Every


def parse_trigger(text: str) -> Any:
    """The trigger for the text of a setting: `every 60 s`, or the five fields of a crontab.

    Raises ValueError for any other text.
    """
    words = text.split()
    if len(words) == 3 and words[0] == "every" and words[2] == "s" and words[1].isdigit():
        if int(words[1]) < 1:
            raise ValueError(f"{text!r}: write 1 s or more")
        return Every(int(words[1]))
    if len(words) != 5:
        raise ValueError(f"{text!r}: write `every 60 s` or a crontab such as `10 0 * * *`")
    return WallClock(text)
