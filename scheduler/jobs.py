"""The table of jobs: what each does, when it runs, and how late it may still run.

Times are London time; [scheduler.jobs] in the settings changes or stops any of them. Read by the
runner, the service and the status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from scheduler import desk_jobs, drafts, duplicates, flagging, quality, reminders, upkeep
from scheduler.triggers import Trigger, parse_trigger
from scheduler.work import Counts, Work
from tracker.domain.errors import TrackerError

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Job:
    """A job. A run that could not start within `late` after its intended time is skipped.

    `trigger` is None for a job stopped in the settings. A job with `all_the_time` runs in every
    scheduler and has no rows in the ledger. `follows_law`: its results depend on the law, so a
    process whose law differs from the one agreed for the store leaves it to other processes.
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
    return Job(name, parse_trigger(when), does, late, work, follows_law=follows_law)


def _views(work: Work) -> Counts:
    return {"position": work.engine.catch_up()}


JOBS: tuple[Job, ...] = (
    replace(_job("views", "every 1 s", HOUR, _views, "keeps the views up to date with the log"),
            all_the_time=True),
    # Very late is allowed: each day has its own flags, and the next day's do not include them.
    _job("flag", "10 0 * * *", 400 * DAY, flagging.flag,
         "flags who has become eligible for review, withdraws flags that proved untrue"),
    _job("ended", "15 0 * * *", 60 * DAY, reminders.ended,
         "reports orders and notification requirements that ended the day before"),
    _job("ahead", "20 0 * * *", DAY, reminders.look_ahead,
         "reports who qualifies for review within 28 days, six months, a year"),
    _job("diary", "25 0 * * *", DAY, reminders.diary, "reports what falls due and what is overdue"),
    _job("findings", "30 0 * * *", DAY, quality.findings, "reports findings and silent cases"),
    _job("year-end", "40 0 1 4 *", 60 * DAY, drafts.at_year_end,
         "computes and stores the draft return of every area as known at the end of 31 March"),
    _job("drafts", "45 0 * * mon", 7 * DAY, drafts.weekly,
         "computes the drafts again until they are frozen, and reports what changed and why"),
    _job("backup", "0 2 * * *", 12 * HOUR, upkeep.backup, "backs up the log and its keys",
         follows_law=False),
    _job("verify", "30 3 * * *", 12 * HOUR, upkeep.verify, "verifies the log", follows_law=False),
    _job("duplicates", "30 4 * * sun", 7 * DAY, duplicates.duplicates,
         "reports records that may be of the same person"),
    _job("digest", "0 6 * * *", 12 * HOUR, desk_jobs.digest, "writes each desk's daily digest",
         follows_law=False),
    _job("messages", "every 60 s", HOUR, desk_jobs.messages,
         "writes urgent messages and sends every message that is due", follows_law=False),
)  # fmt: skip


def job_table(settings: Mapping[str, str]) -> list[Job]:
    """The jobs with the times in the settings, `off` or a trigger by job name.

    Raises TrackerError for an unknown job, a job without a time of its own, or a wrong time.
    """
    known = {job.name: job for job in JOBS}
    for name, when in settings.items():
        where = f"[scheduler.jobs] {name} = {when!r}"
        if name not in known:
            raise TrackerError(f"{where}: there is no such job; the jobs are {', '.join(known)}")
        if known[name].all_the_time:
            raise TrackerError(f"{where}: this job runs all the time, so no time can be set")
        try:
            moved = None if when == "off" else parse_trigger(when)
        except ValueError as error:
            raise TrackerError(f"{where}: {error}; or write `off`") from None
        known[name] = replace(known[name], trigger=moved)
    return list(known.values())


def job_named(jobs: list[Job], name: str) -> Job:
    """The job of that name; raises TrackerError if there is none."""
    for job in jobs:
        if job.name == name:
            return job
    raise TrackerError(f"there is no job {name!r}; the jobs are {', '.join(j.name for j in jobs)}")
