"""Retries what failed for a moment, and waits for a condition or a lock: the only such loops.

Called by the store, the engine of the views and the scheduler.
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
POLL = 0.01  # seconds between two tests of a condition
TRANSIENT: tuple[type[Exception], ...] = (Unavailable, Conflict)


def pause(failures: int) -> None:
    """Sleeps 0.05 to 2 seconds: longer after each failure, with a random part.

    The random part keeps two processes in conflict from retrying at the same time again.
    """
    time.sleep(min(LONGEST, SHORTEST * 2 ** min(failures, 20)) * random.uniform(0.5, 1.0))


def no_pause(failures: int) -> None:
    """No pause: for a retry that need not wait."""


def retry(
    action: Callable[[], T],
    *,
    on: tuple[type[Exception], ...] = TRANSIENT,
    attempts: int = ATTEMPTS,
    between: Callable[[int], None] | None = None,
) -> T:
    """What `action` returns; after an error of a type in `on` it is called again.

    It is called `attempts` times at most; the error of the last attempt is raised. Between two
    attempts `between` is called with the number of failures before the last one; by default it
    is `pause`.
    """
    for failures in range(attempts - 1):
        try:
            return action()
        except on:
            (between or pause)(failures)
    return action()


def wait_until(ready: Callable[[], bool], seconds: float, poll: float = POLL) -> bool:
    """Calls `ready` every `poll` seconds; True once it is true, False after `seconds`."""
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
    """Waits until a lock is free, and keeps it to the end of the block.

    `lock` tries to take it, and yields whether it was free. Raises TimeoutError after `seconds`;
    with None it waits as long as it takes.
    """
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        with lock() as acquired:
            if acquired:
                yield
                return
        if end is not None and time.monotonic() >= end:
            raise TimeoutError(0, "another process holds the lock")
        time.sleep(poll)
