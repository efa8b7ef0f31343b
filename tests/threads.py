"""Threads that begin at the same moment and change places as often as they can, for tests."""

from __future__ import annotations

import faulthandler
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 120.0  # seconds, on a machine that does much else


@contextmanager
def changing_places(seconds: float) -> Iterator[None]:
    """Has the interpreter pass from thread to thread much sooner than it would."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(seconds)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def at_once(
    works: Sequence[Callable[[], T]], patience: float = PATIENCE, interval: float = 1e-6
) -> list[T]:
    """What each of some works returns, each done in a thread of its own; raises what one raised.

    Where they do not all end, every thread's stack is printed.
    """
    ready = threading.Barrier(len(works))
    done: dict[int, T] = {}
    failed: list[BaseException] = []

    def run(number: int, work: Callable[[], T]) -> None:
        try:
            ready.wait(patience)
            done[number] = work()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=given, daemon=True) for given in enumerate(works)]
    with changing_places(interval):
        for thread in threads:
            thread.start()
        end = time.monotonic() + patience
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        faulthandler.dump_traceback(sys.__stderr__)
        raise AssertionError(f"threads did not end within {patience} s")
    if failed:
        raise failed[0]
    return [done[number] for number in range(len(works))]
