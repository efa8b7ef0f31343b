"""`tracker schedule` and `tracker status`: the jobs that run while nobody looks."""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from scheduler.jobs import Job, named, table
from scheduler.runner import Runner
from scheduler.senders import senders_of
from scheduler.service import Service, on_signals
from scheduler.status import Status, status
from scheduler.wall import placed
from scheduler.watch import address
from scheduler.work import Tools
from tracker.cli.context import App, as_json, day_asked, now, opened, print_json, print_rows
from tracker.cli.logs import logger
from tracker.domain.dates import civil
from tracker.domain.errors import TrackerError
from tracker.settings import configuration


def holder() -> str:
    """What this process is called in the ledger."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _tools(app: App, stop: Callable[[], bool]) -> Tools:
    return Tools(
        app.log, app.url, app.law, app.engine, configuration.settings(), now, stop, logger()
    )


def _status(app: App, jobs: list[Job]) -> Status:
    return status(app.engine, jobs, configuration.settings().scheduler, now())


def schedule(list_: bool, once: str | None, as_of: str | None, format_: str) -> None:
    jobs, wants_json = table(configuration.settings().scheduler.jobs), as_json(format_)
    if as_of is not None and once is None:
        raise TrackerError("--as-of says for which day a job is run once: give --once JOB too")
    with opened() as app:
        if list_:
            _list(_status(app, jobs), wants_json)
        elif once is not None:
            _once(app, named(jobs, once), as_of, wants_json)
        else:
            _serve(app, jobs)


def _once(app: App, job: Job, as_of: str | None, wants_json: bool) -> None:
    intended = now()
    if as_of is not None and (day := day_asked(as_of)) != civil(intended):
        intended = placed(datetime.combine(day, time(12)))
    runner = Runner(_tools(app, lambda: False), holder())
    counts = dict(runner.once(job, intended))
    if wants_json:
        print_json({"job": job.name, "day": civil(intended).isoformat(), "counts": counts})
    else:
        told = ", ".join(f"{name} {number}" for name, number in counts.items())
        print(f"{job.name} for {civil(intended)}: {told}")


def _serve(app: App, jobs: list[Job]) -> None:
    stop = threading.Event()
    tools = _tools(app, stop.is_set)
    # Everything that can be wrong with the settings is wrong now, not at six in the morning.
    listen = tools.settings.scheduler.listen
    if listen != "off":
        address(listen)
    senders_of(tools.settings)
    service = Service(tools, Runner(tools, holder()), jobs, lambda: _status(app, jobs))
    restore = on_signals(stop)
    try:
        ended = service.run(listen, stop)
    finally:
        restore()
    if not ended:
        # What is left cannot be waited for, and need not: it is taken up again. Its threads would
        # keep this process from ending.
        sys.stderr.flush()
        os._exit(0 if service.fatal is None else 1)
    if service.fatal is not None:
        raise service.fatal


def _list(now_: Status, wants_json: bool) -> None:
    if wants_json:
        print_json(now_["jobs"])
        return
    columns = ("job", "when", "last_run", "outcome", "last_success", "next_run", "overdue")
    print_rows("", columns, ([_cell(job[c]) for c in columns] for job in now_["jobs"]))


def show_status(format_: str) -> None:
    wants_json = as_json(format_)
    jobs = table(configuration.settings().scheduler.jobs)
    with opened() as app:
        found = _status(app, jobs)
    if wants_json:
        print_json(found)
    else:
        _print(found)
    if not found["healthy"]:
        raise TrackerError(f"{len(found['problems'])} things are wrong")


def _print(found: Status) -> None:
    print(f"{found['position']} entries in the log\n")
    columns = ("view", "status", ">position", ">lag_facts", ">lag_seconds")
    rows = ([_cell(view[c.removeprefix(">")]) for c in columns] for view in found["views"])
    print_rows("", columns, rows)
    print()
    _list(found, False)
    box = found["outbox"]
    oldest = f", the oldest of {box['oldest']}" if box["oldest"] else ""
    print(f"\nmessages: {box['waiting']} waiting{oldest}; {box['failed']} failed so far")
    for one in box["failures"]:
        print(f"  {one['key']} by {one['via']}: {one['error']}; next try {one['next_try']}")
    for run in found["running"]:
        print(f"running: {run['job']} on {run['holder']} since {run['since']}")
    for problem in found["problems"]:
        print(f"wrong: {problem}", file=sys.stderr)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
