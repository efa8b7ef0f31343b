"""A process that records facts of one individual, one after another, as fast as it can.

Run by test_concurrency and test_kill: `writer.py STORE SUBJECT SOURCE NUMBER`. Prints what was
accepted.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from tracker.domain.errors import Refused
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event
from tracker.service.app import the_law
from tracker.store.opening import open_log


def now() -> datetime:
    return datetime.now(UTC)


def main(store: str, subject: str, source: str, number: int) -> None:
    law = the_law()
    with open_log(f"sqlite:///{store}", now) as log:
        for n in range(number):
            event = {
                "specversion": "1.0",
                "id": f"n{n}",
                "source": source,
                "type": "uk.mappa.level.set",
                "subject": subject,
                "time": "2020-03-01T12:00:00Z",
                "recordedby": "ppu.officer7",
                "data": {"on": "2020-03-01", "level": n % 3 + 1},
            }
            try:
                for entry in record_together(log, law, [parse_event(event)], now())[0]:
                    print(entry.name, entry.sequence, flush=True)
            except Refused as refused:
                print(f"refused {refused.code}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
