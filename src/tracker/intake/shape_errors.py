"""Says in words what pydantic finds wrong with the data of a fact. Called by `cloudevents`."""

from __future__ import annotations

import unicodedata

from pydantic import BaseModel, ValidationError

from tracker.domain.facts.alphabet import named
from tracker.domain.facts.values import DAY_PATTERN, day_error


def first_error(model: type[BaseModel], error: ValidationError) -> tuple[str, str]:
    """The field and the reason of the first error, without the value, which may be personal."""
    first = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(["data", *(str(part)[:80] for part in first["loc"])])
    reasons = {
        "missing": "missing",
        "extra_forbidden": f"unknown field; {model.__name__} has "
        + ", ".join(sorted(model.model_fields)),
        "model_type": "not an object",
        "tuple_type": "not a list",
        "string_unicode": "not valid Unicode",
        "string_pattern_mismatch": "a character that is not allowed",
    }
    if first["type"] == "string_pattern_mismatch" and (control := _control_in(error)):
        return field, f"{named(control)} is not allowed here"
    limits = first.get("ctx", {})
    is_date = limits.get("pattern") == DAY_PATTERN or first["type"].startswith("date_")
    if is_date or {"1850-01-01", "2199-12-31"} & {str(limit) for limit in limits.values()}:
        return field, day_error(first["type"])
    return field, reasons.get(first["type"], first["msg"])


def _control_in(error: ValidationError) -> str | None:
    """The control character that a text was refused for, if it was; not the text."""
    text = error.errors(include_url=False)[0]["input"]
    return next((char for char in str(text) if unicodedata.category(char) == "Cc"), None)
