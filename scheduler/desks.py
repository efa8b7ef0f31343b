"""Chooses, from the settings, the desks that get an area's messages. Used by digest and outbox.

These are the area's own desks; if it has none, the desks for every area; if there are none either,
the folder, so that no item is lost. The area "" stands for the operators: their items say what is
wrong with the tracker itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.settings.configuration import Area, Desk
from tracker.settings.messages import ANY, OPERATORS

FALLBACK = Desk(area=ANY, name="folder")


def desks_for(desks: Sequence[Desk], area: str) -> Sequence[Desk]:
    """All desks of an area, whether they take digests, urgent messages or both."""
    for name in (area or OPERATORS, ANY):
        if matching := [desk for desk in desks if desk.area == name]:
            return matching
    return (FALLBACK,)


def digest_desks(desks: Sequence[Desk], area: str) -> Sequence[Desk]:
    """The area's desks that take the daily digest; the folder if none does."""
    return [desk for desk in desks_for(desks, area) if desk.digest] or (FALLBACK,)


def urgent_desks(desks: Sequence[Desk], area: str) -> Sequence[Desk]:
    """The area's desks that take urgent messages; if empty, urgent items go into the digest."""
    return [desk for desk in desks_for(desks, area) if desk.urgent]


def desk_named(desks: Sequence[Desk], area: str, name: str) -> Desk:
    """The area's desk of that name; the folder if the settings no longer have it."""
    for desk_area in (area or OPERATORS, ANY):
        for desk in desks:
            if (desk.area, desk.name) == (desk_area, name):
                return desk
    return FALLBACK


def area_name(area: str, areas: Mapping[str, Area]) -> str:
    """The name of an area as messages write it; its id if the configuration has no such area."""
    if not area:
        return "tracker operators"
    known = areas.get(area)
    return known.name if known else area
