"""Runs the scheduled jobs and gives their state. Called by `tracker schedule` and `status`."""

from __future__ import annotations

import os
import socket
import threading
from datetime import date, datetime, time
from typing import TYPE_CHECKING, NamedTuple

from scheduler import status as states
from scheduler.jobs import Job, job_named, job_table
from scheduler.open_store import App
from scheduler.runner import Runner
from scheduler.senders import make_senders
from scheduler.service import Service
from scheduler.triggers import moment_shown
from scheduler.watch import address
from scheduler.work import Counts
from tracker.domain.dates import civil

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import StatusAnswer


class JobRun(NamedTuple):
    """A job that was run once: its name, the day it was run for, and its counts by name."""

    job: str
    day: date
    counts: Counts


class SchedulerEnd(NamedTuple):
    """How a scheduler ended: whether every run was finished, and the error that ended it if any."""

    all_finished: bool
    fatal: Exception | None


def status(app: App) -> StatusAnswer:
    """The state of views, jobs and messages, and what is wrong with them."""
    jobs = _jobs(app)
    return states.status(app.engine, jobs, app.settings.scheduler, app.clock())


def _jobs(app: App) -> list[Job]:
    return job_table(app.settings.scheduler.jobs)


def run_once(app: App, name: str, day: date | None = None) -> JobRun:
    """Runs a job now, for today or another day; raises TrackerError if there is no such job."""
    job, intended = job_named(_jobs(app), name), app.clock()
    if day is not None and day != civil(intended):
        intended = moment_shown(datetime.combine(day, time(12)))
    counts = dict(Runner(app, _process_name()).run_once(job, intended))
    return JobRun(job.name, civil(intended), counts)


def serve(app: App, stop: threading.Event) -> SchedulerEnd:
    """Runs every job at its times until `stop` is set.

    Raises TrackerError before the first run if the settings are wrong.
    """
    jobs, listen = _jobs(app), app.settings.scheduler.listen
    # Check all the settings now: a mistake must not come to light at six in the morning.
    if listen != "off":
        address(listen)
    make_senders(app.settings)
    service = Service(app, Runner(app, _process_name(), stop.is_set), jobs, lambda: status(app))
    return SchedulerEnd(service.run(listen, stop), service.fatal)


def _process_name() -> str:
    """The name of this process in the run ledger: `HOST:PID`."""
    return f"{socket.gethostname()}:{os.getpid()}"
