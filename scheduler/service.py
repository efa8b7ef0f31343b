"""`tracker schedule` as a service: runs every job at its times, updates the views, answers HTTP.

APScheduler only wakes it; the ledger alone says what is due. Every job is checked at start, at its
times and once a minute, so that runs are also made up for after another scheduler died or the clock
jumped. A run that is cut off at any point is taken over later.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.combining import OrTrigger

from scheduler import watch
from scheduler.jobs import Job
from scheduler.ledger import ABANDONED
from scheduler.open_store import App
from scheduler.runner import Runner, error_text
from scheduler.triggers import Every
from tracker.store.database.retrying import wait_until

CHECK = Every(60)
PATIENCE = 4.0  # seconds that running jobs have to end, of the five that a stop may take


class Service:
    """One running scheduler. `ask` returns the status for the HTTP endpoint.

    `fatal` is the error that ended it, or None.
    """

    def __init__(self, app: App, runner: Runner, jobs: Sequence[Job], ask: watch.Ask) -> None:
        self.app, self.runner, self.jobs, self._ask = app, runner, jobs, ask
        self.fatal: Exception | None = None
        self._times = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(jobs))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self, listen: str, stop: threading.Event) -> bool:
        """Runs until `stop` is set; True if every job and the views then ended in time.

        `listen` is host:port of the HTTP endpoint, or `off`.
        """
        log = self.app.logger
        views = threading.Thread(target=self._keep_views, args=(stop,), name="views", daemon=True)
        server = self._serve(listen)
        views.start()
        log.info("scheduler.began", holder=self.runner.ledger.holder, jobs=len(self.jobs))
        threading.Thread(target=self._start_jobs, args=(stop,), name="begin", daemon=True).start()
        stop.wait()
        if server is not None:
            server.shutdown()
            server.server_close()
        with suppress(Exception):
            self._times.shutdown(wait=False)
        ended = self._wait_for_end(views)
        log.info("scheduler.ended", everything=ended)
        return ended

    def _start_jobs(self, stop: threading.Event) -> None:
        """Makes up for missed runs, then starts the timers.

        Jobs go in the order of the table: the digest comes last and has the others' items.
        """
        timed = [job for job in self.jobs if job.trigger is not None and not job.all_the_time]
        for job in timed:
            self._run_due(job)
        for job in timed:
            self._times.add_job(
                self._run_due, OrTrigger([job.trigger, CHECK]), args=[job], id=job.name
            )
        if not stop.is_set():
            self._times.start()

    def _run_due(self, job: Job) -> None:
        try:
            self.runner.run_due(job)
        except Exception as error:  # from the ledger, not the job: it is checked again in a minute
            self.app.logger.warning("job.waits", job=job.name, error=error_text(error))

    def _keep_views(self, stop: threading.Event) -> None:
        def log_trouble(error: Exception) -> None:
            self.app.logger.warning("views.wait", error=error_text(error))

        try:
            self.app.engine.follow(stop.is_set, on_error=log_trouble)
        except Exception as error:  # nothing would update the views any more
            self.fatal = error
            text = error_text(error)  # no trace: it may have personal data in it
            self.app.logger.error("views.failed", error=text)  # noqa: TRY400
            stop.set()

    def _serve(self, listen: str) -> Any:
        if listen == "off":
            return None
        try:
            return watch.serve(listen, self._ask)
        except OSError as error:  # another scheduler on this machine has the address, and answers
            self.app.logger.warning("http.not_listening", listen=listen, error=str(error))
            return None

    def _wait_for_end(self, views: threading.Thread) -> bool:
        """Waits PATIENCE seconds for jobs and views; records jobs that do not end as abandoned."""
        end = time.monotonic() + PATIENCE
        wait_until(lambda: not self.runner.running, PATIENCE)
        views.join(max(0.0, end - time.monotonic()))
        left = list(self.runner.running.values())
        for run in left:
            with suppress(Exception):
                self.runner.ledger.end(run, ABANDONED, {})
        return not left and not views.is_alive()


def on_signals(stop: threading.Event) -> Callable[[], None]:
    """Makes SIGTERM and SIGINT set `stop`; returns a function that restores the old handlers."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handler(number: int, frame: object) -> None:
        stop.set()

    for number in before:
        signal.signal(number, handler)

    def restore() -> None:
        for number, old in before.items():
            signal.signal(number, old)

    return restore
