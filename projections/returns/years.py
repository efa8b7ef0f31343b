"""The reporting year of the annual return."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from tracker.domain.errors import TrackerError


class Year(NamedTuple):
    """A reporting year, 1 April to 31 March, written `2022-23`."""

    text: str
    start: date
    end: date

    @classmethod
    def parse(cls, text: str) -> Year:
        """Parses `2022-23`; raises TrackerError for anything but two consecutive years."""
        parts = re.fullmatch(r"(\d{4})-(\d{2})", text)
        if (
            not parts
            or (int(parts[1]) + 1) % 100 != int(parts[2])
            or not 1851 <= int(parts[1]) < 2199
        ):
            raise TrackerError(f"not a reporting year: {text!r}; write it like 2022-23")
        first = int(parts[1])
        return cls(text, date(first, 4, 1), date(first + 1, 3, 31))
