"""CloudEvents 1.0 in JSON: a line to an arrived fact and back (contract, section 1).

Called by `importing`, `exporting` and `tracker record`. Raises Refused naming the field.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from tracker.domain.entries import Entry
from tracker.domain.errors import Refused
from tracker.domain.facts import CATALOGUE, PREFIX, Fact

REQUIRED = ("specversion", "id", "source", "type", "subject", "time", "recordedby", "data")
OPTIONAL = frozenset({"datacontenttype", "correlationid", "causationid"})
ATTRIBUTES = frozenset(REQUIRED) | OPTIONAL
LONGEST = {"id": 128, "source": 256, "recordedby": 256, "correlationid": 256, "causationid": 256}
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_SUBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_PLAIN = re.compile(r"[^\x00-\x1f\x7f]+")
_REF = re.compile(r"[^\s\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A fact as it came in, its shape checked, not yet judged."""

    subject: str
    source: str
    id: str
    time: str
    at: datetime
    recorded_by: str
    fact: Fact
    correlation: str | None = None
    causation: str | None = None

    @property
    def name(self) -> str:
        return f"{self.source} {self.id}"

    def entry(self, recorded_at: datetime, sequence: int) -> Entry:
        return Entry(
            self.subject, self.source, self.id, self.time, self.recorded_by, recorded_at,
            sequence, self.fact, self.correlation, self.causation,
        )  # fmt: skip

    def same_as(self, entry: Entry) -> bool:
        """Whether it is the entry already known: same content, `time` compared as an instant."""
        return (
            self.subject == entry.subject
            and self.fact.TYPE == entry.fact.TYPE
            and self.recorded_by == entry.recorded_by
            and self.at == parse_time(entry.time)
            and self.correlation == entry.correlation
            and self.causation == entry.causation
            and (
                self.fact == entry.fact
                and self.fact.model_dump_json(exclude_unset=True)
                == entry.fact.model_dump_json(exclude_unset=True)
            )
        )


def _refuse(field: str | None, message: str, code: str = "shape") -> Refused:
    return Refused(code, message, field=field)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [k for k, _ in pairs]
        twice = next(k for k in keys if keys.count(k) > 1)
        raise _refuse(twice[:80], "the key stands twice in one object")
    for key, value in pairs:
        if value is None:
            raise _refuse(key[:80], "null is not a value: leave the field out")
    return found


def _constant(name: str) -> Any:
    raise _refuse(None, f"{name} is not JSON")


_decode = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant).decode


def parse_json(line: bytes) -> dict[str, Any]:
    """One line as a JSON object; no key twice, no null, no NaN."""
    if b"\x00" in line:
        raise _refuse(None, f"a NUL byte at byte {line.index(0) + 1}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refuse(None, f"not UTF-8 at byte {error.start + 1}") from None
    try:
        value = _decode(text.lstrip("\ufeff").strip())
    except json.JSONDecodeError as error:
        raise _refuse(None, f"not JSON: {error.msg} at column {error.colno}") from None
    except (RecursionError, ValueError) as error:
        raise _refuse(None, f"not JSON this can read: {str(error)[:120]}") from None
    if not isinstance(value, dict):
        raise _refuse(None, "not a JSON object")
    return value


def parse_time(text: str) -> datetime:
    """A moment from RFC 3339 text with an offset, in UTC; a seventh decimal and on is dropped."""
    if not _TIME.fullmatch(text):
        raise _refuse("time", "not a time written like 2022-06-14T10:30:00+01:00")
    plain = text.upper()
    if len(plain) > 26 and plain[19] == ".":
        fraction = re.match(r"\.\d+", plain[19:])
        assert fraction is not None
        plain = plain[:19] + fraction[0][:7] + plain[19 + fraction.end() :]
    try:
        return datetime.fromisoformat(plain).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _refuse("time", "a time that does not exist") from None


def _text(event: dict[str, Any], field: str, form: re.Pattern[str]) -> str:
    value = event[field]
    if type(value) is not str or not form.fullmatch(value) or len(value) > LONGEST[field]:
        raise _refuse(field, f"not a text of 1 to {LONGEST[field]} printable characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refuse(field, "not valid Unicode") from None
    return value


def _attributes(event: dict[str, Any]) -> None:
    if not event.keys() <= ATTRIBUTES:
        unknown = min(event.keys() - ATTRIBUTES)
        raise _refuse(unknown[:80], "unknown attribute")
    for field in REQUIRED:
        if field not in event:
            raise _refuse(field, "missing")
    if event["specversion"] != "1.0":
        raise _refuse("specversion", 'not "1.0"')
    if event.get("datacontenttype", "application/json") != "application/json":
        raise _refuse("datacontenttype", 'not "application/json"')


def parse_event(event: dict[str, Any]) -> Arrived:
    """An arrived fact from a JSON object; raises Refused naming the field."""
    _attributes(event)
    subject, time, kind, data = event["subject"], event["time"], event["type"], event["data"]
    if type(subject) is not str or not _SUBJECT.fullmatch(subject):
        raise _refuse(
            "subject", "not 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit"
        )
    if type(time) is not str:
        raise _refuse("time", "not a text")
    if type(kind) is not str or kind not in CATALOGUE:
        raise _refuse("type", f"unknown type {str(kind)[:80]!r}", "unknown_type")
    optional = {
        field: _text(event, field, _PLAIN)
        for field in ("correlationid", "causationid")
        if field in event
    }
    return Arrived(
        subject=subject,
        source=_text(event, "source", _REF),
        id=_text(event, "id", _REF),
        time=time,
        at=parse_time(time),
        recorded_by=_text(event, "recordedby", _PLAIN),
        fact=parse_fact(kind, data),
        correlation=optional.get("correlationid"),
        causation=optional.get("causationid"),
    )


def parse_fact(kind: str, data: Any) -> Fact:
    """A fact of a type from its data; raises Refused naming the field and the reason."""
    try:
        return CATALOGUE[kind].model_validate(data)
    except ValidationError as error:
        raise _refuse(*_first(CATALOGUE[kind], error)) from None


def _first(model: type[BaseModel], error: ValidationError) -> tuple[str, str]:
    """The first thing wrong, never showing the value: it may be personal."""
    first = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(["data", *(str(part)[:80] for part in first["loc"])])
    wrong = {
        "missing": "missing",
        "extra_forbidden": f"unknown field; {model.__name__} has "
        + ", ".join(sorted(model.model_fields)),
        "model_type": "not an object",
        "tuple_type": "not a list",
        "string_unicode": "not valid Unicode",
        "string_pattern_mismatch": "a character that is not allowed",
    }
    return field, wrong.get(first["type"], first["msg"])


def parse_line(line: bytes) -> Arrived:
    """An arrived fact from one line of a file."""
    return parse_event(parse_json(line))


def event_of(entry: Entry) -> dict[str, Any]:
    """An entry as a CloudEvent, in the order of the contract's example."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": entry.id,
        "source": entry.source,
        "type": entry.fact.TYPE,
        "subject": entry.subject,
        "time": entry.time,
        "recordedby": entry.recorded_by,
    }
    if entry.correlation is not None:
        event["correlationid"] = entry.correlation
    if entry.causation is not None:
        event["causationid"] = entry.causation
    event["data"] = entry.fact.model_dump(mode="json", exclude_unset=True)
    return event


def line_of(entry: Entry) -> str:
    """An entry as one line of JSON, without the line end; the same entry gives the same text."""
    return json.dumps(event_of(entry), ensure_ascii=False, separators=(",", ":"))


def short(kind: str) -> str:
    """A type without its prefix, as people type it."""
    return kind.removeprefix(PREFIX)
