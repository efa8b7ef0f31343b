"""Puts items into messages: a daily digest for each desk, urgent items at once. Used by the jobs.

One transaction marks the items with their message and puts it into the outbox. So each item is in
exactly one message, whatever fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from scheduler import items, outbox
from scheduler.desks import area_name, digest_desks, urgent_desks
from scheduler.wording import write_letter
from tracker.domain.dates import civil
from tracker.settings.configuration import Area, Desk
from tracker.settings.messages import OPERATORS
from tracker.store.database.interface import Conflict, Database

Counts = dict[str, int]
Areas = Mapping[str, Area]


def compose(
    database: Database, desks: Sequence[Desk], on: date, now: datetime, areas: Areas
) -> Counts:
    """Writes the urgent messages, then the digests of a day; returns counts of messages and items.

    An area has one digest a day: items that come later wait for the next day's.
    """
    counts = compose_urgent(database, desks, now, areas)
    with database.reading() as c:
        waiting = sorted({area for area, _ in items.waiting_areas(c)})
    for area in waiting:
        # if no desk takes urgent messages, the digest has the urgent items too
        highest = 0 if urgent_desks(desks, area) else 1
        message = f"digest:{area or OPERATORS}:{on}"
        _compose_message(
            database, area, message, digest_desks(desks, area), (0, highest), on, now, counts, areas
        )
    return counts


def compose_urgent(
    database: Database, desks: Sequence[Desk], now: datetime, areas: Areas
) -> Counts:
    """Writes a message of each area's urgent items for the desks that take them; returns counts."""
    counts = {"messages": 0, "items": 0}
    with database.reading() as c:
        waiting = [area for area, is_urgent in items.waiting_areas(c) if is_urgent]
    for area in waiting:
        if to := urgent_desks(desks, area):
            message = f"urgent:{area or OPERATORS}:{now:%Y%m%dT%H%M%S%fZ}"
            _compose_message(database, area, message, to, (1, 1), civil(now), now, counts, areas)
    return counts


def _compose_message(
    database: Database, area: str, message: str, to: Sequence[Desk], urgency: tuple[int, int],
    on: date, now: datetime, counts: Counts, areas: Areas,
) -> None:  # fmt: skip
    """Puts an area's items into a message and adds it to the outbox, once for each desk.

    `urgency` is the lowest and highest urgency to include (0 no, 1 yes). Adds to `counts`.
    """
    is_urgent = urgency[0] == 1
    try:
        with database.working() as c:
            claimed = (
                [] if outbox.has_message(c, message) else items.claim(c, area, message, *urgency)
            )
            if not claimed:
                return
            letter = write_letter(claimed, area, area_name(area, areas), on, is_urgent)
            for desk in to:
                outbox.enqueue(c, f"{message}:{desk.name}", area, desk, letter, is_urgent, now)
    except Conflict:
        return  # another scheduler wrote this message meanwhile: items not in it wait for the next
    counts["messages"] += len(to)
    counts["items"] += len(claimed)
