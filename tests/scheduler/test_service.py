"""`tracker schedule` as a process: it catches up, answers, ends in five seconds; two at once."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cluster import programs, unavailable, wait_for
from reliability.nursery import environment
from scheduler.jobs import Job
from scheduler.runner import Runner
from scheduler.service import Service
from scheduler.triggers import Every, WallClock
from scheduler_world import KINDS, Place, empty, opened
from tracker.cli.context import now
from tracker.domain.dates import LONDON
from tracker.domain.law.tables import Law
from wire import convicted, event, registered

DAY = timedelta(days=1)
Start = Callable[[], subprocess.Popen[str]]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def pg_dump() -> str:
    """That of the tests' own server; one on the path where the server is another."""
    return "pg_dump" if unavailable() else str(programs() / "pg_dump")


def an_hour_ago(*jobs: str) -> str:
    """Settings by which jobs that must run within half a day are due, whenever the test is run."""
    at = datetime.now(LONDON) - timedelta(hours=1)
    return "".join(f'{job} = "{at.minute} {at.hour} * * *"\n' for job in jobs)


class Scheduling:
    """Schedulers of one store, as systemd would start them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.port = url, folder, free_port()
        self.started: list[subprocess.Popen[str]] = []
        config = folder / "config" / "mappa-tracker"
        config.mkdir(parents=True)
        (config / "settings.toml").write_text(
            f'[scheduler]\nlisten = "127.0.0.1:{self.port}"\nbackup_log = "{folder}/backup/log"\n'
            f'backup_keys = "{folder}/backup/keys"\npg_dump = "{pg_dump()}"\n'
            f"[scheduler.jobs]\n{an_hour_ago('backup', 'verify', 'digest')}"
            f'[messages]\nfolder = "{folder}/messages"\n'
        )

    def environment(self) -> dict[str, str]:
        # the master key stays where the test's own store has it
        keys = Path(os.environ["XDG_CONFIG_HOME"]) / "mappa-tracker" / "master.key"
        own = {"TRACKER_STORE": self.url, "XDG_CONFIG_HOME": str(self.folder / "config"),
               "TRACKER_KEK_FILE": str(keys)}  # fmt: skip
        return environment() | own

    def start(self) -> subprocess.Popen[str]:
        said = (self.folder / f"said-{len(self.started)}").open("w")
        with said:
            process = subprocess.Popen(
                [sys.executable, "-m", "tracker.cli.main", "schedule"], stderr=said, text=True,
                env=self.environment(),
            )  # fmt: skip
        self.started.append(process)
        return process

    def tracker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tracker.cli.main", *arguments], capture_output=True, text=True,
            env=self.environment(), check=False,
        )  # fmt: skip

    def healthy(self) -> bool:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def said(self, number: int) -> list[dict[str, Any]]:
        lines = (self.folder / f"said-{number}").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(params=KINDS)
def schedulers(request: pytest.FixtureRequest, tmp_path: Path, law: Law) -> Iterator[Scheduling]:
    """A store with somebody to flag in it."""
    if request.param == "postgresql":
        request.getfixturevalue("postgres_server")
    with empty(request.param, tmp_path) as url:
        with opened(url, law, now) as place:  # type: ignore[arg-type]
            place.record(
                registered("r", "2000-01-10"), convicted("c", "2000-01-10"),
                event("i", "custody.entered", "2000-01-10", kind="sentence", conviction_id="C1"),
                event("o", "custody.left", "2004-06-01"),
                event("n", "notification.given", "2004-06-02", kind="initial"),
            )  # fmt: skip
        found = Scheduling(url, tmp_path)
        yield found
        for process in found.started:
            process.kill()
            process.wait()


def ended(process: subprocess.Popen[str]) -> float:
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    return time.monotonic() - start


def test_it_catches_up_answers_and_ends(schedulers: Scheduling) -> None:
    process = schedulers.start()
    wait_for(schedulers.healthy, "the scheduler to be healthy", 60)
    answer = json.loads(schedulers.tracker("status", "--format", "json").stdout)
    assert answer["healthy"]
    outcomes = {job["outcome"] for job in answer["jobs"] if job["when"] != "every 1 s"}
    assert outcomes <= {"done", None}
    # the digest has the items of the other jobs
    (digest,) = (schedulers.folder / "messages").glob("digest*cheshire*")
    text = digest.read_text()
    assert "CHE-1" in text
    assert "may apply for review" in text
    assert "Robin" not in text
    assert len(list((schedulers.folder / "backup" / "log").iterdir())) == 1
    assert ended(process) < 5
    lines = schedulers.said(0)
    assert lines[-1]["event"] == "scheduler.ended"
    assert all(line["run"].startswith(line["job"]) for line in lines if "run" in line)
    shown = schedulers.tracker("schedule", "--list").stdout
    assert [row.split()[0] for row in shown.splitlines()[1:3]] == ["views", "flag"]


def test_two_by_mistake_do_everything_once(schedulers: Scheduling, law: Law) -> None:
    both = [schedulers.start(), schedulers.start()]
    wait_for(schedulers.healthy, "one of them to be healthy", 60)
    for process in both:
        ended(process)
    with opened(schedulers.url, law, now) as place:  # type: ignore[arg-type]
        assert place.log.position() == 6
        assert place.rows("SELECT DISTINCT attempt FROM scheduler_runs") == [(1,)]
    done = [line["run"] for n in (0, 1) for line in schedulers.said(n)
            if line["event"] == "run.done"]  # fmt: skip
    assert len(done) == len(set(done))
    assert len(list((schedulers.folder / "backup" / "log").iterdir())) == 1


def test_one_that_was_killed_is_followed_by_another(schedulers: Scheduling, law: Law) -> None:
    for after in (0.9, 1.1, 1.3):
        process = schedulers.start()
        time.sleep(after)
        process.kill()
        process.wait()
    last = schedulers.start()
    wait_for(schedulers.healthy, "the last of them to be healthy", 90)
    ended(last)
    with opened(schedulers.url, law, now) as place:  # type: ignore[arg-type]
        assert place.log.position() == 6
        outcomes = place.rows("SELECT DISTINCT outcome FROM scheduler_runs")
    assert outcomes == [("done",)]


def test_a_job_is_run_once_for_a_day(schedulers: Scheduling) -> None:
    ran = schedulers.tracker("schedule", "--once", "flag", "--as-of", "2019-06-01")
    assert ran.stdout == "flag for 2019-06-01: flagged 0, withdrawn 0, told 0\n"
    ran = schedulers.tracker("schedule", "--once", "flag", "--as-of", "2019-06-02")
    assert ran.stdout == "flag for 2019-06-02: flagged 1, withdrawn 0, told 1\n"
    refused = schedulers.tracker("schedule", "--once", "flag", "--as-of", "2100-01-01")
    assert refused.returncode == 1
    assert "is yet to come" in refused.stderr
    assert schedulers.tracker("schedule", "--as-of", "2019-06-02").returncode == 1
    assert "there is no job 'flags'" in schedulers.tracker("schedule", "--once", "flags").stderr
    answer = schedulers.tracker("status")
    assert answer.returncode == 1, "no scheduler has run"
    assert "wrong: the job flag is overdue" in answer.stderr


# --- a stop, in this process ----------------------------------------------------------------------


def served(place: Place, *jobs: Job) -> tuple[Service, threading.Event, threading.Thread]:
    stop, ends = threading.Event(), list[bool]()
    app = place.app()
    service = Service(app, Runner(app, "here:1", stop.is_set), jobs, dict)
    thread = threading.Thread(target=lambda: ends.append(service.run("off", stop)))
    thread.start()
    return service, stop, thread


def test_what_does_not_end_is_abandoned_within_five_seconds(place: Place) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def stubborn(work: object) -> dict[str, int]:
        begun.set()
        let_go.wait(30)
        return {}

    job = Job("stubborn", WallClock("10 0 * * *"), "does not end", DAY, stubborn)
    _, stop, thread = served(place, job)
    assert begun.wait(20)
    start = time.monotonic()
    stop.set()
    thread.join(10)
    assert time.monotonic() - start < 5
    assert place.rows("SELECT outcome FROM scheduler_runs") == [("abandoned",)]
    let_go.set()


def test_jobs_run_at_their_times(place: Place) -> None:
    """By the real clock: a job of every second."""
    ran: list[datetime] = []

    def note(work: object) -> dict[str, int]:
        ran.append(datetime.now(UTC))
        return {}

    app = place.app()
    service = Service(app, Runner(app, "here:1"), [Job("often", Every(1), "", DAY, note)], dict)
    stop = threading.Event()

    def real() -> datetime:
        return datetime.now(UTC)

    app.clock = real
    service.runner.ledger.clock = real
    thread = threading.Thread(target=service.run, args=("off", stop))
    thread.start()
    wait_for(lambda: len(ran) >= 3, "three runs", 20)
    stop.set()
    thread.join(10)
    seconds = [at.timestamp() // 1 for at in ran]
    assert seconds == sorted(set(seconds)), "once a second at the most"
