"""The one table of jobs: what runs while nobody looks, when, and how late is too late.

Times are on London's clock; [scheduler.jobs] in the settings moves or stops any of them. Read by
the runner, the service and the status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from scheduler import desk_jobs, drafts, flagging, quality, reminders, upkeep
from scheduler.wall import Trigger, trigger
from scheduler.work import Counts, Work
from tracker.domain.errors import TrackerError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Job:
    """A job: `late` after the time it was meant for it is passed over, and run the next time.

    `trigger` None: it was stopped in the settings. One that runs `all_the_time` is kept by every
    scheduler there is and has no rows in the ledger. `follows_law`: what it records or tells does,
    so a process that has another law than was agreed for the store leaves it to others.
    """

    name: str
    trigger: Trigger | None
    does: str
    late: timedelta
    work: Callable[[Work], Counts]
    all_the_time: bool = False
    follows_law: bool = True


def _job(
    name: str, when: str, late: timedelta, work: Callable[[Work], Counts], does: str,
    follows_law: bool = True,
) -> Job:  # fmt: skip
    return Job(name, trigger(when), does, late, work, follows_law=follows_law)


def _views(work: Work) -> Counts:
    return {"position": work.engine.catch_up()}


JOBS: tuple[Job, ...] = (
    replace(_job("views", "every 1 s", HOUR, _views, "keeps the views level with the log"),
            all_the_time=True),
    # A day on which nobody was flagged cannot be made up for by the next one's flags.
    _job("flag", "10 0 * * *", 400 * DAY, flagging.flag,
         "flags who has become eligible for review, withdraws what has turned out untrue"),
    _job("ended", "15 0 * * *", 60 * DAY, reminders.ended,
         "tells of orders and notification requirements that ended the day before"),
    _job("ahead", "20 0 * * *", DAY, reminders.look_ahead,
         "tells who qualifies for review within 28 days, six months, a year"),
    _job("diary", "25 0 * * *", DAY, reminders.diary, "tells what falls due and what is overdue"),
    _job("findings", "30 0 * * *", DAY, quality.findings, "tells what does not look right"),
    _job("year-end", "40 0 1 4 *", 60 * DAY, drafts.at_year_end,
         "computes the draft return of every area as of the night of 31 March, and keeps it"),
    _job("drafts", "45 0 * * mon", 7 * DAY, drafts.weekly,
         "computes the drafts again until they are frozen, and tells what changed and why"),
    _job("backup", "0 2 * * *", 12 * HOUR, upkeep.backup, "backs the log and its keys up",
         follows_law=False),
    _job("verify", "30 3 * * *", 12 * HOUR, upkeep.verify, "verifies the log", follows_law=False),
    _job("duplicates", "30 4 * * sun", 7 * DAY, quality.duplicates,
         "tells of records that may be of one person"),
    _job("digest", "0 6 * * *", 12 * HOUR, desk_jobs.digest, "composes each desk's daily digest",
         follows_law=False),
    _job("messages", "every 60 s", HOUR, desk_jobs.messages,
         "composes urgent messages and sends what waits", follows_law=False),
)  # fmt: skip


def table(settings: Mapping[str, str]) -> list[Job]:
    """The jobs with the times that the settings give; raises TrackerError where they cannot be."""
    known = {job.name: job for job in JOBS}
    for name, when in settings.items():
        where = f"[scheduler.jobs] {name} = {when!r}"
        if name not in known:
            raise TrackerError(f"{where}: there is no such job; there are {', '.join(known)}")
        if known[name].all_the_time:
            raise TrackerError(f"{where}: it runs all the time, and has no time of its own")
        try:
            moved = None if when == "off" else trigger(when)
        except ValueError as error:
            raise TrackerError(f"{where}: {error}; or write `off`") from None
        known[name] = replace(known[name], trigger=moved)
    return list(known.values())


def named(jobs: list[Job], name: str) -> Job:
    """Raises TrackerError for a name of no job."""
    found = next((job for job in jobs if job.name == name), None)
    if found is None:
        raise TrackerError(f"there is no job {name!r}; there are {', '.join(j.name for j in jobs)}")
    return found
