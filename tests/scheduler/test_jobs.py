"""Jobs at their times: nights on which the clock changes, downtime, two schedulers, a rebuild."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from projections import Engine, all_views
from projections.returns.annual_return import NOT_DIGESTED, Year, annual_return, canonical
from scheduler.jobs import JOBS, Job, job_named, job_table
from scheduler.ledger import DONE, FAILED, MISSED, last_runs
from scheduler.runner import Runner
from scheduler.triggers import WallClock
from scheduler.work import Counts, Work
from scheduler_world import Clock, Place
from tracker.domain.dates import LONDON
from tracker.domain.errors import TrackerError
from tracker.intake.return_records import Computed, freeze
from wire import convicted, event, level, made, registered

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Counted:
    """A job that notes when it ran, and for when."""

    def __init__(self, when: str, late: timedelta = 30 * DAY) -> None:
        self.ran: list[str] = []
        self.job = Job("counted", WallClock(when), "counts", late, self._work)

    def _work(self, work: Work) -> Counts:
        self.ran.append(work.intended.astimezone(LONDON).strftime("%m-%d %H:%M %Z"))
        return {}


def two(place: Place) -> list[Runner]:
    return [place.runner("one:1"), place.runner("other:2")]


@pytest.mark.parametrize(
    ("begins", "ran"),
    [
        ("2026-03-28T12:00:00+00:00", ["03-28 01:30 GMT", "03-29 02:30 BST", "03-30 01:30 BST"]),
        ("2026-10-24T12:00:00+00:00", ["10-24 01:30 BST", "10-25 01:30 BST", "10-26 01:30 GMT"]),
    ],
)  # fmt: skip
def test_a_night_on_which_the_clock_changes_neither_skips_nor_doubles(
    place: Place, clock: Clock, begins: str, ran: list[str]
) -> None:
    counted = Counted("30 1 * * *")
    clock.set(datetime.fromisoformat(begins))
    schedulers = two(place)
    for _ in range(2 * 24 * 2):
        for scheduler in schedulers:
            scheduler.run_due(counted.job)
        clock.forward(30 * MINUTE)
    assert counted.ran == ran


def test_a_clock_set_back_by_an_hour_runs_nothing_twice(place: Place, clock: Clock) -> None:
    counted = Counted("30 12 * * *")
    scheduler = place.runner()
    for _ in range(40):
        scheduler.run_due(counted.job)
        clock.forward(MINUTE)
    clock.forward(-timedelta(hours=1))
    for _ in range(120):
        scheduler.run_due(counted.job)
        clock.forward(MINUTE)
    assert counted.ran == ["01-09 12:30 GMT", "01-10 12:30 GMT"]


def test_days_that_were_missed_are_run_in_order_and_once(place: Place, clock: Clock) -> None:
    counted = Counted("10 0 * * *")
    first, second = two(place)
    first.run_due(counted.job)
    clock.forward(7 * DAY)
    second.run_due(counted.job)
    first.run_due(counted.job)
    assert [day[:5] for day in counted.ran] == [f"01-{n}" for n in range(10, 18)]


def test_one_at_work_keeps_the_other_out(place: Place) -> None:
    """And when it has died, which gives its lock back, its run is taken up by the other."""
    seen: list[int] = []
    first, second = two(place)

    def work(work: Work) -> Counts:
        seen.append(second.run_due(job))
        return {}

    job = Job("counted", WallClock("10 0 * * *"), "counts", DAY, work)
    first.run_due(job)
    assert seen == [0]


def test_a_run_whose_holder_died_is_taken_over(place: Place, clock: Clock) -> None:
    first, second = two(place)
    counted = Counted("10 0 * * *")
    left = first.ledger.begin("counted", datetime(2026, 1, 10, 0, 10, tzinfo=UTC))
    assert left is not None, "and killed before it ended"
    assert second.run_due(counted.job) == 1
    with place.database.reading() as c:
        row = last_runs(c)["counted"]
    assert (row.holder, row.attempt, row.outcome) == ("other:2", 2, DONE)


def test_a_failure_is_recorded_by_its_type_and_retried(place: Place, clock: Clock) -> None:
    def work(work: Work) -> Counts:
        raise ValueError("Robin Ashe, born 1980")

    job = Job("bad", WallClock("10 0 * * *"), "fails", DAY, work)
    runner = place.runner()
    assert runner.run_due(job) == 1
    assert runner.run_due(job) == 0, "not before a pause"
    with place.database.reading() as c:
        row = last_runs(c)["bad"]
    assert (row.outcome, row.error) == (FAILED, "ValueError"), "what an error says may be personal"
    for minutes in (2, 3):
        assert place.rows("SELECT 1 FROM scheduler_items") == [], "not every hitch is an alarm"
        clock.forward(minutes * MINUTE)
        assert runner.run_due(job) == 1
    items = place.rows("SELECT area, kind, detail, urgent FROM scheduler_items")
    assert items == [("", "job", "bad for 2026-01-10 00:10 UTC: ValueError", 1)]


def test_a_run_that_is_asked_to_stop_is_taken_up_again(place: Place) -> None:
    stopped = [False]

    def work(work: Work) -> Counts:
        stopped[0] = True
        work.check_stop()
        return {}

    job = Job("long", WallClock("10 0 * * *"), "goes on", DAY, work)
    assert place.runner(stop=lambda: stopped[0]).run_due(job) == 1
    stopped[0] = False
    with place.database.reading() as c:
        assert last_runs(c)["long"].outcome == "abandoned"
    again = place.runner().ledger.begin("long", datetime(2026, 1, 10, 0, 10, tzinfo=UTC))
    assert again is not None
    assert again.attempt == 2


def test_a_rebuild_of_every_view_sends_and_flags_nothing(place: Place, clock: Clock) -> None:
    place.record(
        registered("r", "2000-01-10"), convicted("c", "2000-01-10"),
        event("i", "custody.entered", "2000-01-10", kind="sentence", conviction_id="C1"),
        event("o", "custody.left", "2004-06-01"),
        event("n", "notification.given", "2004-06-02", kind="initial"),
        made("s", "2005-01-01", kind="sopo", ends_on="2026-01-09"), level("l", "2020-01-01", 2),
    )  # fmt: skip
    runner = place.runner()

    def all_of_it() -> dict[str, object]:
        for job in JOBS:
            if job.name not in ("backup", "verify"):
                runner.run_due(job)
        tables = ("scheduler_items", "outbox", "scheduler_runs", "return_drafts")
        return {t: place.rows(f"SELECT * FROM {t} ORDER BY 1, 2") for t in tables} | {
            "log": place.log.position()
        }

    before = all_of_it()
    assert before["log"] == 8, "the flag is there"
    assert len(place.rows("SELECT 1 FROM scheduler_items")) > 2
    Engine(place.log, place.law, all_views(), processes=1).rebuild()
    assert all_of_it() == before


def test_a_week_of_downtime_over_the_year_end(place: Place, clock: Clock) -> None:
    """The draft is of the night of 31 March all the same, though it is computed days later."""
    clock.set(datetime(2026, 3, 20, 9, tzinfo=UTC))
    place.record(registered(), convicted())
    runner, job = place.runner(), place.job("year-end")
    runner.run_due(job)
    clock.set(datetime(2026, 3, 28, 9, tzinfo=UTC))
    runner.run_due(job)
    clock.set(datetime(2026, 4, 3, 9, tzinfo=UTC))
    place.record(level("late", "2026-03-30", 2))
    clock.set(datetime(2026, 4, 4, 9, tzinfo=UTC))
    assert runner.run_due(job) == 1
    rows = place.rows("SELECT year, known_at, figures FROM return_drafts WHERE area='cheshire'")
    (year, known_at, figures) = rows[-1]
    assert year == "2025-26"
    assert known_at == int(datetime(2026, 3, 31, 23, tzinfo=UTC).timestamp()) * 1_000_000
    assert json.loads(figures)["snapshot"]["level1"]["cat1"] == 1, "the late fact is not in it"
    assert runner.run_due(job) == 0


def test_every_week_the_desk_gets_what_changed_and_by_which_entry(
    place: Place, clock: Clock
) -> None:
    clock.set(datetime(2026, 3, 20, 9, tzinfo=UTC))
    place.record(registered(), convicted())
    clock.set(datetime(2026, 4, 1, 1, tzinfo=UTC))
    assert place.run("year-end")["areas"] == 42
    clock.set(datetime(2026, 4, 3, 9, tzinfo=UTC))
    place.record(level("late", "2026-03-30", 2))
    clock.set(datetime(2026, 4, 6, 1, tzinfo=UTC))
    assert place.run("drafts")["changed"] == 1
    lines = [row[0] for row in place.rows("SELECT detail FROM scheduler_items ORDER BY made, key")]
    assert "snapshot.level2.cat1 is 1, was 0" in lines
    assert any("CHE-1" in line and "/cheshire/ppu late" in line for line in lines)
    clock.forward(7 * DAY)
    assert place.run("drafts")["changed"] == 0


def test_an_area_that_has_frozen_its_return_is_left_alone(place: Place, clock: Clock) -> None:
    clock.set(datetime(2026, 4, 6, 1, tzinfo=UTC))
    place.record(registered(), convicted())
    with place.app().engine.reading() as c:
        answer = annual_return(c, "cheshire", Year.parse("2025-26"), clock(), None)
    text = canonical({k: v for k, v in answer.items() if k not in NOT_DIGESTED})
    freeze(place.log, place.law, Computed("cheshire", "2025-26", text, 2), "ann", clock())
    assert place.run("drafts") == {"areas": 41, "frozen": 1, "changed": 0, "told": 0}


def test_the_table_can_be_moved_and_stopped_in_the_settings() -> None:
    jobs = job_table({"flag": "5 1 * * *", "backup": "off"})
    assert str(job_named(jobs, "flag").trigger) == "5 1 * * *"
    assert job_named(jobs, "backup").trigger is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"flagg": "5 1 * * *"}, "there is no such job; the jobs are views, flag"),
        ({"flag": "at noon"}, "write `every 60 s` or a crontab"),
        ({"views": "off"}, "this job runs all the time"),
    ],
)
def test_what_the_settings_cannot_say(settings: dict[str, str], says: str) -> None:
    with pytest.raises(TrackerError, match=says):
        job_table(settings)


def test_a_job_of_that_name() -> None:
    with pytest.raises(TrackerError, match="there is no job 'nightly'"):
        job_named(job_table({}), "nightly")


def test_what_was_too_late_is_said(place: Place, clock: Clock) -> None:
    counted = Counted("10 0 * * *", late=DAY)
    runner = place.runner()
    runner.run_due(counted.job)
    clock.forward(5 * DAY)
    runner.run_due(counted.job)
    assert [day[:5] for day in counted.ran] == ["01-10", "01-15"]
    outcomes = place.rows("SELECT outcome, counts FROM scheduler_runs ORDER BY intended")
    assert outcomes == [(DONE, "{}"), (MISSED, '{"missed": 4}'), (DONE, "{}")]
