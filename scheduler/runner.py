"""Runs jobs: each for every time it was meant to, in order, once, whoever else runs them too.

Called by the service when a job's time has come and when it starts, and by `--once`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from scheduler.items import Item, tell
from scheduler.jobs import Job
from scheduler.ledger import ABANDONED, DONE, FAILED, KEPT, ONCE, Ledger, Run, name_of
from scheduler.open_store import App
from scheduler.wall import Every
from scheduler.work import Abandoned, Counts, Work, never
from tracker.domain.errors import TrackerError
from tracker.settings.extras import named_if_missing
from tracker.store.database.interface import Unavailable

ALARM = 3  # attempts after which the operators are told


class Runner:
    """Runs the jobs of one store, in this process."""

    def __init__(self, app: App, holder: str, stop: Callable[[], bool] = never) -> None:
        self.app, self.stop = app, stop
        self.ledger = Ledger(app.database, app.clock, holder)
        self.running: dict[str, Run] = {}
        self._said: set[str] = set()  # jobs of which it was logged that they are left to others

    def run_due(self, job: Job) -> int:
        """Runs a job for each time that is due; how many were. Another at it: none.

        None as well where it is left to those who have what was agreed for the store.
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
                self._tidy(job)
        return ran

    def _left_to_others(self, job: Job) -> bool:
        """Whether its times are not begun here: another scheduler may be there to keep them."""
        differs = self.app.disagreement() if job.follows_law else None
        if differs is not None and job.name not in self._said:
            self.app.logger.warning("job.left_to_others", job=job.name, error=str(differs))
            self._said.add(job.name)
        elif differs is None:
            self._said.discard(job.name)
        return differs is not None

    def _run(self, job: Job, run: Run) -> bool:
        """Whether it was done; what went wrong is in its row, and it is tried again later."""
        log = self.app.logger.bind(job=job.name, run=run.run)
        log.info("run.began", intended=run.intended.isoformat(), attempt=run.attempt)
        try:
            with named_if_missing():
                counts = job.work(Work(self.app, run.intended, run.run, self.stop))
        except Abandoned:
            self.ledger.end(run, ABANDONED, {})
            log.info("run.abandoned")
            return False
        except Exception as error:
            with suppress(Unavailable):
                self.ledger.end(run, FAILED, {}, told(error))
                self._alarm(job, run, told(error))
            log.error("run.failed", error=told(error))  # noqa: TRY400 - a trace may be personal
            return False
        if not self.ledger.end(run, DONE, counts):
            log.warning("run.taken_over")  # the lock was lost, and another has begun it anew
            return False
        log.info("run.done", **counts)
        return True

    def _alarm(self, job: Job, run: Run, error: str) -> None:
        """The operators are told once of a run that goes on failing."""
        if run.attempt < ALARM:
            return
        said = f"{job.name} for {run.intended:%Y-%m-%d %H:%M} UTC: {error}"
        item = Item(f"job:{job.name}:{run.intended.isoformat()}", "", "job", "", said, urgent=True)
        with self.app.database.working() as c:
            tell(c, [item], self.app.clock())

    def _tidy(self, job: Job) -> None:
        keep = timedelta(hours=1) if isinstance(job.trigger, Every) else KEPT
        self.ledger.forget(job.name, self.app.clock() - keep)

    def once(self, job: Job, intended: datetime) -> Counts:
        """Runs a job now, for a moment; raises what it raises. Its times are as they were."""
        name = job.name + ONCE
        with self.app.database.try_lock(f"job {job.name}") as got:
            if not got:
                raise TrackerError(f"{job.name} is being run by another scheduler just now")
            at = self.app.clock()
            while (run := self.ledger.begin(name, at)) is None:
                at += timedelta(microseconds=1)  # a clock that stood still since the last
            try:
                shown = name_of(name.replace(" ", "-"), intended, run.attempt)
                with named_if_missing():
                    counts = job.work(Work(self.app, intended, shown, self.stop))
            except BaseException as error:
                self.ledger.end(run, FAILED, {}, told(error))
                raise
            self.ledger.end(run, DONE, counts)
        return counts


def told(error: BaseException) -> str:
    """What may be kept of an error: the tracker's own say nothing personal, others their kind."""
    return str(error) if isinstance(error, TrackerError) else type(error).__name__
