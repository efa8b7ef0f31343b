"""Puts items into messages: one a day for each desk, and what is urgent at once. For the jobs.

The items are marked with their message in the transaction that puts it into the outbox: whatever
happens, each is told once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from scheduler import items, outbox
from scheduler.desks import called, for_digest, for_urgent
from scheduler.wording import letter
from tracker.domain.dates import civil
from tracker.settings.configuration import Area, Desk
from tracker.settings.messages import OPERATORS
from tracker.store.database.interface import Conflict, Database

Counts = dict[str, int]
Areas = Mapping[str, Area]


def compose(
    database: Database, desks: Sequence[Desk], on: date, now: datetime, areas: Areas
) -> Counts:
    """Makes the digests of a day, and before them what is urgent; counts of messages and items.

    An area has one digest a day: what comes after it is told on the next.
    """
    counts = urgent(database, desks, now, areas)
    with database.reading() as c:
        waiting = sorted({area for area, _ in items.untold(c)})
    for area in waiting:
        # what nobody wants at once comes with the digest
        most = 0 if for_urgent(desks, area) else 1
        message = f"digest:{area or OPERATORS}:{on}"
        _put(database, area, message, for_digest(desks, area), (0, most), on, now, counts, areas)
    return counts


def urgent(database: Database, desks: Sequence[Desk], now: datetime, areas: Areas) -> Counts:
    """Makes a message of an area's urgent items, for the desks told at once; counts as above."""
    counts = {"messages": 0, "items": 0}
    with database.reading() as c:
        waiting = [area for area, is_urgent in items.untold(c) if is_urgent]
    for area in waiting:
        if to := for_urgent(desks, area):
            message = f"urgent:{area or OPERATORS}:{now:%Y%m%dT%H%M%S%fZ}"
            _put(database, area, message, to, (1, 1), civil(now), now, counts, areas)
    return counts


def _put(
    database: Database, area: str, message: str, to: Sequence[Desk], urgency: tuple[int, int],
    on: date, now: datetime, counts: Counts, areas: Areas,
) -> None:  # fmt: skip
    """Puts an area's items into a message, in the outbox once for each desk under its own key."""
    is_urgent = urgency[0] == 1
    try:
        with database.working() as c:
            found = [] if outbox.holds(c, message) else items.claim(c, area, message, *urgency)
            if not found:
                return
            said = letter(found, area, called(area, areas), on, is_urgent)
            for desk in to:
                outbox.put(c, f"{message}:{desk.name}", area, desk, said, is_urgent, now)
    except Conflict:
        return  # somebody else made this message meanwhile: its items are told, the rest wait
    counts["messages"] += len(to)
    counts["items"] += len(found)
