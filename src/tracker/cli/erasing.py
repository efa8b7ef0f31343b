"""`tracker erase` and `tracker restrict`: what becomes of personal data that may not be used."""

from __future__ import annotations

import uuid
from typing import Any

from tracker.cli.context import now, opened
from tracker.cli.logs import logger
from tracker.domain.dates import LONDON, civil
from tracker.domain.facts import PREFIX
from tracker.intake import erasure as erasing
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event

SOURCE = "/tracker/erasure"


def _event(subject: str, by: str, reason: str) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": str(uuid.uuid4()), "source": SOURCE, "subject": subject,
        "time": now().astimezone(LONDON).isoformat(timespec="seconds"), "recordedby": by,
        "data": {"on": civil(now()).isoformat(), "authorised_by": by, "reason": reason},
    }  # fmt: skip


def erase(subject: str, authorised_by: str, reason: str, reviewed: bool) -> None:
    with opened() as app:
        event = _event(subject, authorised_by, reason)
        erasing.erase(app.log, app.law, subject, event, reviewed, now())
        logger().info("erase.finished")
    print(f"{subject} is erased: what identified the person cannot be read any more")


def restrict(subject: str, authorised_by: str, reason: str, lift: bool) -> None:
    kind = "individual.restriction_lifted" if lift else "individual.restricted"
    event = _event(subject, authorised_by, reason) | {"type": PREFIX + kind}
    with opened() as app:
        record_together(app.log, app.law, [parse_event(event)], now())
        logger().info("restrict.finished", lifted=lift)
    print(f"{subject}: the restriction is lifted" if lift else f"{subject} is restricted")
