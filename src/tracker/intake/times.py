"""Parses a time on the wire: RFC 3339 with an offset. For `cloudevents`, service and documents."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from tracker.domain.errors import Refused

_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)


def parse_time(text: str) -> datetime:
    """Parses an RFC 3339 time with an offset, as UTC, to microseconds; raises Refused."""
    if not _TIME.fullmatch(text):
        raise Refused("shape", "not a time written like 2022-06-14T10:30:00+01:00", field="time")
    plain = text.upper()
    if len(plain) > 26 and plain[19] == ".":
        fraction = re.match(r"\.\d+", plain[19:])
        assert fraction is not None
        plain = plain[:19] + fraction[0][:7] + plain[19 + fraction.end() :]
    try:
        return datetime.fromisoformat(plain).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("shape", "a time that does not exist", field="time") from None
