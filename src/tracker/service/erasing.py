"""Erases a person's data, restricts it, or lifts a restriction.

Called by `tracker erase` and `tracker restrict`.
"""

from __future__ import annotations

from scheduler.open_store import App
from tracker.domain.dates import LONDON, civil
from tracker.domain.facts import PREFIX
from tracker.domain.open_json import JsonObject
from tracker.intake import erasure
from tracker.intake.appending import record_together
from tracker.intake.cloudevents import parse_event

SOURCE = "/tracker/erasure"


def erase(app: App, ref: str, authorised_by: str, reason: str, reviewed: bool = False) -> None:
    """Records that a person is erased and destroys the person's key, for good.

    `reviewed`: a review of retention decided to erase before the hundredth birthday. Raises Refused
    if the record must be kept, TrackerError if nobody has the reference `ref`.
    """
    event = _event(app, ref, authorised_by, reason)
    erasure.erase(app.log, app.law, ref, event, reviewed, app.clock())
    app.logger.info("erase.finished")


def restrict(app: App, ref: str, authorised_by: str, reason: str) -> None:
    """Withholds the person's name from now on; raises Refused if that cannot be recorded."""
    _record(app, "individual.restricted", ref, authorised_by, reason)


def lift_restriction(app: App, ref: str, authorised_by: str, reason: str) -> None:
    """Ends a person's restriction; raises Refused if there is none."""
    _record(app, "individual.restriction_lifted", ref, authorised_by, reason)


def _record(app: App, kind: str, ref: str, by: str, reason: str) -> None:
    event = _event(app, ref, by, reason) | {"type": PREFIX + kind}
    record_together(app.log, app.law, [parse_event(event)], app.clock())
    app.logger.info("restrict.finished", lifted=kind.endswith("lifted"))


def _event(app: App, ref: str, by: str, reason: str) -> JsonObject:
    now = app.clock()
    return {
        "specversion": "1.0", "id": app.new_id(), "source": SOURCE, "subject": ref,
        "time": now.astimezone(LONDON).isoformat(timespec="seconds"), "recordedby": by,
        "data": {"on": civil(now).isoformat(), "authorised_by": by, "reason": reason},
    }  # fmt: skip
