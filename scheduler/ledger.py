"""The run ledger: each job runs once for each time it was meant to, whoever runs it.

A row is begun before the work and ended after it. Whoever reads or writes rows of a job holds that
job's lock (`Database.try_lock`), which dies with its holder: a row still running under a lock that
could be had was left by a holder that died, and is taken over. Used by the runner and the status.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from projections.engine.day_numbers import instant, moment_of
from scheduler.wall import Every, Trigger
from tracker.store.database.interface import Cursor, Database, Row

RUNNING, DONE, FAILED, ABANDONED, MISSED = "running", "done", "failed", "abandoned", "missed"
UNFINISHED = (RUNNING, FAILED, ABANDONED)
ONCE = " once"  # what the name of a job ends in where a person ran it
COLUMNS = "job, intended, run, holder, attempt, started, ended, outcome, counts, error"
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
KEPT = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Run:
    """A row: one time at which a job was meant to run, and what became of it."""

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
    def again_at(self) -> datetime:
        """When one that failed is tried again."""
        if self.outcome != FAILED:
            return self.started
        return self.started + min(FIRST_PAUSE * 2.0 ** (self.attempt - 1), LONGEST_PAUSE)


class Ledger:
    """The rows of a store's scheduler. `holder` names this process."""

    def __init__(self, database: Database, clock: Callable[[], datetime], holder: str) -> None:
        self.database, self.clock, self.holder = database, clock, holder

    def due(self, job: str, trigger: Trigger, late: timedelta, now: datetime) -> datetime | None:
        """The earliest time for which a job has yet to run; None where there is none, or not yet.

        Times that have become too late are passed over, with a row that says how many.
        """
        with self.database.reading() as c:
            waiting, last = self._waiting(c, job, now), self._last(c, job, now)
        for run in waiting:
            if now - run.intended <= late:
                return run.intended if run.again_at <= now else None
            self._pass_over(run)
        return self._next(job, trigger, late, last, now)

    def _next(
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
                self._miss(job, missed)
                return at
            missed.append(at)
        self._miss(job, missed)
        return None

    def _waiting(self, c: Cursor, job: str, now: datetime) -> list[Run]:
        c.execute(
            f"SELECT {COLUMNS} FROM scheduler_runs WHERE job=? AND outcome IN (?,?,?)"
            " AND intended<=? ORDER BY intended",
            (job, *UNFINISHED, instant(now)),
        )
        return [run_of(row) for row in c.fetchall()]

    def _last(self, c: Cursor, job: str, now: datetime) -> datetime | None:
        """The latest time that was dealt with; what a clock that ran ahead led to is left out."""
        c.execute(
            "SELECT MAX(intended) FROM scheduler_runs WHERE job=? AND intended<=?",
            (job, instant(now)),
        )
        row = c.fetchone()
        return None if row is None or row[0] is None else moment_of(row[0])

    def _pass_over(self, run: Run) -> None:
        with self.database.working() as c:
            c.execute(
                "UPDATE scheduler_runs SET outcome=?, ended=? WHERE job=? AND intended=?",
                (MISSED, instant(self.clock()), run.job, instant(run.intended)),
            )

    def _miss(self, job: str, times: list[datetime]) -> None:
        if not times:
            return
        now = instant(self.clock())
        with self.database.working() as c:
            c.execute(
                f"INSERT INTO scheduler_runs ({COLUMNS}) VALUES (?,?,?,?,0,?,?,?,?,'')"
                " ON CONFLICT (job, intended) DO NOTHING",
                (job, instant(times[-1]), name_of(job, times[-1], 0), self.holder, now, now, MISSED,
                 json.dumps({"missed": len(times)})),
            )  # fmt: skip

    def begin(self, job: str, intended: datetime) -> Run | None:
        """A row for a time, begun by this process; None where it was dealt with before."""
        now = self.clock()
        with self.database.working() as c:
            c.execute(
                f"SELECT {COLUMNS} FROM scheduler_runs WHERE job=? AND intended=?",
                (job, instant(intended)),
            )
            row = c.fetchone()
            before = None if row is None else run_of(row)
            if before is not None and before.outcome not in UNFINISHED:
                return None
            attempt = 1 if before is None else before.attempt + 1
            run = Run(job, intended, name_of(job, intended, attempt), self.holder, attempt, now,
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
        """Ends a row that is still this run's; whether it was."""
        with self.database.working() as c:
            c.execute(
                "UPDATE scheduler_runs SET outcome=?, ended=?, counts=?, error=?"
                " WHERE job=? AND intended=? AND run=? AND outcome=?",
                (outcome, instant(self.clock()), json.dumps(counts), error, run.job,
                 instant(run.intended), run.run, RUNNING),
            )  # fmt: skip
            return bool(c.rowcount)

    def forget(self, job: str, before: datetime) -> None:
        """Removes the rows of times well dealt with before a moment."""
        with self.database.working() as c:
            c.execute(
                "DELETE FROM scheduler_runs WHERE job=? AND intended<? AND outcome=?",
                (job, instant(before), DONE),
            )


def latest(c: Cursor) -> dict[str, Run]:
    """The last run of each job, those of a person included."""
    c.execute(
        f"SELECT {COLUMNS} FROM scheduler_runs r WHERE intended="
        "(SELECT MAX(intended) FROM scheduler_runs WHERE job=r.job) ORDER BY job"
    )
    return {row[0]: run_of(row) for row in c.fetchall()}


def successes(c: Cursor) -> dict[str, Run]:
    """The last run of each job that was done."""
    c.execute(
        f"SELECT {COLUMNS} FROM scheduler_runs r WHERE intended="
        "(SELECT MAX(intended) FROM scheduler_runs WHERE job=r.job AND outcome=?)"
        " AND outcome=? ORDER BY job",
        (DONE, DONE),
    )
    return {row[0]: run_of(row) for row in c.fetchall()}


def name_of(job: str, intended: datetime, attempt: int) -> str:
    """What a run is called in logs."""
    return f"{job}-{intended:%Y%m%dT%H%M%SZ}-{attempt}"


def run_of(row: Row) -> Run:
    """A row of the columns `COLUMNS`."""
    job, intended, run, holder, attempt, started, ended, outcome, counts, error = row
    return Run(
        job, moment_of(intended), run, holder, attempt, moment_of(started),
        None if ended is None else moment_of(ended), outcome, json.loads(counts), error,
    )  # fmt: skip
