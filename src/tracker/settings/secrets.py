"""What is secret in the environment: taken out of it when a process begins, and kept in memory.

A program or process that is started later would inherit it, and show it to whoever may look at its
environment. Called by the ways in: around all that they do, before there are threads.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

MASTER_KEY = "TRACKER_KEK"
SMTP_PASSWORD = "TRACKER_SMTP_PASSWORD"
NOTIFY_KEY = "TRACKER_NOTIFY_KEY"
_taken: dict[str, str] = {}


@contextmanager
def out_of_the_environment() -> Iterator[None]:
    """Takes every secret out of the environment; at the end they are put back."""
    names = (MASTER_KEY, SMTP_PASSWORD, NOTIFY_KEY)
    found = {name: os.environ.pop(name) for name in names if name in os.environ}
    _taken.update(found)
    try:
        yield
    finally:
        for name in found:
            del _taken[name]
        os.environ.update(found)


def secret(name: str) -> str | None:
    """A secret by the name of its variable, wherever it is now; None where it is not set."""
    return _taken.get(name) or os.environ.get(name)
