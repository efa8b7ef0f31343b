"""`tracker schedule` as a service: every job at its time, views kept level, an HTTP endpoint.

APScheduler says when; what is due is in the ledger alone. Every job is looked at when it starts, at
its times and once a minute: what a scheduler that died left, or a clock that jumped passed over, is
then taken up. Nothing that runs here need end well: a run that is cut off is taken up again.
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
from scheduler.runner import Runner, told
from scheduler.wall import Every
from tracker.store.database.retrying import wait_until

LOOK = Every(60)
PATIENCE = 4.0  # seconds that what runs is given to end, of the five that a stop may take


class Service:
    """One scheduler. `stop` ends it; what is `fatal` ends it with an error."""

    def __init__(self, app: App, runner: Runner, jobs: Sequence[Job], ask: watch.Ask) -> None:
        self.app, self.runner, self.jobs, self._ask = app, runner, jobs, ask
        self.fatal: Exception | None = None
        self._times = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(jobs))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self, listen: str, stop: threading.Event) -> bool:
        """Runs until `stop` is set; whether everything that ran came to an end."""
        log = self.app.logger
        views = threading.Thread(target=self._follow, args=(stop,), name="views", daemon=True)
        server = self._serve(listen)
        views.start()
        log.info("scheduler.began", holder=self.runner.ledger.holder, jobs=len(self.jobs))
        threading.Thread(target=self._begin, args=(stop,), name="begin", daemon=True).start()
        stop.wait()
        if server is not None:
            server.shutdown()
            server.server_close()
        with suppress(Exception):
            self._times.shutdown(wait=False)
        ended = self._ended(views)
        log.info("scheduler.ended", everything=ended)
        return ended

    def _begin(self, stop: threading.Event) -> None:
        """What was missed is made up for first, job by job in the order of the table: a digest
        tells of what the others found.
        """
        timed = [job for job in self.jobs if job.trigger is not None and not job.all_the_time]
        for job in timed:
            self._due(job)
        for job in timed:
            self._times.add_job(self._due, OrTrigger([job.trigger, LOOK]), args=[job], id=job.name)
        if not stop.is_set():
            self._times.start()

    def _due(self, job: Job) -> None:
        try:
            self.runner.run_due(job)
        except Exception as error:  # of the ledger, not the job: it is looked at again in a minute
            self.app.logger.warning("job.waits", job=job.name, error=told(error))

    def _follow(self, stop: threading.Event) -> None:
        def troubled(error: Exception) -> None:
            self.app.logger.warning("views.wait", error=told(error))

        try:
            self.app.engine.follow(stop.is_set, troubled=troubled)
        except Exception as error:  # nothing would keep the views any more
            self.fatal = error
            said = told(error)  # a trace may hold what is personal
            self.app.logger.error("views.failed", error=said)  # noqa: TRY400
            stop.set()

    def _serve(self, listen: str) -> Any:
        if listen == "off":
            return None
        try:
            return watch.serve(listen, self._ask)
        except OSError as error:  # two schedulers on one machine: the other one answers
            self.app.logger.warning("http.not_listening", listen=listen, error=str(error))
            return None

    def _ended(self, views: threading.Thread) -> bool:
        """Waits for what runs; says of what does not end that it was abandoned."""
        end = time.monotonic() + PATIENCE
        wait_until(lambda: not self.runner.running, PATIENCE)
        views.join(max(0.0, end - time.monotonic()))
        left = list(self.runner.running.values())
        for run in left:
            with suppress(Exception):
                self.runner.ledger.end(run, ABANDONED, {})
        return not left and not views.is_alive()


def on_signals(stop: threading.Event) -> Callable[[], None]:
    """SIGTERM and SIGINT set `stop`; what is returned puts things as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handler(number: int, frame: object) -> None:
        stop.set()

    for number in before:
        signal.signal(number, handler)

    def restore() -> None:
        for number, old in before.items():
            signal.signal(number, old)

    return restore
