"""The base class of facts, and the catalogue, which every type joins when it is defined.

Used by the modules of `facts`; `CATALOGUE` maps a wire type to its model.
"""

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


def shape_error(message: str) -> PydanticCustomError:
    """The error to raise where fields are valid one by one but not together."""
    return PydanticCustomError("shape", message)


class Fact(Value):
    """The base of every fact. `TYPE` is its type on the wire and its topic in the store.

    `UPCASTS` bring data written by earlier releases to today's form: the first function from form 1
    to form 2, and so on. Each takes and returns plain data, and never changes once released.

    The traits of a type are declared on its class and nowhere else (`traits`). Marks on its fields
    say what they define, refer to and mention. `bears_on` and `may_act_after_death` are arguments
    of the class. A fact that does not bear on the individual's own life may take effect after
    death, unless its class says otherwise.
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
        """Reads the traits and joins the catalogue. Pydantic calls it once the fields are known."""
        super().__pydantic_init_subclass__()
        cls.DEFINES, cls.REFERS_TO, cls.MENTIONS = traits_of(cls)
        if type:
            CATALOGUE[cls.TYPE] = cls


def unknown_reference(
    fact: Fact, known: Container[tuple[str, str]]
) -> tuple[Reference, str] | None:
    """The first reference of a fact that is not in `known`, with its id; None if all are known.

    `known` has (kind of thing, id) pairs.
    """
    for reference in fact.REFERS_TO:
        what, path = reference
        if len(path) == 1:  # the usual case, kept fast: no generator
            ref = getattr(fact, path[0])
            if ref is not None and (what, ref) not in known:
                return reference, ref
        else:
            for ref in ids_at(fact, path):
                if (what, ref) not in known:
                    return reference, ref
    return None
