"""Structured logs to standard error: what was done and how much, never about whom.

Log levels, and where libraries log to, are set for the whole process: only a command may call this.
`logging` is imported inside the functions: commands that only read log nothing, and start sooner.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logging import Handler

# Libraries whose warnings repeat an error that the tracker reports anyway.
QUIET = ("psycopg.pool", "notifications_python_client")


def quiet_libraries() -> None:
    """Lets the libraries in QUIET log errors only."""
    import logging

    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def logger() -> Any:
    """A structlog logger that writes JSON lines from the level `TRACKER_LOG_LEVEL` upwards."""
    import logging

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
    """Sends the warnings of a library, such as `apscheduler`, to the logger `log`."""
    import logging

    own = logging.getLogger(library)
    own.handlers, own.propagate = [_forwarding(library, log)], False


def _forwarding(library: str, log: Any) -> Handler:
    import logging

    class Forwarded(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.warning(library, said=record.getMessage())

    return Forwarded(logging.WARNING)
