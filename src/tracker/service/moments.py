"""Parses a moment as people write it. Called by the command line for its options."""

from __future__ import annotations

from datetime import datetime

from tracker.intake.times import parse_time


def parse_moment(text: str) -> datetime:
    """A moment in UTC from RFC 3339 text with an offset; raises Refused for any other text."""
    return parse_time(text)
