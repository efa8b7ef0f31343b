"""Which desks are told of an area's items: those of the settings. Used by the digest and outbox.

An area's own desks, or else those of every area, or else the folder: no item is told to nobody.
The area "" is the operators': of what is wrong with the tracker itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.settings.configuration import Area, Desk
from tracker.settings.messages import ANY, OPERATORS

FALLBACK = Desk(area=ANY, name="folder")


def of(desks: Sequence[Desk], area: str) -> Sequence[Desk]:
    """The desks of an area, whatever they take."""
    for name in (area or OPERATORS, ANY):
        if found := [desk for desk in desks if desk.area == name]:
            return found
    return (FALLBACK,)


def for_digest(desks: Sequence[Desk], area: str) -> Sequence[Desk]:
    """Those that get the message of a day; the folder, where none of them does."""
    return [desk for desk in of(desks, area) if desk.digest] or (FALLBACK,)


def for_urgent(desks: Sequence[Desk], area: str) -> Sequence[Desk]:
    """Those told at once; where there is none, what is urgent comes with the digest."""
    return [desk for desk in of(desks, area) if desk.urgent]


def named(desks: Sequence[Desk], area: str, name: str) -> Desk:
    """The desk by whose name an area's message goes; the folder, where there is none any more."""
    for of_area in (area or OPERATORS, ANY):
        for desk in desks:
            if (desk.area, desk.name) == (of_area, name):
                return desk
    return FALLBACK


def called(area: str, areas: Mapping[str, Area]) -> str:
    """What an area is called in a message."""
    if not area:
        return "tracker operators"
    known = areas.get(area)
    return known.name if known else area
