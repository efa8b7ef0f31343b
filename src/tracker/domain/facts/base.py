"""What every fact carries, and the catalogue each one enters as it is defined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

from pydantic import Field
from pydantic_core import PydanticCustomError

from tracker.domain.facts.values import Agency, Day, Override, Ref, Value

PREFIX = "uk.mappa."
CATALOGUE: dict[str, type[Fact]] = {}

Area = Annotated[str, Field(pattern=r"^[a-z][a-z-]{1,63}$")]
Level = Annotated[int, Field(ge=1, le=3)]
Category = Annotated[int, Field(ge=2, le=4)]
Agencies = Annotated[tuple[Agency, ...], Field(strict=False, max_length=100)]


def wrong(message: str) -> PydanticCustomError:
    """A refusal of a shape that no single field shows."""
    return PydanticCustomError("shape", message)


class Fact(Value):
    """What every fact carries; `TYPE` is its type on the wire and its topic in the store.

    `UPCASTS` lead the data of earlier forms to the form of today: the first from form 1 to form 2,
    and so on. Each takes and gives plain data, and is never changed once it is released.
    """

    TYPE: ClassVar[str] = ""
    UPCASTS: ClassVar[tuple[Callable[[dict[str, Any]], dict[str, Any]], ...]] = ()
    on: Day
    override: Override | None = None
    corrects: Ref | None = None

    def __init_subclass__(cls, type: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if type:
            cls.TYPE = PREFIX + type
            CATALOGUE[cls.TYPE] = cls
