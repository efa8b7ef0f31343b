"""The values that facts consist of: days, durations, references, texts.

Used by `facts`; `parse_day` and `day_error` also wherever dates that people type are parsed.
"""

from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, core_schema

from tracker.domain.dates import parse_term
from tracker.domain.facts.alphabet import ID, NUMBER, TEXT

DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
EARLIEST, LATEST = date(1850, 1, 1), date(2199, 12, 31)


class _IsoDay:
    """ISO `YYYY-MM-DD` and nothing else, checked without a call back into Python."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> core_schema.CoreSchema:
        return core_schema.chain_schema(
            [
                core_schema.str_schema(pattern=DAY_PATTERN, strict=True),
                core_schema.date_schema(strict=False, ge=EARLIEST, le=LATEST),
            ],
            serialization=core_schema.to_string_ser_schema(when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


def _duration(text: str) -> str:
    try:
        parse_term(text)
    except ValueError as error:
        raise PydanticCustomError("duration", "{why}", {"why": str(error)}) from None
    return text


_PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"

Day = Annotated[date, _IsoDay]
_day = TypeAdapter(Day, config=ConfigDict(defer_build=True))
Duration = Annotated[str, AfterValidator(_duration)]
# The patterns hold for stored facts as well; the marks say what is let in (`alphabet`).
Line = Annotated[str, Field(min_length=1, max_length=256, pattern=_ONE_LINE), TEXT]
Text = Annotated[str, Field(min_length=1, max_length=10_000, pattern=_PRINTABLE), TEXT]
Ref = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\s\x00-\x1f\x7f]+$"), ID]
# A number that another system gave the person.
Number = Annotated[str, Field(min_length=1, max_length=256, pattern=_ONE_LINE), NUMBER]
Agency = Annotated[str, Field(min_length=1, max_length=40, pattern=_ONE_LINE), TEXT]
Subject = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
EntryName = Annotated[
    str, Field(max_length=385, pattern=r"^[^\s\x00-\x1f\x7f]+ [^\s\x00-\x1f\x7f]+$")
]


class _Mark:
    """A mark that pydantic ignores: it validates and dumps a marked field like any other."""


PERSONAL = _Mark()
_T = TypeVar("_T")
# Marks what identifies a person, and free text about them: encrypted in the store (`personal`).
Personal = Annotated[_T, PERSONAL]


class Value(BaseModel):
    """The base of facts and of the values in them: frozen, exact types, no unknown field."""

    # Built at first use: a command that reads a view never needs most of the catalogue. Modules of
    # models do not postpone annotations: evaluating them from text doubles the import time.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class Override(Value):
    """Who records a fact although a rule refuses it, and why (contract, section 1)."""

    rule: Line
    reason: Personal[Text]
    by: Line


def parse_day(text: str) -> date:
    """Parses a date written `YYYY-MM-DD`, from 1850 to 2199. Raises ValueError with the reason."""
    try:
        return _day.validate_python(text)
    except ValidationError as error:
        raise ValueError(day_error(error.errors()[0]["type"])) from None


def day_error(kind: str) -> str:
    """A sentence on what is wrong with a date; `kind` is the type of pydantic's error."""
    if kind.startswith("date_"):
        return "a date that does not exist"
    if kind in ("less_than_equal", "greater_than_equal"):
        return "a date outside 1850 to 2199 (leave a date out where there is no end)"
    return "not a date written YYYY-MM-DD"
