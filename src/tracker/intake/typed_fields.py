"""The data of a fact from `field=value` as people type it, each value as its field needs it.

Called by `tracker record`. Which fields are whole numbers, yes or no, lists or objects is read off
the model of the type; a field that the model has not is left for it to refuse.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from tracker.domain.facts import CATALOGUE, PREFIX, Fact
from tracker.domain.facts.traits import types_of
from tracker.domain.open_json import JsonObject

STRUCTURED = ("{", "[")


def typed_data(kind: str, items: Iterable[str]) -> JsonObject:
    """The data of a fact of a type, its fields typed as `field=value` or `field.part=value`.

    Raises ValueError where an item is not one, or a field is given twice.
    """
    model = CATALOGUE.get(PREFIX + kind.removeprefix(PREFIX))
    data: JsonObject = {}
    for item in items:
        key, equals, text = item.partition("=")
        if not equals or not key:
            raise ValueError(f"{item!r}: write field=value")
        path = key.split(".")
        try:
            _put(data, path, _value(_types_at(model, path), text))
        except json.JSONDecodeError:
            raise ValueError(f"{key}: not JSON: {text}") from None
        except KeyError as twice:
            raise ValueError(f"{item!r}: {twice.args[0]} is given twice") from None
    return data


def _put(data: JsonObject, path: list[str], value: Any) -> None:
    """Puts a value at the end of a path; raises KeyError with what stands in its way."""
    *parts, last = path
    for part in parts:
        data = data.setdefault(part, {})
        if not isinstance(data, dict):
            raise KeyError(part)
    if last in data:
        raise KeyError(".".join(path))
    data[last] = value


def _types_at(model: type[Fact] | None, path: Iterable[str]) -> set[type]:
    """The types of value that the field at the end of a path takes; none where it is not known."""
    types: set[type] = set() if model is None else {model}
    for name in path:
        fields = (part.model_fields for part in types if issubclass(part, BaseModel))
        types = {kind for own in fields if name in own for kind in types_of(own[name].annotation)}
    return types


def _value(types: set[type], text: str) -> Any:
    if text in ("true", "false") and (bool in types or not types):
        return text == "true"
    if int in types and text.isdecimal():
        return int(text)
    structured = any(kind is tuple or issubclass(kind, BaseModel) for kind in types)
    if text.startswith(STRUCTURED) and (structured or not types):
        return json.loads(text)
    return text
