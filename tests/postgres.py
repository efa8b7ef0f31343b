"""Real PostgreSQL for the tests, from the programs that pip brings along: nothing is simulated.

`server` is one for all tests of a run and `fresh_database` an empty database on it; a test that
kills, promotes or cuts off a server takes a `Cluster` of its own. With TRACKER_TEST_POSTGRES=URL in
the environment that server is used instead, and databases are made and dropped there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

import pytest

from cluster import Cluster, unavailable, wait_for

if sys.platform != "win32":
    import fcntl

OWN_SERVER = "TRACKER_TEST_POSTGRES"

# --- one server for a run of the tests ------------------------------------------------------------


@cache
def server() -> str:
    """The URL of the one server of this run of the tests; the first call starts it.

    The workers of one run share it. It ends when the last of them has ended, however it ended: the
    system gives a dead process's lock on `users` back.
    """
    own = os.environ.get(OWN_SERVER)
    if own:
        return own
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or secrets.token_hex(16)
    folder = Path(tempfile.gettempdir(), f"tracker-postgres-run-{run}")
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError), (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            users = (folder / "users").open("a")
            fcntl.flock(users, fcntl.LOCK_SH)
            if os.path.samestat(os.fstat(users.fileno()), (folder / "users").stat()):
                _held.append(users)
                return _started(folder)


# to the end of this process: what says that it uses the server, and the server's keeper
_held: list[IO[str] | subprocess.Popen[bytes]] = []


def _started(folder: Path) -> str:
    url = folder / "url"
    if not url.exists():
        keeper = subprocess.Popen(
            [sys.executable, __file__, folder], start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        _held.append(keeper)
        wait_for(lambda: url.exists() or keeper.poll() is not None, "the tests' server")
    return url.read_text()


def keep(folder: Path) -> None:
    """Runs the server of a run of the tests until nobody uses it any more."""
    with Cluster() as cluster, (folder / "users").open("a") as users:
        cluster.start()
        (folder / "url.new").write_text(cluster.url())
        (folder / "url.new").rename(folder / "url")
        fcntl.flock(users, fcntl.LOCK_EX)
        # whoever comes now finds no folder, and begins a new one
        gone = folder.rename(folder.with_name(f"{folder.name}-{secrets.token_hex(4)}"))
        shutil.rmtree(gone)


def fresh_database(template: str = "template0") -> str:
    """The URL of a new, empty database on the tests' server, or of a copy of one made before."""
    import psycopg

    url, name = server(), f"test_{secrets.token_hex(8)}"
    with psycopg.connect(url, autocommit=True) as connection:
        copied = template.rpartition("/")[2].partition("?")[0]
        locale = "ENCODING 'UTF8' LOCALE 'C'" if copied == "template0" else ""
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {copied} {locale}")
    address, _, options = url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{options}" if options else "")


def drop_database(url: str) -> None:
    import psycopg

    name = url.rpartition("/")[2].partition("?")[0]
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


# --- fixtures -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres_programs() -> None:
    """For tests with clusters of their own: skipped, with the reason, where there can be none."""
    if reason := unavailable():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of the tests' server; skipped, with the reason, where there can be none."""
    if not os.environ.get(OWN_SERVER) and (reason := unavailable()):
        pytest.skip(reason)
    return server()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty database, dropped afterwards."""
    url = fresh_database()
    yield url
    drop_database(url)


if __name__ == "__main__":
    keep(Path(sys.argv[1]))
