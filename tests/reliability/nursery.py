"""Processes by the hundred, to be killed: one that has everything imported forks the others.

A process of its own for each would spend its time on importing, and the kill would hit that.
`Nursery` is for the tests; the rest of the module is the process that forks.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

PRELOADED = (
    "reliability.contention", "reliability.following", "reliability.scheduling",
    "tracker.store.database.postgres",
)  # fmt: skip


class Nursery:
    """Starts pieces of work by name, `workers:deliver`, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reliability.nursery", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
        )  # fmt: skip
        self._answer()  # it has everything imported

    def _answer(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def _ask(self, **request: Any) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def start(self, work: str, **arguments: Any) -> Child:
        return Child(self, self._ask(work=work, arguments=arguments))

    def wait(self, pid: int) -> int:
        """Waits for a process to end; its exit status, or the signal that ended it as -9."""
        return self._ask(wait=pid)

    def said(self, pid: int) -> str:
        """What a process wrote to standard error."""
        return (self.folder / str(pid)).read_text(encoding="utf-8")

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=120)
        self.process.stdout.close()


class Child:
    """A process at work."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.nursery, self.pid = nursery, pid

    def done(self) -> None:
        """Waits for its end, which has to be a good one."""
        status = self.nursery.wait(self.pid)
        assert status == 0, f"ended with {status}: {self.nursery.said(self.pid)}"

    def killed(self, after: float = 0) -> bool:
        """Kills it with `kill -9` after so many seconds; whether it was at work still."""
        time.sleep(after)
        os.kill(self.pid, signal.SIGKILL)
        status = self.nursery.wait(self.pid)
        assert status in (0, -signal.SIGKILL), self.nursery.said(self.pid)
        return status != 0


def environment() -> dict[str, str]:
    """The environment of the tests, with their import path."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def work(name: str) -> Callable[..., None]:
    """The function of this folder named by `module:function`."""
    module, _, function = name.partition(":")
    loaded = getattr(importlib.import_module(f"reliability.{module}"), function)
    return cast(Callable[..., None], loaded)


def _fork(folder: Path, name: str, arguments: dict[str, Any]) -> int:
    """Forks a process that does a piece of work and ends."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDWR)
        said = os.open(folder / str(os.getpid()), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for ours, theirs in ((null, 0), (null, 1), (said, 2)):
            os.dup2(ours, theirs)
        work(name)(**arguments)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main(folder: Path) -> None:
    for module in PRELOADED:
        importlib.import_module(module)
    print(0, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        if "wait" in request:
            answer = os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])
        else:
            answer = _fork(folder, request["work"], request["arguments"])
        print(answer, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
