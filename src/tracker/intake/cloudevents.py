"""Parses and writes facts as CloudEvents 1.0 in JSON (contract, section 1).

Called by `importing`, `exporting` and `tracker record`. Its only error is Refused, with the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from pydantic import ValidationError

from tracker.domain.errors import Refused
from tracker.domain.facts import CATALOGUE, Fact
from tracker.domain.open_json import JsonObject
from tracker.domain.record.entry import Entry
from tracker.intake.shape_errors import first_error
from tracker.intake.texts import check_texts
from tracker.intake.times import parse_time

REQUIRED = ("specversion", "id", "source", "type", "subject", "time", "recordedby", "data")
OPTIONAL = frozenset({"datacontenttype", "correlationid", "causationid"})
PLAIN_ATTRIBUTES = frozenset(REQUIRED)
ATTRIBUTES = PLAIN_ATTRIBUTES | OPTIONAL
LONGEST = {"id": 128, "source": 256, "recordedby": 256, "correlationid": 256, "causationid": 256}
WITHOUT_SPACE = ("id", "source")
# `application/json` in any case and with any parameters (RFC 2045, 5.1).
MEDIA_TYPE = (
    r"[ \t]*[Aa][Pp][Pp][Ll][Ii][Cc][Aa][Tt][Ii][Oo][Nn]/[Jj][Ss][Oo][Nn]"
    r"([ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+=([!#$%&'*+.^_`|~0-9A-Za-z-]+|\"[^\"\\]*\"))*[ \t]*"
)
_media_type = re.compile(MEDIA_TYPE).fullmatch
FORMS = {
    field: re.compile(rf"[^{space}\x00-\x1f\x7f\ud800-\udfff]{{1,{most}}}").fullmatch
    for field, most in LONGEST.items()
    for space in [r"\s" if field in WITHOUT_SPACE else ""]
} | {"subject": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII).fullmatch}


@dataclass(slots=True)
class IncomingFact:
    """A fact of valid shape, not yet judged. `at` is `time` in UTC. Treat as immutable.

    `time_filled_in`: its sender named no time, and it has that of receipt.
    """

    subject: str
    source: str
    id: str
    time: str
    at: datetime
    recorded_by: str
    fact: Fact
    correlation: str | None = None
    causation: str | None = None
    time_filled_in: bool = False

    @property
    def name(self) -> str:
        """The unique name of its entry: source and id."""
        return f"{self.source} {self.id}"

    def entry(self, recorded_at: datetime, sequence: int) -> Entry:
        """The entry to be stored; `sequence` counts from 1."""
        return Entry(
            self.subject, self.source, self.id, self.time, self.recorded_by, recorded_at,
            sequence, self.fact, self.correlation, self.causation,
        )  # fmt: skip

    def same_as(self, entry: Entry) -> bool:
        """Whether an entry has the same content; `time` is compared as a moment, not as text.

        A time that was filled in is not compared: sent again, the fact would have another.
        Raises Refused if the personal data of the entry was erased.
        """
        if entry.forgotten:
            raise Refused("erased", f"{entry.subject} was erased: nothing is compared with it or "
                          "recorded of it", field="subject", entries=(entry.name,))  # fmt: skip
        return (
            self.subject == entry.subject
            and self.fact.TYPE == entry.fact.TYPE
            and self.recorded_by == entry.recorded_by
            and (self.time_filled_in or self.at == parse_time(entry.time))
            and self.correlation == entry.correlation
            and self.causation == entry.causation
            and self.fact == entry.fact
            and self.fact.model_dump_json(exclude_unset=True)
            == entry.fact.model_dump_json(exclude_unset=True)
        )


def _refusal(field: str | None, message: str, code: str = "shape") -> Refused:
    return Refused(code, message, field=field if field is None else _printable(field))


def _printable(name: str) -> str:
    """A name from a file made safe to print: control codes and lone surrogates are escaped."""
    return name if name.isprintable() else name.encode("unicode_escape").decode()


def _parse_object(pairs: list[tuple[str, Any]]) -> JsonObject:
    parsed = dict(pairs)
    if len(parsed) < len(pairs):
        keys = [k for k, _ in pairs]
        twice = next(k for k in keys if keys.count(k) > 1)
        raise _refusal(twice[:80], "the key stands twice in one object")
    return parsed


def _without_unset(event: JsonObject) -> JsonObject:
    """The event without attributes that are null: CloudEvents' JSON format takes them as left out.

    Raises Refused for a null anywhere else.
    """
    event = {k: v for k, v in event.items() if v is not None or k not in ATTRIBUTES}
    within: list[Any] = [event]
    while within:
        value = within.pop()
        if isinstance(value, dict):
            if None in value.values():
                empty = next(k for k, inner in value.items() if inner is None)
                raise _refusal(empty[:80], "null is not a value: leave the field out")
            within += value.values()
        elif isinstance(value, list):
            within += value
    return event


def _refuse_constant(name: str) -> Any:
    raise _refusal(None, f"{name} is not JSON")


_decode = json.JSONDecoder(object_pairs_hook=_parse_object, parse_constant=_refuse_constant).decode


def parse_json(line: bytes) -> JsonObject:
    """Parses one line as a JSON object, without attributes that are null.

    Raises Refused for a repeated key, another null or NaN.
    """
    # Quick path without null: a line that orjson writes again exactly has no repeated key.
    if b"null" not in line:
        try:
            quick = orjson.loads(line)
        except orjson.JSONDecodeError:
            quick = None
        if type(quick) is dict and orjson.dumps(quick, option=orjson.OPT_APPEND_NEWLINE) == line:
            return quick
    return _parse_slowly(line)


def _parse_slowly(line: bytes) -> JsonObject:
    """Parses with every check; raises Refused with the reason if one fails."""
    if b"\x00" in line:
        raise _refusal(None, f"a NUL byte at byte {line.index(0) + 1}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal(None, f"not UTF-8 at byte {error.start + 1}") from None
    try:
        value = _decode(text.lstrip("\ufeff").strip())
    except json.JSONDecodeError as error:
        raise _refusal(None, f"not JSON: {error.msg} at column {error.colno}") from None
    except (RecursionError, ValueError) as error:
        raise _refusal(None, f"not JSON that can be read: {str(error)[:120]}") from None
    if not isinstance(value, dict):
        raise _refusal(None, "not a JSON object")
    return _without_unset(value)


@lru_cache(maxsize=4096)
def _has_form(field: str, value: str) -> bool:
    """Whether an attribute has the right form. Cached: most repeat from line to line."""
    return FORMS[field](value) is not None


def _checked_text(field: str, value: Any) -> str:
    if type(value) is not str or not FORMS[field](value):
        raise _refusal(field, f"not a text of 1 to {LONGEST[field]} printable characters")
    return value


def _check_attributes(event: JsonObject) -> None:
    """Raises Refused for an unknown or a missing attribute."""
    if not event.keys() <= ATTRIBUTES:
        unknown = min(event.keys() - ATTRIBUTES)
        raise _refusal(unknown[:80], "unknown attribute")
    for field in REQUIRED:
        if field not in event:
            raise _refusal(field, "missing")
    media_type = event.get("datacontenttype", "application/json")
    if type(media_type) is not str or not _media_type(media_type):
        raise _refusal("datacontenttype", 'not "application/json"')


def _check_forms(event: JsonObject) -> None:
    """Raises Refused for the first attribute that does not have the right form."""
    if event["specversion"] != "1.0":
        raise _refusal("specversion", 'not "1.0"')
    subject, kind = event["subject"], event["type"]
    if type(subject) is not str or not FORMS["subject"](subject):
        raise _refusal(
            "subject", "not 1 to 64 of A-Z a-z 0-9 . _ - beginning with a letter or digit"
        )
    if type(event["time"]) is not str:
        raise _refusal("time", "not a text")
    if type(kind) is not str or kind not in CATALOGUE:
        raise _refusal("type", f"unknown type {str(kind)[:80]!r}", "unknown_type")
    for field in ("source", "recordedby"):
        _checked_text(field, event[field])


def parse_event(event: JsonObject, plain: bool = False) -> IncomingFact:
    """Validates a CloudEvent; raises Refused with the field. `plain`: no text is beyond ASCII."""
    if len(event) != len(REQUIRED) or not event.keys() >= PLAIN_ATTRIBUTES:
        _check_attributes(event)
    subject, source, by = event["subject"], event["source"], event["recordedby"]
    time, kind = event["time"], event["type"]
    if not (
        type(subject) is type(source) is type(by) is type(time) is type(kind) is str
        and event["specversion"] == "1.0"
        and kind in CATALOGUE
        and _has_form("subject", subject)
        and _has_form("source", source)
        and _has_form("recordedby", by)
    ):
        _check_forms(event)
    if not plain:
        check_texts(event, CATALOGUE[kind])
    entry_id, at = _checked_text("id", event["id"]), parse_time(time)
    incoming = IncomingFact(
        subject, source, entry_id, time, at, by, parse_fact(kind, event["data"])
    )
    if len(event) > len(REQUIRED):
        incoming.correlation = _optional_text(event, "correlationid")
        incoming.causation = _optional_text(event, "causationid")
    return incoming


def _optional_text(event: JsonObject, field: str) -> str | None:
    return _checked_text(field, event[field]) if field in event else None


def parse_fact(kind: str, data: Any) -> Fact:
    """Validates the data of a fact of the known type `kind`; raises Refused with the field."""
    try:
        return VALIDATORS[kind](data)
    except KeyError:
        VALIDATORS[kind] = _validator(kind)
        return parse_fact(kind, data)
    except ValidationError as error:
        raise _refusal(*first_error(CATALOGUE[kind], error)) from None


VALIDATORS: dict[str, Callable[[Any], Fact]] = {}


def _validator(kind: str) -> Callable[[Any], Fact]:
    model = CATALOGUE[kind]
    model.model_rebuild()
    validate: Callable[[Any], Fact] = model.__pydantic_validator__.validate_python
    return validate


def parse_line(line: bytes) -> IncomingFact:
    """Parses and validates one line of a file; raises Refused with the field."""
    # Most lines are plain, and need not be looked through.
    return parse_event(parse_json(line), plain=line.isascii() and b"\\u" not in line)


def event_of(entry: Entry) -> JsonObject:
    """The CloudEvent of an entry, its attributes in the order of the contract's example."""
    event: JsonObject = {
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
    """The CloudEvent of an entry as one line of JSON, without line end; always the same text."""
    return json.dumps(event_of(entry), ensure_ascii=False, separators=(",", ":"))
