"""The small values facts are made of: days, durations, references, texts; used by `facts` alone."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from tracker.domain.law.dates import parse_term

EARLIEST, LATEST = date(1850, 1, 1), date(2199, 12, 31)


def parse_day(value: Any) -> date:
    """A civil date from ISO `YYYY-MM-DD` and nothing else; raises a pydantic error otherwise."""
    if type(value) is date:
        return value
    if type(value) is not str or len(value) != 10 or value[4] != "-" or value[7] != "-":
        raise PydanticCustomError("day", "not a date written YYYY-MM-DD")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "a date that does not exist") from None
    if not EARLIEST <= day <= LATEST:
        raise PydanticCustomError(
            "day", "a date outside 1850 to 2199 (leave a date out where there is no end)"
        )
    return day


def _duration(text: str) -> str:
    try:
        parse_term(text)
    except ValueError as error:
        raise PydanticCustomError("duration", "{why}", {"why": str(error)}) from None
    return text


_PRINTABLE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Day = Annotated[date, BeforeValidator(parse_day)]
Duration = Annotated[str, AfterValidator(_duration)]
Line = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")]
Text = Annotated[str, Field(min_length=1, max_length=10_000, pattern=_PRINTABLE)]
Ref = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
Agency = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]
Subject = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Value(BaseModel):
    """A part of a fact: frozen, exact types, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Override(Value):
    """Who insists on a fact that a rule would refuse, and why (contract, section 1)."""

    rule: Line
    reason: Text
    by: Line
