"""Structured logs to standard error: what was done and how much, never who it was about.

What is set here for a whole process (levels, where libraries' logs go) is set by the command that
is the process, and nowhere else. `logging` is imported where it is needed: reading commands log
nothing, and start sooner.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from logging import Handler

# What they have to say of an error is in the error.
QUIET = ("psycopg.pool", "notifications_python_client")


def quiet_libraries() -> None:
    """Leaves to libraries only their errors, where what goes wrong is told by the tracker."""
    import logging

    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR)


def logger() -> Any:
    """A structlog logger writing JSON lines; `TRACKER_LOG_LEVEL` chooses from which level on."""
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
    """Has the warnings of a library go where everything is said."""
    import logging

    own = logging.getLogger(library)
    own.handlers, own.propagate = [_forwarding(library, log)], False


def _forwarding(library: str, log: Any) -> Handler:
    import logging

    class Forwarded(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.warning(library, said=record.getMessage())

    return Forwarded(logging.WARNING)
