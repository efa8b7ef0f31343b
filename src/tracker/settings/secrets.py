"""Secrets in environment variables: removed from the environment at start and kept in memory.

A process started later would inherit them, and anyone who may read its environment would see them.
Called by the command line around everything it does, before there are threads.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

MASTER_KEY = "TRACKER_KEK"
SMTP_PASSWORD = "TRACKER_SMTP_PASSWORD"
NOTIFY_KEY = "TRACKER_NOTIFY_KEY"
_taken: dict[str, str] = {}


@contextmanager
def secrets_out_of_environment() -> Iterator[None]:
    """Removes every secret from the environment, and restores them at the end."""
    names = (MASTER_KEY, SMTP_PASSWORD, NOTIFY_KEY)
    removed = {name: os.environ.pop(name) for name in names if name in os.environ}
    _taken.update(removed)
    try:
        yield
    finally:
        for name in removed:
            del _taken[name]
        os.environ.update(removed)


def secret(name: str) -> str | None:
    """The secret of an environment variable, even after its removal; None if it was not set."""
    return _taken.get(name) or os.environ.get(name)
