"""Refuses facts with characters that nobody sees, or that turn the text around them.

Called where facts come in: by `cloudevents` and `return_records`. What is stored is read as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from tracker.domain.errors import Refused
from tracker.domain.facts.alphabet import ID, TEXT, Alphabet
from tracker.domain.facts.traits import parts_of
from tracker.domain.open_json import JsonObject

ATTRIBUTES = {
    "id": ID, "source": ID, "recordedby": TEXT, "correlationid": ID, "causationid": ID,
}  # fmt: skip
# They name an entry that is stored already: one with such an id must be voided or corrected, too.
OF_STORED = {("entry",), ("entry_source",), ("corrects",)}
HALF = re.compile("[\ud800-\udfff]")
Path = tuple[str, ...]


def check_texts(event: Mapping[str, Any], model: type[BaseModel]) -> None:
    """Raises Refused, with the field, for the first text that has a character it may not have.

    `event` may still be of the wrong shape: only texts are looked at.
    """
    for field, alphabet in ATTRIBUTES.items():
        _check(field, event.get(field), alphabet)
    data = event.get("data")
    if isinstance(data, dict):
        _check_object(data, "data", (), _alphabets(model))


def _check_object(data: JsonObject, field: str, path: Path, own: Mapping[Path, Alphabet]) -> None:
    for key, value in data.items():
        _check_value(value, f"{field}.{key}", (*path, key), own)


def _check_value(value: Any, field: str, path: Path, own: Mapping[Path, Alphabet]) -> None:
    if isinstance(value, dict):
        _check_object(value, field, path, own)
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            _check_value(one, f"{field}.{number}", path, own)
    elif path in own:
        _check(field, value, own[path])


def _check(field: str, value: Any, alphabet: Alphabet) -> None:
    if isinstance(value, str) and not value.isascii():
        objection = alphabet.objection(value)
        if objection is not None and not HALF.search(value):  # the model says what is no Unicode
            raise Refused("shape", objection, field=field)


@cache
def _alphabets(model: type[BaseModel]) -> dict[Path, Alphabet]:
    """The alphabet of each text in a model and in its parts, by the path of field names."""
    return {path: one for path, one in _marked(model) if path not in OF_STORED}


def _marked(model: type[BaseModel]) -> list[tuple[Path, Alphabet]]:
    marks: list[tuple[Path, Alphabet]] = []
    for name, field in model.model_fields.items():
        for part in parts_of(field):
            if isinstance(part, Alphabet):
                marks.append(((name,), part))
            elif isinstance(part, type) and issubclass(part, BaseModel):
                marks += [((name, *path), one) for path, one in _marked(part)]
    return marks
