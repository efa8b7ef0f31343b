"""`tracker erase` and `tracker restrict`: what becomes of personal data that may not be used."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from tracker.cli.context import App, now, opened
from tracker.cli.logs import logger
from tracker.domain.errors import TrackerError
from tracker.domain.facts import PREFIX, IndividualAmended, IndividualRegistered
from tracker.domain.law.dates import LONDON, civil
from tracker.domain.personal import stand_in
from tracker.domain.retention import check
from tracker.domain.timeline import Timeline, timeline
from tracker.intake.cloudevents import parse_event
from tracker.intake.recording import record_together

SOURCE = "/tracker/erasure"
ADULT = 18


def _known(app: App, subject: str) -> Timeline:
    history = app.log.history(subject)
    t = timeline(subject, history.entries, app.law)
    if t is None:
        raise TrackerError(f"{subject} is not known")
    return t


def _record(app: App, subject: str, kind: str, by: str, data: dict[str, Any]) -> None:
    event = {
        "specversion": "1.0", "id": str(uuid.uuid4()), "source": SOURCE, "type": PREFIX + kind,
        "subject": subject, "time": now().astimezone(LONDON).isoformat(timespec="seconds"),
        "recordedby": by, "data": {"on": civil(now()).isoformat(), "authorised_by": by, **data},
    }  # fmt: skip
    record_together(app.log, app.law, [parse_event(event)], now())


def erase(subject: str, authorised_by: str, reason: str, reviewed: bool) -> None:
    with opened() as app:
        history = app.log.history(subject)
        if history.erased is None:
            _refuse_unsealed(app, subject)
            retention = check(_known(app, subject), civil(now()), reviewed)
            born = _stand_ins(app, subject)
            _record(app, subject, "individual.erased", authorised_by,
                    {"reason": reason, "retention": retention, "born": born})  # fmt: skip
        # The entry stands before the key goes: erasing again finishes what was cut short.
        app.log.destroy_key(subject, now())
        logger().info("erase.finished")
    print(f"{subject} is erased: what identified the person cannot be read any more")


def _refuse_unsealed(app: App, subject: str) -> None:
    open_to_all = app.log.unsealed(subject)
    if open_to_all:
        raise TrackerError(
            f"{subject} cannot be erased: {len(open_to_all)} entries were recorded unsealed, "
            f"{open_to_all[0].name} the first; export the store and import it into a sealed one"
        )


def _stand_ins(app: App, subject: str) -> list[dict[str, str]]:
    """For each date of birth given, one that tells on which side of 18 each day is, no more."""
    entries = app.log.history(subject).entries
    days = {v for e in entries for _, v in e.fact if isinstance(v, date)}
    return [
        {"entry": e.name, "stand_in": stand_in(e.fact.date_of_birth, days, ADULT).isoformat()}
        for e in entries
        if isinstance(e.fact, IndividualRegistered | IndividualAmended)
        and e.fact.date_of_birth is not None
    ]


def restrict(subject: str, authorised_by: str, reason: str, lift: bool) -> None:
    kind = "individual.restriction_lifted" if lift else "individual.restricted"
    with opened() as app:
        _known(app, subject)
        _record(app, subject, kind, authorised_by, {"reason": reason})
        logger().info("restrict.finished", lifted=lift)
    print(f"{subject}: the restriction is lifted" if lift else f"{subject} is restricted")
