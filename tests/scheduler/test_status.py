"""The answers of `tracker status` and the HTTP endpoint: lag, overdue jobs, messages, problems."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from projections.engine import registry
from scheduler import outbox, watch
from scheduler.jobs import Job, job_table
from scheduler.status import status
from scheduler.triggers import Every, WallClock
from scheduler_world import Clock, Place
from tracker.domain.answers.upkeep_shapes import StatusAnswer
from tracker.domain.errors import TrackerError
from wire import level, registered

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def nothing(work: object) -> dict[str, int]:
    return {}


NIGHTLY = Job("nightly", WallClock("10 0 * * *"), "does nothing", DAY, nothing)
OFTEN = Job("often", Every(60), "does nothing", DAY, nothing)


def asked(place: Place, *jobs: Job) -> StatusAnswer:
    return status(place.app().engine, jobs, place.settings.scheduler, place.clock())


def of(answer: StatusAnswer, job: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in answer["jobs"] if one["job"] == job)
    return found


def test_all_is_well(place: Place, clock: Clock) -> None:
    place.record(registered())
    runner = place.runner()
    runner.app.engine.catch_up()
    runner.run_due(NIGHTLY)
    answer = asked(place, NIGHTLY)
    assert answer["healthy"]
    assert answer["problems"] == []
    assert {view["lag_facts"] for view in answer["views"]} == {0}
    job = of(answer, "nightly")
    assert job["last_run"] == "2026-01-10T00:10:00Z"
    assert job["last_success"] == "2026-01-10T12:00:00Z"
    assert job["next_run"] == "2026-01-11T00:10:00Z"


def test_a_job_is_overdue_a_quarter_of_an_hour_after_its_time(place: Place, clock: Clock) -> None:
    place.runner().run_due(NIGHTLY)
    clock.set(datetime(2026, 1, 11, 0, 24, tzinfo=UTC))
    assert not of(asked(place, NIGHTLY), "nightly")["overdue"]
    clock.set(datetime(2026, 1, 11, 0, 26, tzinfo=UTC))
    answer = asked(place, NIGHTLY)
    assert of(answer, "nightly")["overdue"]
    assert not answer["healthy"]
    assert "the job nightly is overdue; last done 2026-01-10T12:00:00Z" in answer["problems"]
    place.runner().run_due(NIGHTLY)
    assert not of(asked(place, NIGHTLY), "nightly")["overdue"]


def test_a_job_that_fails_is_overdue_with_its_error(place: Place, clock: Clock) -> None:
    def fails(work: object) -> dict[str, int]:
        raise TrackerError("the disk is full")

    bad = Job("bad", WallClock("10 0 * * *"), "fails", DAY, fails)
    place.runner().run_due(bad)
    answer = asked(place, bad)
    assert answer["problems"] == ["the job bad is overdue; last done never: the disk is full"]
    assert of(answer, "bad")["attempt"] == 1


def test_where_no_scheduler_ever_ran_every_job_is_overdue(place: Place) -> None:
    answer = asked(place, *job_table({}))
    late = {job["job"] for job in answer["jobs"] if job["overdue"]}
    assert {"flag", "diary", "verify", "messages"} <= late
    assert "views" not in late


def test_a_job_stopped_in_the_settings_is_never_overdue(place: Place) -> None:
    answer = asked(place, *job_table({"flag": "off"}))
    assert not of(answer, "flag")["overdue"]
    assert of(answer, "flag")["when"] == "off"


def test_one_that_is_at_work_is_not_overdue_and_its_holder_is_named(
    place: Place, clock: Clock
) -> None:
    place.runner("one:1").ledger.begin("nightly", datetime(2026, 1, 10, 0, 10, tzinfo=UTC))
    clock.forward(30 * MINUTE)
    answer = asked(place, NIGHTLY)
    assert answer["running"] == [
        {"job": "nightly", "run": "nightly-20260110T001000Z-1", "holder": "one:1",
         "since": "2026-01-10T12:00:00Z"}
    ]  # fmt: skip
    assert answer["healthy"]


def test_a_view_far_behind_for_long(place: Place, clock: Clock) -> None:
    engine = place.app().engine
    engine.catch_up()
    place.record(registered())
    for n in range(4):
        place.record(level(f"l{n}", "2026-01-09", 1 + n % 3))
    few = place.settings.scheduler.model_copy(update={"lag_facts": 3})
    clock.forward(timedelta(seconds=59))
    assert status(engine, [], few, clock())["healthy"], "not for long yet"
    clock.forward(timedelta(seconds=2))
    answer = status(engine, [], few, clock())
    assert answer["views"][0]["lag_facts"] == 5
    assert answer["views"][0]["lag_seconds"] == 61
    assert "the view spells is 5 facts and 61 s behind the log" in answer["problems"]
    many = place.settings.scheduler.model_copy(update={"lag_facts": 5})
    assert status(engine, [], many, clock())["healthy"], "not that many"


def test_a_view_that_has_stopped(place: Place) -> None:
    place.app().engine.catch_up()
    with place.database.working() as c:
        registry.record_stop(c, "counts", "the entry /a b (unknown, position 3): unknown")
    problems = asked(place)["problems"]
    assert problems == ["the view counts has stopped before the entry /a b (unknown, position 3): "
                        "unknown"]  # fmt: skip


# --- over HTTP ------------------------------------------------------------------------------------


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_health_and_metrics_over_http(place: Place, clock: Clock) -> None:
    place.record(registered())
    runner = place.runner()
    runner.app.engine.catch_up()
    runner.run_due(NIGHTLY)
    server = watch.serve("127.0.0.1:0", lambda: asked(place, NIGHTLY, OFTEN))
    port = server.server_address[1]
    try:
        assert get(port, "/healthz")[0] == 503, "`often` has never run"
        runner.run_due(OFTEN)
        assert get(port, "/healthz") == (200, '{"healthy": true, "problems": []}\n')
        code, text = get(port, "/metrics")
        lines = text.splitlines()
        assert code == 200
        assert "tracker_healthy 1.0" in lines
        assert "tracker_log_entries 1.0" in lines
        assert 'tracker_view_lag_facts{view="counts"} 0.0' in lines
        assert 'tracker_job_last_success_timestamp_seconds{job="nightly"} 1.7680464e+09' in lines
        clock.forward(2 * DAY)
        assert 'tracker_job_overdue{job="nightly"} 1.0' in get(port, "/metrics")[1].splitlines()
        assert get(port, "/")[0] == 404
    finally:
        server.shutdown()
        server.server_close()


def test_a_store_that_cannot_be_asked_is_unhealthy() -> None:
    def gone() -> StatusAnswer:
        raise TrackerError("the store cannot be reached")

    server = watch.serve("127.0.0.1:0", gone)
    try:
        code, text = get(server.server_address[1], "/healthz")
        assert (code, text) == (503, "the store cannot be reached\n")
        assert get(server.server_address[1], "/metrics")[0] == 503
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("text", ["9477", "localhost:", "localhost:x", "localhost:99999", ""])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(TrackerError, match="write host:port"):
        watch.address(text)


def test_what_waits_in_the_outbox_is_shown(place: Place) -> None:
    with place.database.reading() as c:
        assert outbox.outbox_state(c, place.clock())["waiting"] == 0
    assert asked(place)["outbox"]["failed"] == 0
