"""The JSON Schema of every answer that a command gives as JSON: `tracker schema --answers`.

Made from the shapes in `domain.answers`; `docs/json.md` is made from this schema.
"""

from __future__ import annotations

from typing import Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from tracker.domain.answers.answer_table import ANSWERS
from tracker.domain.open_json import JsonObject

REF = "#/$defs/"
MODE: Literal["serialization"] = "serialization"


def answer_schemas() -> JsonObject:
    """JSON Schema 2020-12: `anyOf` every answer, titled by its command, its shapes under `$defs`.

    Keys may be added to an answer, so an object may have more than its schema names.
    """
    adapters = [(command, MODE, TypeAdapter(shape)) for command, shape in ANSWERS.items()]
    by_command, shared = TypeAdapter.json_schemas(adapters, ref_template=REF + "{model}")
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "MAPPA tracker answers, by command",
        "anyOf": [{"title": command, **by_command[command, MODE]} for command in ANSWERS],
        "$defs": {name: _untitled(shape) for name, shape in shared["$defs"].items()},
    }


def _untitled(shape: JsonObject) -> JsonObject:
    """Without the titles of keys: they only say each name again."""
    for key in shape["properties"].values():
        key.pop("title", None)
    return shape
