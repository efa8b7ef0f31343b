"""Turns `field=value`, as people type it, into the data of a fact. Called for `tracker record`.

The model of the type says which fields are whole numbers, yes or no, lists or objects. A field that
the model does not have is passed on: the model refuses it.
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
    """The data of a fact of type `kind`, from items `field=value` or `field.part=value`.

    Raises ValueError where an item has another form, or two items set the same field.
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
    """Sets the value at a path of keys. Raises KeyError with the path that has a value already."""
    *parts, last = path
    for part in parts:
        data = data.setdefault(part, {})
        if not isinstance(data, dict):
            raise KeyError(part)
    if last in data:
        raise KeyError(".".join(path))
    data[last] = value


def _types_at(model: type[Fact] | None, path: Iterable[str]) -> set[type]:
    """The types of value that the field at a path accepts; empty where there is no such field."""
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
