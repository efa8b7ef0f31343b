"""Runs each job once for each of its intended times, in order, even if several schedulers run.

Called by the service at a job's times and at start, and by `tracker schedule --once`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from scheduler.items import Item, queue_items
from scheduler.jobs import Job
from scheduler.ledger import ABANDONED, DONE, FAILED, KEEP_FOR, ONCE, Ledger, Run, run_name
from scheduler.open_store import App
from scheduler.triggers import Every
from scheduler.work import Abandoned, Counts, Work, never
from tracker.domain.errors import TrackerError
from tracker.settings.extras import explain_missing_extra
from tracker.store.database.interface import Unavailable

ALARM = 3  # failed attempts after which the operators get an item


class Runner:
    """Runs the jobs of one store, in this process."""

    def __init__(self, app: App, holder: str, stop: Callable[[], bool] = never) -> None:
        self.app, self.stop = app, stop
        self.ledger = Ledger(app.database, app.clock, holder)
        self.running: dict[str, Run] = {}
        self._logged: set[str] = set()  # jobs already logged as left to others

    def run_due(self, job: Job) -> int:
        """Runs a job for each intended time that is due; returns how many runs were begun.

        0 if another scheduler has the job's lock, the job is off, or this process leaves it to
        others because its law differs from the store's.
        """
        if job.trigger is None or self._left_to_others(job):
            return 0
        ran = 0
        with self.app.database.try_lock(f"job {job.name}") as got:
            while got and not self.stop():
                intended = self.ledger.due(job.name, job.trigger, job.late, self.app.clock())
                run = self.ledger.begin(job.name, intended) if intended else None
                if run is None:
                    break
                ran += 1
                self.running[job.name] = run
                try:
                    if not self._run(job, run):
                        break
                finally:
                    del self.running[job.name]
            if got and ran:
                self._delete_old_rows(job)
        return ran

    def _left_to_others(self, job: Job) -> bool:
        """Whether this process must not run the job because its law differs from the store's."""
        differs = self.app.disagreement() if job.follows_law else None
        if differs is not None and job.name not in self._logged:
            self.app.logger.warning("job.left_to_others", job=job.name, error=str(differs))
            self._logged.add(job.name)
        elif differs is None:
            self._logged.discard(job.name)
        return differs is not None

    def _run(self, job: Job, run: Run) -> bool:
        """Runs the job; True if it succeeded. A failure is recorded, and retried later."""
        log = self.app.logger.bind(job=job.name, run=run.run)
        log.info("run.began", intended=run.intended.isoformat(), attempt=run.attempt)
        try:
            with explain_missing_extra():
                counts = job.work(Work(self.app, run.intended, run.run, self.stop))
        except Abandoned:
            self.ledger.end(run, ABANDONED, {})
            log.info("run.abandoned")
            return False
        except Exception as error:
            with suppress(Unavailable):
                self.ledger.end(run, FAILED, {}, error_text(error))
                self._alarm(job, run, error_text(error))
            log.error("run.failed", error=error_text(error))  # noqa: TRY400 - a trace may be personal
            return False
        if not self.ledger.end(run, DONE, counts):
            log.warning("run.taken_over")  # the lock was lost, and another process runs it again
            return False
        log.info("run.done", **counts)
        return True

    def _alarm(self, job: Job, run: Run, error: str) -> None:
        """Queues one urgent item for the operators if a run has failed ALARM times."""
        if run.attempt < ALARM:
            return
        text = f"{job.name} for {run.intended:%Y-%m-%d %H:%M} UTC: {error}"
        item = Item(f"job:{job.name}:{run.intended.isoformat()}", "", "job", "", text, urgent=True)
        with self.app.database.working() as c:
            queue_items(c, [item], self.app.clock())

    def _delete_old_rows(self, job: Job) -> None:
        keep = timedelta(hours=1) if isinstance(job.trigger, Every) else KEEP_FOR
        self.ledger.delete_done_before(job.name, self.app.clock() - keep)

    def run_once(self, job: Job, intended: datetime) -> Counts:
        """Runs a job now as if `intended` were its time; its scheduled runs are not affected.

        Raises what the job raises, and TrackerError if another scheduler is running it.
        """
        name = job.name + ONCE
        with self.app.database.try_lock(f"job {job.name}") as got:
            if not got:
                raise TrackerError(f"{job.name} is being run by another scheduler just now")
            at = self.app.clock()
            while (run := self.ledger.begin(name, at)) is None:
                at += timedelta(microseconds=1)  # the clock has not moved since the last row
            try:
                shown = run_name(name.replace(" ", "-"), intended, run.attempt)
                with explain_missing_extra():
                    counts = job.work(Work(self.app, intended, shown, self.stop))
            except BaseException as error:
                self.ledger.end(run, FAILED, {}, error_text(error))
                raise
            self.ledger.end(run, DONE, counts)
        return counts


def error_text(error: BaseException) -> str:
    """The text of an error to store and log: the tracker's own message, else only the type.

    The tracker's own messages have nothing personal in them; those of libraries may.
    """
    return str(error) if isinstance(error, TrackerError) else type(error).__name__
