"""A process that records facts of several individuals without end, and says what came of each.

Run by `writing`: `writer.py STORE NAME`. On a lost connection it tries the same source and id again
until it is told. SIGTERM ends it, but not before it is told of the fact in hand.
"""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Event as Flag
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tracker.domain.errors import Refused
from tracker.domain.law.tables import Law
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.service.app import the_law
from tracker.store.address import Options
from tracker.store.log import STORE_ERRORS, Log
from tracker.store.opening import open_log
from wire import Event, convicted, level, registered

FACTS_EACH = 20
FIRST_DAY = date(2020, 1, 8)
PAUSE = 0.05


def now() -> datetime:
    return datetime.now(UTC)


def options(store: str) -> Options:
    """A store with keys of its own, as if on a machine of its own: beside its file."""
    return Options(key_store=f"{store}.keys" if store.startswith("sqlite") else None)


def facts(name: str) -> Iterator[Event]:
    """Individuals whom all writers share, and of whom each adds facts of its own."""
    for person in count():
        about: dict[str, Any] = {"subject": f"R-{person}"}
        yield registered(f"{person}-1", source="/register", **about)
        yield convicted(f"{person}-2", source="/register", **about)
        for n in range(FACTS_EACH):
            day = (FIRST_DAY + timedelta(days=n)).isoformat()
            yield level(f"{person}-{n}", day, n % 3 + 1, source=f"/writer/{name}", **about)


def say(word: str, event: Event, *more: str) -> None:
    print(word, event["source"], event["id"], *more, flush=True)


def record(log: Log, law: Law, event: Event) -> None:
    while True:
        try:
            stored = record_together(log, law, [parse_event(event)], now()).entries
        except Refused as refused:
            return say("refused", event, refused.code)
        except STORE_ERRORS as error:
            # stored or not: only the same source and id once more can tell
            say("unknown", event, type(error).__name__)
            time.sleep(PAUSE)
        else:
            return say("stored" if stored else "known", event)


def main(store: str, name: str) -> None:
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # each lost connection is told of
    enough, law = Flag(), the_law()
    signal.signal(signal.SIGTERM, lambda *_: enough.set())
    with open_log(store, now, options(store)) as log:
        for event in facts(name):
            if enough.is_set():
                return
            record(log, law, event)


if __name__ == "__main__":
    main(*sys.argv[1:])
