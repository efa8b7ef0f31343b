"""The servers of the tests themselves: shared, empty, durable, and gone when nobody uses them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

import cluster as clusters
from cluster import Cluster, wait_for
from postgres import drop_database, fresh_database

USER = "import postgres, sys; print(postgres.server(), flush=True); sys.stdin.read()"


def shown(url: str, setting: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SHOW {setting}").fetchone()
    assert row is not None
    return str(row[0])


def test_a_database_is_empty_and_a_test_s_own(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE facts (id int)")
    other = fresh_database()
    with psycopg.connect(other) as connection:
        assert connection.execute("SELECT to_regclass('facts')").fetchall() == [(None,)]
    drop_database(other)


def test_a_database_can_be_a_copy_of_one_made_before(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE facts AS SELECT 7 AS id")
    copy = fresh_database(template=postgres_url)
    with psycopg.connect(copy) as connection:
        assert connection.execute("SELECT id FROM facts").fetchall() == [(7,)]
    drop_database(copy)


def test_the_server_keeps_what_it_acknowledges(postgres_url: str) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert shown(postgres_url, setting) == "on"
    assert shown(postgres_url, "server_encoding") == "UTF8"


@pytest.mark.skipif("os.environ.get('TRACKER_TEST_POSTGRES')", reason="the server is not ours")
def test_the_server_checks_its_pages(postgres_url: str) -> None:
    assert shown(postgres_url, "data_checksums") == "on"


@pytest.fixture
def user(postgres_programs: None) -> list[subprocess.Popen[str]]:
    """Two processes of one run of tests that use its server."""
    env = {**os.environ, "PYTEST_XDIST_TESTRUNUID": f"test-{os.getpid()}"}
    env.pop("TRACKER_TEST_POSTGRES", None)
    env["PYTHONPATH"] = str(Path(clusters.__file__).parent)
    return [
        subprocess.Popen(
            [sys.executable, "-c", USER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=env, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip


def test_the_processes_of_a_run_share_a_server_that_ends_with_the_last_of_them(
    user: list[subprocess.Popen[str]],
) -> None:
    """However they end: here both are killed."""
    urls = {one.stdout.readline().strip() for one in user if one.stdout}
    assert len(urls) == 1
    url = urls.pop()
    user[0].kill()
    user[0].wait()
    time.sleep(0.2)
    assert shown(url, "fsync") == "on"
    user[1].send_signal(signal.SIGKILL)
    user[1].wait()

    def gone() -> bool:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return True
        return False

    wait_for(gone, "the server to end", 10)
    for one in user:
        for stream in (one.stdin, one.stdout):
            assert stream is not None
            stream.close()


def test_a_cluster_is_killed_and_started_again(postgres_programs: None) -> None:
    with Cluster() as cluster:
        cluster.start().ask("CREATE TABLE facts AS SELECT 7 AS id")
        cluster.kill()
        with pytest.raises(psycopg.OperationalError):
            cluster.ask("SELECT 1")
        assert cluster.start().ask("SELECT id FROM facts") == 7
    assert not cluster.folder.exists()


def test_programs_that_only_root_gets_at_are_copied(
    monkeypatch: pytest.MonkeyPatch, postgres_programs: None
) -> None:
    """An environment in a folder of root's own: PostgreSQL runs as somebody else."""
    if os.geteuid() != 0:
        pytest.skip("PostgreSQL runs as whoever runs the tests")
    monkeypatch.setattr(clusters, "_open_to_all", lambda program: False)
    clusters.programs.cache_clear()
    try:
        with Cluster() as cluster:
            assert cluster.start().ask("SELECT 7") == 7
            assert Path(tempfile.gettempdir()) in clusters.programs().parents
    finally:
        clusters.programs.cache_clear()
