"""Runs the command line for tests. Used by the fixtures in conftest.

In this process as a rule; in a separate one where signals, memory or start-up matter.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from tracker.cli.main import main

COMMAND = [sys.executable, "-m", "tracker.cli.main"]
MEASURED = """
import sys
from tracker.cli.main import main
try:
    main()
finally:
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")), file=sys.stderr)
"""


@dataclass(frozen=True)
class Ran:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    def done(self) -> Ran:
        """Asserts exit status 0 and no traceback."""
        assert self.status == 0, f"exit status {self.status}: {self.err}"
        assert "Traceback" not in self.err
        return self

    def json(self) -> Any:
        """Standard output parsed as JSON, of a command that succeeded."""
        return json.loads(self.done().out)

    def ended(self, status: int, *said: str) -> Ran:
        """Asserts the exit status, each text on standard error, and no traceback there."""
        assert self.status == status, f"exit status {self.status}: {self.out}{self.err}"
        assert "Traceback" not in self.err
        for text in said:
            assert text in self.err, f"{text!r} is not in: {self.err}"
        return self

    def refused(self, *said: str) -> Ran:
        """Asserts exit status 1 and a reason that has each text."""
        ran = self.ended(1, *said)
        assert ran.err.strip(), "refused without a reason"
        return ran

    def wrong_usage(self, *said: str) -> Ran:
        # the sentence may be wrapped at the width of the terminal
        ran = self.ended(2)
        printed = " ".join(ran.err.split())
        for text in said:
            assert text in printed, f"{text!r} is not in: {printed}"
        return ran


@dataclass(frozen=True)
class Tracker:
    """The command line on one store."""

    store: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {"TRACKER_STORE": f"sqlite:///{self.store}", "COLUMNS": "220", **self.env}

    def __call__(self, *args: str | Path, stdin: str | bytes = b"") -> Ran:
        """Runs a command in this process."""
        stdin_bytes = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = _stream(), _stream()
        with (
            mock.patch.object(sys, "argv", ["tracker", *map(str, args)]),
            mock.patch.object(sys, "stdin", _stream(stdin_bytes)),
            mock.patch.object(sys, "stdout", out),
            mock.patch.object(sys, "stderr", err),
            mock.patch.dict(os.environ, self.environment),
        ):
            try:
                main()
                status = 0
            except SystemExit as left:
                status = left.code if isinstance(left.code, int) else int(left.code is not None)
        return Ran(status, _content(out), _content(err))

    def process(self, *args: str | Path, stdin: bytes = b"", timeout: float = 120) -> Ran:
        """Runs a command in a separate process, to its end; `timeout` in seconds."""
        ran = subprocess.run(
            [*COMMAND, *map(str, args)],
            input=stdin, capture_output=True, env=self.whole_environment, timeout=timeout,
            check=False,
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())

    def peak(self, *args: str | Path, timeout: float = 300) -> tuple[Ran, int]:
        """Runs a command in a separate process; returns the result and its peak memory in MiB."""
        if not Path("/proc/self/status").exists():
            pytest.skip("peak memory is read from /proc")
        ran = subprocess.run(
            [sys.executable, "-c", MEASURED, *map(str, args)],
            capture_output=True, env=self.whole_environment, timeout=timeout, check=False,
        )  # fmt: skip
        *said, peak = ran.stderr.decode().splitlines(keepends=True)
        return Ran(ran.returncode, ran.stdout.decode(), "".join(said)), int(peak) // 1024

    def started(self, *args: str | Path, **kwargs: Any) -> subprocess.Popen[bytes]:
        """Starts a command in a separate process, without waiting for it."""
        return subprocess.Popen([*COMMAND, *map(str, args)], env=self.whole_environment, **kwargs)

    @property
    def whole_environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def export(self) -> str:
        """Every fact as the export writes it; nothing where nothing has made a store yet."""
        ran = self("export")
        return "" if "there is no store" in ran.err else ran.done().out

    def facts(self) -> list[dict[str, Any]]:
        """Every fact in the store, as exported CloudEvents."""
        return [json.loads(line) for line in self.export().split("\n")[:-1]]

    def stored(self) -> int:
        """How many facts the store has."""
        return len(self.facts())


def _stream(content: bytes = b"") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", write_through=True)


def _content(stream: io.TextIOWrapper) -> str:
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()
