"""A log that became shorter under an open store: a standby took over that was behind.

What was acknowledged and is gone, nobody can bring back; but no record may get a gap by what a
process still has in its cache.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postgres import postgres_server, postgres_url
from store.test_forged_head import Store, store
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.store.log import Log
from tracker.store.opening import open_log
from wire import level, registered

__all__ = ["postgres_server", "postgres_url", "store"]


def now() -> datetime:
    return datetime.now(UTC)


def record(log: Log, law: Law, person: str, number: int) -> None:
    day = f"2020-01-{number + 1:02}"
    fact = level(f"{person}-{number}", day, number % 3 + 1, subject=person)
    record_together(log, law, [parse_event(fact)], now())


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)  # SQLite has no standby
@pytest.mark.parametrize("again", [1, 3])
def test_a_record_has_no_gap_after_the_log_became_shorter(
    store: Store, law: Law, again: int
) -> None:
    people = ("CHE-1", "CHE-2")
    with open_log(store.url, now) as log:
        for person in people:
            record_together(
                log, law, [parse_event(registered(f"{person}-0", subject=person))], now()
            )
            record(log, law, person, 1)
        behind = store.image()
        for number in (2, 3):
            for person in people:
                record(log, law, person, number)
        store.replace(behind)
        for number in range(4, 4 + again):
            for person in people:
                record(log, law, person, number)
    with open_log(store.url, now) as log:
        for person in people:
            entries = log.history(person).entries
            assert [e.sequence for e in entries] == list(range(1, len(entries) + 1))
            assert len(entries) == 2 + again
