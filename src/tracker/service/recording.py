"""Records facts of one individual: one that a person enters, or lines of CloudEvents together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from scheduler.open_store import App
from tracker.domain.dates import LONDON, civil
from tracker.domain.errors import InvalidQuestion, Refused, TrackerError
from tracker.domain.facts import PREFIX
from tracker.domain.open_json import JsonObject
from tracker.intake.appending import Recorded, record_together
from tracker.intake.cloudevents import IncomingFact, parse_event, parse_json
from tracker.intake.import_results import Problem, line_too_long
from tracker.intake.lines import numbered_lines
from tracker.intake.typed_fields import typed_data as typed_data


@dataclass(frozen=True, slots=True)
class Intent:
    """A fact that a person enters: `data` are its fields; without `on` it takes effect today.

    `corrects` is the id of the entry that it sets right, which is voided with it for a `reason`.
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
    """Records a fact, and the void of what it corrects; raises Refused, with nothing stored."""
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
    if intent.corrects is None:
        return _record(app, [parse_event(event)])
    void = _event(app, intent.by, intent.source) | {
        "type": PREFIX + "entry.voided",
        "subject": intent.subject,
        "data": {"on": today, "entry": intent.corrects, "reason": intent.reason},
    }
    return _record(app, [parse_event(void), parse_event(event)])


def record_lines(app: App, stream: BinaryIO, name: str, by: str, source: str) -> Recorded:
    """Records CloudEvents of one individual, one a line; what a line leaves out is filled in.

    Raises TrackerError naming the line, with `name` for the stream; Refused for what is refused.
    """
    incoming: list[IncomingFact] = []
    for number, line in numbered_lines(stream):
        try:
            if line is None:
                raise line_too_long()
            incoming.append(parse_event(_event(app, by, source) | parse_json(line)))
        except Refused as refused:
            raise TrackerError(str(Problem(name, number, refused))) from None
    return _record(app, incoming)


def _record(app: App, incoming: list[IncomingFact]) -> Recorded:
    recorded = record_together(app.log, app.law, incoming, app.clock())
    app.logger.info("record.finished", stored=len(recorded.entries), known=recorded.known)
    return recorded


def _event(app: App, by: str, source: str) -> JsonObject:
    """What an event has of itself where nobody says otherwise."""
    return {
        "specversion": "1.0",
        "id": app.new_id(),
        "source": source,
        "time": app.clock().astimezone(LONDON).isoformat(timespec="seconds"),
        "recordedby": by,
    }
