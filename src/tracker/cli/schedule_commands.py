"""`tracker schedule` and `status`: runs the jobs, shows their state. Called by `keeping`."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tracker.cli.context import opened
from tracker.cli.logs import forward, quiet_libraries
from tracker.cli.parsing import asks_for_json, day_option
from tracker.cli.showing import cell, print_json, print_rows, say
from tracker.domain.errors import TrackerError
from tracker.service import scheduling

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import AgreementState, OnceAnswer, StatusAnswer
    from tracker.service.app import App
    from tracker.service.scheduling import JobRun


def schedule(list_: bool, once: str | None, as_of: str | None, format_: str) -> None:
    wants_json = asks_for_json(format_)
    if as_of is not None and once is None:
        raise TrackerError("--as-of is the day for a job that is run once: add --once JOB")
    day = None if as_of is None else day_option(as_of)
    quiet_libraries()
    with opened() as app:
        if list_:
            _list(scheduling.status(app), wants_json)
        elif once is not None:
            _print_run(scheduling.run_once(app, once, day), wants_json)
        else:
            _serve(app)


def _print_run(ran: JobRun, wants_json: bool) -> None:
    if wants_json:
        answer: OnceAnswer = {"job": ran.job, "day": ran.day.isoformat(), "counts": ran.counts}
        print_json(answer)
    else:
        counts = ", ".join(f"{name} {number}" for name, number in ran.counts.items())
        say(f"{ran.job} for {ran.day}: {counts}")


def _serve(app: App) -> None:
    stop = threading.Event()
    forward("apscheduler", app.logger)
    with _on_signals(stop):
        ended = scheduling.serve(app, stop)
    if not ended.all_finished:
        # End although threads are still at work: the next scheduler takes over what they leave.
        sys.stderr.flush()
        os._exit(0 if ended.fatal is None else 1)
    if ended.fatal is not None:
        raise ended.fatal


@contextmanager
def _on_signals(stop: threading.Event) -> Iterator[None]:
    """Sets `stop` on SIGTERM or SIGINT; restores the handlers before."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def handler(number: int, frame: object) -> None:
        stop.set()

    for number in before:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def _list(now: StatusAnswer, wants_json: bool) -> None:
    if wants_json:
        print_json(now["jobs"])
        return
    columns = ("job", "when", "last_run", "outcome", "last_success", "next_run", "overdue")
    print_rows("", columns, ([cell(job.get(c)) for c in columns] for job in now["jobs"]))


def show_status(format_: str) -> None:
    wants_json = asks_for_json(format_)
    with opened() as app:
        now = scheduling.status(app)
    if wants_json:
        print_json(now)
    else:
        _print(now)
    if not now["healthy"]:
        raise TrackerError(f"problems found: {len(now['problems'])}")


def _print(now: StatusAnswer) -> None:
    say(f"{now['position']} entries in the log")
    say(f"agreed: {_agreed(now['agreement'])}\n")
    columns = ("view", "status", ">position", ">lag_facts", ">lag_seconds")
    rows = ([cell(view.get(c.removeprefix(">"))) for c in columns] for view in now["views"])
    print_rows("", columns, rows)
    say()
    _list(now, False)
    box = now["outbox"]
    oldest = f", the oldest of {box['oldest']}" if box["oldest"] else ""
    say(f"\nmessages: {box['waiting']} waiting{oldest}; {box['failed']} failed so far")
    for one in box["failures"]:
        say(f"  {one['key']} by {one['via']}: {one['error']}; next try {one['next_try']}")
    for run in now["running"]:
        say(f"running: {run['job']} on {run['holder']} since {run['since']}")
    for problem in now["problems"]:
        print(f"wrong: {problem}", file=sys.stderr)


def _agreed(agreement: AgreementState) -> str:
    if agreement["law"] is None:
        return "nothing yet; the first command that reads figures adopts its own law tables"
    return (
        f"law tables with digest {agreement['law']}, category_4 = {agreement['category_4']}, "
        f"adopted by {agreement['adopted_by']} at {agreement['adopted_at']}"
    )
