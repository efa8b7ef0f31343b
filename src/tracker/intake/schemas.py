"""The JSON Schema of every type of fact, as CloudEvents. Called for `tracker schema`."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from tracker.domain.facts import CATALOGUE
from tracker.domain.open_json import JsonObject
from tracker.intake.cloudevents import LONGEST, MEDIA_TYPE, WITHOUT_SPACE
from tracker.intake.texts import ATTRIBUTES


def fact_schemas() -> JsonObject:
    """One JSON Schema (2020-12): `oneOf` all types of fact, their `data` under `$defs`."""
    models = [(model, "validation") for model in CATALOGUE.values()]
    refs, shared = models_json_schema(models, ref_template="#/$defs/{model}")  # type: ignore[arg-type]
    by_type = {model.TYPE: refs[model, "validation"] for model in CATALOGUE.values()}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "MAPPA tracker facts, as CloudEvents 1.0",
        "oneOf": [_event(kind, ref) for kind, ref in by_type.items()],
        "$defs": shared["$defs"],
    }


def _event(kind: str, data: Any) -> JsonObject:
    return {
        "title": kind,
        "type": "object",
        "additionalProperties": False,
        "required": [
            "specversion", "id", "source", "type", "subject", "time", "recordedby", "data",
        ],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": _attribute("id"),
            "source": _attribute("source"),
            "type": {"const": kind},
            "subject": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
            "time": {"type": "string", "format": "date-time"},
            "recordedby": _attribute("recordedby"),
            "datacontenttype": {"type": "string", "pattern": f"^{MEDIA_TYPE}$"},
            "correlationid": _attribute("correlationid"),
            "causationid": _attribute("causationid"),
            "data": data,
        },
    }  # fmt: skip


def _attribute(field: str) -> JsonObject:
    space = r"\s" if field in WITHOUT_SPACE else ""
    return {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST[field],
        "pattern": rf"^[^{space}\u0000-\u001f\u007f]+$",
        "allOf": [{"pattern": ATTRIBUTES[field].pattern}],
    }
