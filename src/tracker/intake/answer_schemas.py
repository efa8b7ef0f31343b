"""The JSON Schema of every answer that a command prints as JSON: `tracker schema --answers`.

Made from the shapes in `domain.answers`; `docs/json.md` is generated from this schema.
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
    """One JSON Schema (2020-12): `anyOf` all answers, each titled with its command.

    Later releases may add keys to an answer, so objects may have keys that are not in the schema.
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
    """Removes the titles of keys, which only repeat their names; returns the shape."""
    for key in shape["properties"].values():
        key.pop("title", None)
    return shape
