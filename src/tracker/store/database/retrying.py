"""Doing again what failed in passing, and waiting for what is about to be: the only such loops.

Called by the store, and by the engine of the views and the scheduler for what a database refuses.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from tracker.store.database.interface import Conflict, Unavailable

T = TypeVar("T")
ATTEMPTS = 8
SHORTEST, LONGEST = 0.05, 2.0  # seconds between two attempts
POLL = 0.01  # seconds between two looks at what is waited for
TRANSIENT: tuple[type[Exception], ...] = (Unavailable, Conflict)


def pause(failures: int) -> None:
    """Sleeps longer after each failure, and never the same for two processes that met."""
    time.sleep(min(LONGEST, SHORTEST * 2 ** min(failures, 20)) * random.uniform(0.5, 1.0))


def no_pause(failures: int) -> None:
    """For what another attempt need not wait for."""


def retry(
    action: Callable[[], T],
    *,
    on: tuple[type[Exception], ...] = TRANSIENT,
    attempts: int = ATTEMPTS,
    between: Callable[[int], None] | None = None,
) -> T:
    """What `action` returns; it is called again after an error of `on`, so many times in all.

    `between` is called after each failure with the number of failures before it, and by default
    pauses. The error of the last attempt is raised.
    """
    for failures in range(attempts - 1):
        try:
            return action()
        except on:
            (between or pause)(failures)
    return action()


def wait_until(ready: Callable[[], bool], seconds: float, poll: float = POLL) -> bool:
    """Whether something was so within some seconds, asked again and again."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() >= end:
            return False
        time.sleep(poll)
    return True


@contextmanager
def locked(
    lock: Callable[[], AbstractContextManager[bool]], seconds: float | None = None,
    poll: float = POLL,
) -> Iterator[None]:  # fmt: skip
    """Waits for a lock that says whether it was free, and holds it to the end of the block.

    Raises TimeoutError after `seconds`; without, waits as long as it takes.
    """
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        with lock() as got:
            if got:
                yield
                return
        if end is not None and time.monotonic() >= end:
            raise TimeoutError(0, "another process holds the lock")
        time.sleep(poll)
