"""Checks and names areas. Used by the other use cases and by the command line."""

from __future__ import annotations

from tracker.domain.errors import InvalidQuestion
from tracker.settings import configuration


def check_area(area: str | None) -> None:
    """Raises InvalidQuestion if `area` is not the id of an area; None means all areas."""
    known = configuration.areas()
    if area is not None and area not in known:
        raise InvalidQuestion(f"there is no area {area!r}; areas: {', '.join(sorted(known))}")


def area_name(area: str) -> str:
    """The full name of the area with this id; raises InvalidQuestion for an unknown id."""
    check_area(area)
    return configuration.areas()[area].name
