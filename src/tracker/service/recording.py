"""Records one fact that a person entered, or several facts of one individual together.

Called by `tracker record`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from scheduler.open_store import App
from tracker.domain.dates import LONDON, civil
from tracker.domain.errors import InvalidQuestion, Refused, TrackerError
from tracker.domain.facts import PREFIX
from tracker.domain.open_json import JsonObject
from tracker.intake.appending import Recorded, already_known, record_together
from tracker.intake.cloudevents import IncomingFact, parse_event, parse_json
from tracker.intake.import_results import Problem, line_too_long
from tracker.intake.lines import Unreadable, numbered_lines
from tracker.intake.typed_fields import typed_data as typed_data


@dataclass(frozen=True, slots=True)
class Intent:
    """A fact that a person wants to record. Without `on` in `data` it takes effect today.

    `kind` is its type, `subject` the reference of the person, `by` who records it. `corrects` is
    the id of a wrong entry: it is voided for the `reason` when this fact is recorded.
    """

    kind: str
    subject: str
    data: JsonObject
    by: str
    source: str
    entry_id: str | None = None
    corrects: str | None = None
    reason: str | None = None


def record(app: App, intent: Intent) -> Recorded:
    """Records a fact, and voids the entry that it corrects: both or neither.

    Raises Refused if the fact may not be recorded, InvalidQuestion if a correction has no reason.
    """
    if intent.corrects is not None and intent.reason is None:
        raise InvalidQuestion("a correction needs a reason: why is it corrected?")
    today = civil(app.clock()).isoformat()
    data = {"on": today, **intent.data}
    if intent.corrects is not None:
        data["corrects"] = intent.corrects
    event = _event(app, intent.by, intent.source) | {
        "type": PREFIX + intent.kind.removeprefix(PREFIX), "subject": intent.subject, "data": data,
    }  # fmt: skip
    if intent.entry_id is not None:
        event["id"] = intent.entry_id
    fact = _parsed(event, named={})
    known = app.log.known(fact.source, fact.id) if intent.entry_id is not None else None
    if intent.corrects is None or already_known(fact, known):
        return _record(app, [fact])  # a correction that is known has voided its entry before
    void = _event(app, intent.by, intent.source) | {
        "type": PREFIX + "entry.voided",
        "subject": intent.subject,
        "data": {"on": today, "entry": intent.corrects, "reason": intent.reason},
    }
    return _record(app, [_parsed(void, named={}), fact])


def record_lines(app: App, stream: BinaryIO, name: str, by: str, source: str) -> Recorded:
    """Records CloudEvents of one individual, one a line: all of them or none.

    Id, source, time and recorder are filled in where a line has none. Raises TrackerError for a
    line that cannot be read, naming it as `NAME:LINE`, and Refused if a fact may not be recorded.
    """
    incoming: list[IncomingFact] = []
    try:
        for number, line in numbered_lines(stream):
            try:
                if line is None:
                    raise line_too_long()
                named = parse_json(line)
                incoming.append(_parsed(_event(app, by, source) | named, named))
            except Refused as refused:
                raise TrackerError(str(Problem(name, number, refused))) from None
    except Unreadable as broken:
        raise TrackerError(f"{name}:{broken.line}: {broken}") from None
    return _record(app, incoming)


def _record(app: App, incoming: list[IncomingFact]) -> Recorded:
    recorded = record_together(app.log, app.law, incoming, app.clock())
    app.logger.info("record.finished", stored=len(recorded.entries), known=recorded.known)
    return recorded


def _parsed(event: JsonObject, named: JsonObject) -> IncomingFact:
    """The fact of an event, of whose attributes the sender named some."""
    fact = parse_event(event)
    fact.time_filled_in = "time" not in named
    return fact


def _event(app: App, by: str, source: str) -> JsonObject:
    """The attributes of a new event, before its own are added."""
    return {
        "specversion": "1.0",
        "id": app.new_id(),
        "source": source,
        "time": app.clock().astimezone(LONDON).isoformat(timespec="seconds"),
        "recordedby": by,
    }
