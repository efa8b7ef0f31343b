"""Trying again, after longer and longer pauses, what a database could not do. For the engine."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from tracker.store.database.interface import Conflict, Unavailable

T = TypeVar("T")
TRIES, FIRST, LONGEST = 8, 0.05, 2.0
PASSING = (Unavailable, Conflict)


def pause(tried: int) -> None:
    """Longer with each try, and never the same for two workers that met."""
    time.sleep(min(LONGEST, FIRST * 2 ** min(tried, 20)) * random.uniform(0.5, 1.0))


def patiently(work: Callable[[], T], tries: int = TRIES) -> T:
    """What `work` returns; what the database refuses is tried again, a number of times."""
    for tried in range(tries - 1):
        try:
            return work()
        except PASSING:
            pause(tried)
    return work()
