"""One day's run of the jobs over 100,000 individuals reads little more than what is due.

The day before has been run, so older flags are set. Each job's run for the next day is compared
with plain SQL through the driver that selects the rows due that day from the same tables: any job
has to read those. Recording the new items is not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import structlog
from bench_big import parted
from nation.almanac import END, FIRST_DAY
from support import Stores, engine, imported, interleaved, law, national_file, opened, say

from projections.engine.day_numbers import END as STILL
from scheduler import flagging, quality, reminders
from scheduler.open_store import App
from scheduler.work import Counts, Work
from tracker.domain.dates import last_day_within, parse_term
from tracker.settings import configuration
from tracker.store.database.sqlite import sqlite3
from tracker.store.log import Log

PEOPLE, FACTS, ROUNDS = 100_000, 3_200_000, 9
DAY = timedelta(days=1)
LAST = (FIRST_DAY + END * DAY).toordinal()
JOBS: dict[str, Callable[[Work], Counts]] = {
    "flag": flagging.flag, "ended": reminders.ended, "ahead": reminders.look_ahead,
    "diary": reminders.diary, "findings": quality.findings,
}  # fmt: skip


def plain(on: int, settings: configuration.SchedulerSettings) -> dict[str, str]:
    """The rows due on a day, by job, as selected by hand-written SQL."""
    day = date.fromordinal(on)
    by = last_day_within(day, parse_term(settings.diary_within)).toordinal()
    year = last_day_within(day, parse_term("P1Y")).toordinal()
    now = f"start<={on} AND until>{on} AND known_until={STILL}"
    return {
        "flag": f"SELECT subject FROM view_flagging WHERE {now}",
        "ended": "SELECT subject, track, value, ref, rule FROM view_spells WHERE"
        f" until={on} AND track IN ('order','notification') AND known_until={STILL}",
        "ahead": "SELECT subject, area, qualifying_on, rule FROM view_eligibility WHERE"
        f" qualifying_on>{on} AND qualifying_on<={year} AND {now}",
        "diary": "SELECT subject, area, what, ref, due_on, rule, entries FROM view_due WHERE"
        f" due_on<={by} AND start<={on} AND until>{on}",
        "findings": "SELECT subject, value, ref, start FROM view_spells WHERE"
        f" track='finding' AND {now} UNION ALL SELECT subject, area, '', last_entry FROM"
        f" view_present WHERE level=1 AND location='community' AND start<={on} AND until>{on}"
        f" AND last_entry<{on - settings.silent_days}",
    }


def _driver(url: str) -> Any:
    """A connection with the database's own driver."""
    if url.startswith("sqlite"):
        found = sqlite3.connect(url.removeprefix("sqlite:///"))
        found.execute("PRAGMA cache_size=-32768")
        return found
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _work(log: Log, url: str, on: int) -> Work:
    at = datetime.combine(date.fromordinal(on), time(0, 30), UTC)
    quiet = structlog.wrap_logger(None, processors=[])
    settings = configuration.settings()
    app = App(log, law(), url, settings, lambda: at, lambda: "", lambda: quiet)
    app.engine = engine(log)
    return Work(app, at, "bench")


def run(stores: Stores) -> None:
    """Prints each job and all together; the bound is 3 times the plain SQL."""
    with national_file(FACTS, PEOPLE) as file:
        for name, empty in stores.items():
            with empty() as url, opened(url) as log:
                # in parts, as areas would import theirs one by one
                facts = sum(imported(log, part) for part in parted(file, FACTS))
                engine(log).catch_up()
                for (
                    job
                ) in JOBS.values():  # runs the day before, then records what the next day adds
                    job(_work(log, url, LAST))
                    job(_work(log, url, LAST + 1))
                engine(log).catch_up()
                _measure(name, log, url, facts)


def _measure(name: str, log: Log, url: str, facts: int) -> None:
    work = _work(log, url, LAST + 1)
    statements = plain(LAST + 1, configuration.settings().scheduler)
    with closing(_driver(url)) as db:
        rows = {job: len(db.execute(sql).fetchall()) for job, sql in statements.items()}
        works: dict[str, Callable[[], object]] = {}
        for job, runs in JOBS.items():
            works[f"job {job}"] = partial(runs, work)
            works[job] = partial(lambda sql: db.execute(sql).fetchall(), statements[job])
        took = interleaved(works, ROUNDS)
    for job in JOBS:
        mine, base = took[f"job {job}"], took[job]
        what = f"{name}, {PEOPLE:,} individuals, {facts:,} facts: {job}, {rows[job]:,} rows due"
        say(what, mine, "plain SQL", base, mine / base, "")
    jobs, base = (sum(took[f"{kind}{job}"] for job in JOBS) for kind in ("job ", ""))
    say(f"{name}: all of them, {sum(rows.values()):,} rows due", jobs, "plain SQL", base,
        jobs / base, "3")  # fmt: skip
