"""Structured logs to standard error: what was done and how much, never who it was about."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any


def logger() -> Any:
    """A structlog logger writing JSON lines; `TRACKER_LOG_LEVEL` chooses from which level on."""
    import structlog

    level = logging.getLevelNamesMapping().get(
        os.environ.get("TRACKER_LOG_LEVEL", "info").upper(), logging.INFO
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    return structlog.get_logger()
