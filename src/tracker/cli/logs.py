"""Structured logs to standard error: what was done and how much, never who it was about.

What is set here for a whole process (levels, where libraries' logs go) is set by the command that
is the process, and nowhere else.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Any

# What they have to say of an error is in the error.
QUIET = ("psycopg.pool", "notifications_python_client")


def quiet_libraries() -> None:
    """Leaves to libraries only their errors, where what goes wrong is told by the tracker."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def logger() -> Any:
    """A structlog logger writing JSON lines; `TRACKER_LOG_LEVEL` chooses from which level on."""
    import structlog

    level = logging.getLevelNamesMapping().get(
        os.environ.get("TRACKER_LOG_LEVEL", "info").upper(), logging.INFO
    )
    return structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def forward(library: str, log: Any) -> None:
    """Has the warnings of a library go where everything is said."""
    own = logging.getLogger(library)
    own.handlers, own.propagate = [_Forwarded(library, log)], False


class _Forwarded(logging.Handler):
    def __init__(self, library: str, log: Any) -> None:
        super().__init__(logging.WARNING)
        self._library, self._log = library, log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.warning(self._library, said=record.getMessage())
