"""The state of views, jobs and messages, and what is wrong with them; nothing personal.

Called for `tracker status` and the HTTP endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from projections import Engine
from projections.engine import registry
from projections.engine.registry import State
from scheduler import outbox
from scheduler.jobs import Job
from scheduler.ledger import RUNNING, Run, last_runs, last_successes
from scheduler.triggers import Every
from tracker.domain.answers.show import moment
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry
from tracker.settings.configuration import SchedulerSettings
from tracker.store import agreements, log_rows
from tracker.store.agreement_check import disagreement
from tracker.store.agreements import Agreement
from tracker.store.database.interface import Cursor

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import (
        AgreementState,
        JobState,
        StatusAnswer,
        StatusParts,
        ViewState,
    )

GRACE = timedelta(minutes=15)  # after its intended time, before a job counts as overdue
CONSEQUENCE = "it builds no view, and leaves the jobs that follow from the law to others"


def status(
    engine: Engine, jobs: Sequence[Job], settings: SchedulerSettings, now: datetime
) -> StatusAnswer:
    """The answer of `tracker status`."""
    log = engine.log
    with log.database.reading() as c:
        position = log_rows.size(c)
        states = registry.read(c, log.database.kind)
        views = [_view(engine, c, states.get(v.name), v.name, position, now) for v in engine.views]
        agreed = _agreement(agreements.current(c), engine.law)
        last, done = last_runs(c), last_successes(c)
        waiting = outbox.outbox_state(c, now)
    answer: StatusParts = {
        "at": moment(now),
        "position": position,
        "agreement": agreed,
        "views": views,
        "jobs": [_job(job, last.get(job.name), done.get(job.name), now) for job in jobs],
        "outbox": waiting,
        "running": [
            {"job": run.job, "run": run.run, "holder": run.holder, "since": moment(run.started)}
            for run in last.values()
            if run.outcome == RUNNING
        ],
    }
    problems = list(_problems(answer, settings))
    return {**answer, "healthy": not problems, "problems": problems}


def _agreement(agreed: Agreement | None, law: Law) -> AgreementState:
    """The law and counting setting agreed for the store, this process's own, and any difference."""
    differs = disagreement(agreed, law)
    return {
        "law": agreed.law if agreed else None,
        "category_4": agreed.category_4 if agreed else None,
        "adopted_by": agreed.adopted_by if agreed else None,
        "adopted_at": moment(agreed.adopted_at) if agreed else None,
        "release": agreed.release if agreed else None,
        "own": {"law": law.digest, "category_4": law.category_4},
        "differs": str(differs.with_consequence(CONSEQUENCE)) if differs else None,
    }


def _view(
    engine: Engine, c: Cursor, state: State | None, name: str, position: int, now: datetime
) -> ViewState:
    if state is None:
        return {"view": name, "status": "not built", "error": None, "position": 0,
                "lag_facts": position, "lag_seconds": 0}  # fmt: skip
    lag = max(0, position - state.position)
    oldest = _recorded(engine, c, state.position + 1) if lag else None
    seconds = (now - oldest.recorded_at).total_seconds() if oldest else 0
    return {
        "view": name, "status": state.status, "error": state.error or None,
        "position": state.position, "lag_facts": lag, "lag_seconds": max(0, round(seconds)),
    }  # fmt: skip


def _recorded(engine: Engine, c: Cursor, position: int) -> Entry | None:
    row = log_rows.row_at(c, position)
    return engine.log.decoder().entry(*row[1:]) if row else None


def _job(job: Job, last: Run | None, done: Run | None, now: datetime) -> JobState:
    next_run = None if job.trigger is None else next(job.trigger.after(now), None)
    return {
        "job": job.name,
        "does": job.does,
        "when": "off" if job.trigger is None else str(job.trigger),
        "last_run": moment(last.intended) if last else None,
        "outcome": last.outcome if last else None,
        "attempt": last.attempt if last else None,
        "counts": dict(last.counts) if last else None,
        "error": (last.error or None) if last else None,
        "last_success": moment(done.ended or done.started) if done else None,
        "next_run": moment(next_run) if next_run and not job.all_the_time else None,
        "overdue": overdue(job, last, done, now),
    }


def overdue(job: Job, last: Run | None, done: Run | None, now: datetime) -> bool:
    """Whether a job's last run that was due at least a grace period ago has not succeeded.

    `last` is its last run, `done` its last success.
    """
    if job.trigger is None or job.all_the_time:
        return False
    every = isinstance(job.trigger, Every)
    grace = max(GRACE, timedelta(seconds=5 * job.trigger.seconds)) if every else GRACE
    if last is not None and last.outcome == RUNNING and now - last.started < job.late:
        return False
    meant = job.trigger.last(now - grace)
    if meant is None or (done is not None and done.intended >= meant):
        return False
    # Before the first run of all, a time long past is not overdue: no scheduler was running.
    return done is not None or last is not None or now - meant <= job.late


def _problems(answer: StatusParts, settings: SchedulerSettings) -> Iterator[str]:
    if answer["agreement"]["differs"]:
        yield answer["agreement"]["differs"]
    for view in answer["views"]:
        if view["status"] == registry.STOPPED:
            yield f"the view {view['view']} has stopped before {view['error']}"
        elif view["lag_facts"] > settings.lag_facts and view["lag_seconds"] > settings.lag_seconds:
            yield (f"the view {view['view']} is {view['lag_facts']} facts and "
                   f"{view['lag_seconds']} s behind the log")  # fmt: skip
    for job in answer["jobs"]:
        if job["overdue"]:
            since = job["last_success"] or "never"
            why = f": {job['error']}" if job["error"] else ""
            yield f"the job {job['job']} is overdue; last done {since}{why}"
    failed = answer["outbox"]["failed"]
    if failed:
        yield f"{failed} messages could not be sent yet; see `tracker status`"
