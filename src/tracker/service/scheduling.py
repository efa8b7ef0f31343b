"""The jobs that run while nobody looks: their state, one run now, all of them at their times."""

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


class Ran(NamedTuple):
    """A job that was run once: for which day, and what it counted."""

    job: str
    day: date
    counts: Counts


class Ended(NamedTuple):
    """How a scheduler ended: whether all that ran came to an end, and the error that ended it."""

    everything: bool
    fatal: Exception | None


def status(app: App) -> StatusAnswer:
    """How views, jobs and messages are doing."""
    jobs = _jobs(app)
    return states.status(app.engine, jobs, app.settings.scheduler, app.clock())


def _jobs(app: App) -> list[Job]:
    return job_table(app.settings.scheduler.jobs)


def run_once(app: App, name: str, day: date | None = None) -> Ran:
    """Runs a job now, for today or another day; raises TrackerError for a name of no job."""
    job, intended = job_named(_jobs(app), name), app.clock()
    if day is not None and day != civil(intended):
        intended = moment_shown(datetime.combine(day, time(12)))
    counts = dict(Runner(app, _holder()).run_once(job, intended))
    return Ran(job.name, civil(intended), counts)


def serve(app: App, stop: threading.Event) -> Ended:
    """Runs every job at its times until `stop` is set; raises TrackerError for wrong settings."""
    jobs, listen = _jobs(app), app.settings.scheduler.listen
    # Everything that can be wrong with the settings is wrong now, not at six in the morning.
    if listen != "off":
        address(listen)
    make_senders(app.settings)
    service = Service(app, Runner(app, _holder(), stop.is_set), jobs, lambda: status(app))
    return Ended(service.run(listen, stop), service.fatal)


def _holder() -> str:
    """What this process is called in the ledger."""
    return f"{socket.gethostname()}:{os.getpid()}"
