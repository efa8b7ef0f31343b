"""The run ledger: a row for each run, so that each job runs once for each of its intended times.

A row is begun before the work and ended after it. A process works on a job's rows only while it has
that job's lock (`Database.try_lock`), which is released when the process dies. So if a process gets
the lock and finds a row still `running`, its owner has died, and the process takes the run over.
Used by the runner and the status.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from projections.engine.day_numbers import instant, moment_of
from scheduler.triggers import Every, Trigger
from tracker.store.database.interface import Cursor, Database, Row

RUNNING, DONE, FAILED, ABANDONED, MISSED = "running", "done", "failed", "abandoned", "missed"
UNFINISHED = (RUNNING, FAILED, ABANDONED)
ONCE = " once"  # the suffix of the job's name in the row of a run that a person started
COLUMNS = "job, intended, run, holder, attempt, started, ended, outcome, counts, error"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
KEEP_FOR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Run:
    """A row: one intended time of a job, and the outcome of its last attempt.

    `run` names the attempt, `holder` the process that made it.
    """

    job: str
    intended: datetime
    run: str
    holder: str
    attempt: int
    started: datetime
    ended: datetime | None
    outcome: str
    counts: Mapping[str, int]
    error: str

    @property
    def retry_at(self) -> datetime:
        """When the run may be retried; a run that did not fail may be retried at once."""
        if self.outcome != FAILED:
            return self.started
        return self.started + min(FIRST_PAUSE * 2.0 ** (self.attempt - 1), LONGEST_PAUSE)


class Ledger:
    """The rows of a store's scheduler. `holder` names this process in the rows it writes."""

    def __init__(self, database: Database, clock: Callable[[], datetime], holder: str) -> None:
        self.database, self.clock, self.holder = database, clock, holder

    def due(self, job: str, trigger: Trigger, late: timedelta, now: datetime) -> datetime | None:
        """The earliest intended time for which the job must run now; None if there is none.

        Intended times more than `late` ago are skipped: a row records how many were missed.
        """
        with self.database.reading() as c:
            waiting, last = self._unfinished(c, job, now), self._last_handled(c, job, now)
        for run in waiting:
            if now - run.intended <= late:
                return run.intended if run.retry_at <= now else None
            self._mark_missed(run)
        return self._next_due(job, trigger, late, last, now)

    def _next_due(
        self, job: str, trigger: Trigger, late: timedelta, last: datetime | None, now: datetime
    ) -> datetime | None:
        if last is None or isinstance(trigger, Every):
            latest = trigger.last(now)
            new = latest is not None and (last is None or latest > last) and now - latest <= late
            return latest if new else None
        missed: list[datetime] = []
        for at in trigger.after(last):
            if at > now:
                break
            if now - at <= late:
                self._record_missed(job, missed)
                return at
            missed.append(at)
        self._record_missed(job, missed)
        return None

    def _unfinished(self, c: Cursor, job: str, now: datetime) -> list[Run]:
        c.execute(
            f"SELECT {COLUMNS} FROM scheduler_runs WHERE job=? AND outcome IN (?,?,?)"
            " AND intended<=? ORDER BY intended",
            (job, *UNFINISHED, instant(now)),
        )
        return [run_from_row(row) for row in c.fetchall()]

    def _last_handled(self, c: Cursor, job: str, now: datetime) -> datetime | None:
        """The latest intended time with a row; rows in the future (a wrong clock) are ignored."""
        c.execute(
            "SELECT MAX(intended) FROM scheduler_runs WHERE job=? AND intended<=?",
            (job, instant(now)),
        )
        row = c.fetchone()
        return None if row is None or row[0] is None else moment_of(row[0])

    def _mark_missed(self, run: Run) -> None:
        with self.database.working() as c:
            c.execute(
                "UPDATE scheduler_runs SET outcome=?, ended=? WHERE job=? AND intended=?",
                (MISSED, instant(self.clock()), run.job, instant(run.intended)),
            )

    def _record_missed(self, job: str, times: list[datetime]) -> None:
        if not times:
            return
        now = instant(self.clock())
        with self.database.working() as c:
            c.execute(
                f"INSERT INTO scheduler_runs ({COLUMNS}) VALUES (?,?,?,?,0,?,?,?,?,'')"
                " ON CONFLICT (job, intended) DO NOTHING",
                (job, instant(times[-1]), run_name(job, times[-1], 0), self.holder, now, now,
                 MISSED, json.dumps({"missed": len(times)})),
            )  # fmt: skip

    def begin(self, job: str, intended: datetime) -> Run | None:
        """Begins a run for an intended time; None if that time was already done or missed."""
        now = self.clock()
        with self.database.working() as c:
            c.execute(
                f"SELECT {COLUMNS} FROM scheduler_runs WHERE job=? AND intended=?",
                (job, instant(intended)),
            )
            row = c.fetchone()
            before = None if row is None else run_from_row(row)
            if before is not None and before.outcome not in UNFINISHED:
                return None
            attempt = 1 if before is None else before.attempt + 1
            run = Run(job, intended, run_name(job, intended, attempt), self.holder, attempt, now,
                      None, RUNNING, {}, "")  # fmt: skip
            c.execute(
                f"INSERT INTO scheduler_runs ({COLUMNS}) VALUES (?,?,?,?,?,?,NULL,?,'{{}}','')"
                " ON CONFLICT (job, intended) DO UPDATE SET run=excluded.run,"
                " holder=excluded.holder, attempt=excluded.attempt, started=excluded.started,"
                " ended=NULL, outcome=excluded.outcome, counts=excluded.counts, error=''",
                (job, instant(intended), run.run, run.holder, attempt, instant(now), RUNNING),
            )
        return run

    def end(self, run: Run, outcome: str, counts: Mapping[str, int], error: str = "") -> bool:
        """Records the outcome; False if another process has taken the run over meanwhile."""
        with self.database.working() as c:
            c.execute(
                "UPDATE scheduler_runs SET outcome=?, ended=?, counts=?, error=?"
                " WHERE job=? AND intended=? AND run=? AND outcome=?",
                (outcome, instant(self.clock()), json.dumps(counts), error, run.job,
                 instant(run.intended), run.run, RUNNING),
            )  # fmt: skip
            return bool(c.rowcount)

    def delete_done_before(self, job: str, before: datetime) -> None:
        """Deletes a job's rows with outcome `done` whose intended time is before a moment."""
        with self.database.working() as c:
            c.execute(
                "DELETE FROM scheduler_runs WHERE job=? AND intended<? AND outcome=?",
                (job, instant(before), DONE),
            )


def last_runs(c: Cursor) -> dict[str, Run]:
    """The last run of each job, by job name; runs that a person started have names of their own."""
    c.execute(
        f"SELECT {COLUMNS} FROM scheduler_runs r WHERE intended="
        "(SELECT MAX(intended) FROM scheduler_runs WHERE job=r.job) ORDER BY job"
    )
    return {row[0]: run_from_row(row) for row in c.fetchall()}


def last_successes(c: Cursor) -> dict[str, Run]:
    """The last run of each job that succeeded, by job name."""
    c.execute(
        f"SELECT {COLUMNS} FROM scheduler_runs r WHERE intended="
        "(SELECT MAX(intended) FROM scheduler_runs WHERE job=r.job AND outcome=?)"
        " AND outcome=? ORDER BY job",
        (DONE, DONE),
    )
    return {row[0]: run_from_row(row) for row in c.fetchall()}


def run_name(job: str, intended: datetime, attempt: int) -> str:
    """The name of a run in the ledger and the log."""
    return f"{job}-{intended:%Y%m%dT%H%M%SZ}-{attempt}"


def run_from_row(row: Row) -> Run:
    """The run in a row of the columns `COLUMNS`."""
    job, intended, run, holder, attempt, started, ended, outcome, counts, error = row
    return Run(
        job, moment_of(intended), run, holder, attempt, moment_of(started),
        None if ended is None else moment_of(ended), outcome, json.loads(counts), error,
    )  # fmt: skip
