"""What becomes of personal data that may not be used: erased, restricted, or restricted no more."""

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
    """Records the erasure of a person and destroys the key; raises Refused where it must be kept.

    `reviewed`: a review of retention decided so before a hundred years.
    """
    event = _event(app, ref, authorised_by, reason)
    erasure.erase(app.log, app.law, ref, event, reviewed, app.clock())
    app.logger.info("erase.finished")


def restrict(app: App, ref: str, authorised_by: str, reason: str) -> None:
    """Withholds from now on who a person is; raises Refused where that cannot be recorded."""
    _record(app, "individual.restricted", ref, authorised_by, reason)


def lift(app: App, ref: str, authorised_by: str, reason: str) -> None:
    """Ends a restriction; raises Refused where there is none."""
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
