"""Areas by name: whether there is one, and what it is called. Used by the other use cases."""

from __future__ import annotations

from tracker.domain.errors import InvalidQuestion
from tracker.settings import configuration


def check_area(area: str | None) -> None:
    """Raises InvalidQuestion for a name of no area; None stands for all of them."""
    known = configuration.areas()
    if area is not None and area not in known:
        raise InvalidQuestion(f"there is no area {area!r}; areas: {', '.join(sorted(known))}")


def area_name(area: str) -> str:
    """What people call an area; raises InvalidQuestion for a name of no area."""
    check_area(area)
    return configuration.areas()[area].name
