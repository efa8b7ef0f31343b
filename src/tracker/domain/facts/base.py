"""What every fact carries, and the catalogue each one enters as it is defined."""

from collections.abc import Callable, Container
from typing import Annotated, Any, ClassVar

from pydantic import Field
from pydantic_core import PydanticCustomError

from tracker.domain.facts.traits import BearsOn, Mentions, Reference, ids_at, traits_of
from tracker.domain.facts.values import Agency, Day, Override, Ref, Value
from tracker.domain.open_json import JsonObject

PREFIX = "uk.mappa."
CATALOGUE: dict[str, "type[Fact]"] = {}

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

    The traits of a type are said on it, and nowhere else (`traits`): what its fields define, refer
    to and mention by marks on them; what it bears on and whether it may act after death as it is
    defined. What does not bear on the individual's own life may act after death unless it says
    otherwise.
    """

    TYPE: ClassVar[str] = ""
    UPCASTS: ClassVar[tuple[Callable[[JsonObject], JsonObject], ...]] = ()
    DEFINES: ClassVar[Reference | None] = None
    REFERS_TO: ClassVar[tuple[Reference, ...]] = ()
    MENTIONS: ClassVar[tuple[Reference, ...]] = ()
    BEARS_ON: ClassVar[BearsOn] = "individual"
    MAY_ACT_AFTER_DEATH: ClassVar[bool] = False
    on: Day
    override: Override | None = None
    corrects: Annotated[Ref, Mentions("entry")] | None = None

    def __init_subclass__(
        cls,
        type: str = "",
        bears_on: BearsOn = "individual",
        may_act_after_death: bool | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if type:
            cls.TYPE, cls.BEARS_ON = PREFIX + type, bears_on
            cls.MAY_ACT_AFTER_DEATH = (
                bears_on != "individual" if may_act_after_death is None else may_act_after_death
            )

    @classmethod
    def __pydantic_init_subclass__(cls, type: str = "", **kwargs: Any) -> None:
        """Called by pydantic once the fields of a type are known."""
        super().__pydantic_init_subclass__()
        cls.DEFINES, cls.REFERS_TO, cls.MENTIONS = traits_of(cls)
        if type:
            CATALOGUE[cls.TYPE] = cls


def unknown_reference(
    fact: Fact, known: Container[tuple[str, str]]
) -> tuple[Reference, str] | None:
    """The first thing that a fact refers to and that is not among the known, with its id."""
    for reference in fact.REFERS_TO:
        what, path = reference
        if len(path) == 1:  # mostly so, and judging is on the path of every fact: no generator
            ref = getattr(fact, path[0])
            if ref is not None and (what, ref) not in known:
                return reference, ref
        else:
            for ref in ids_at(fact, path):
                if (what, ref) not in known:
                    return reference, ref
    return None
