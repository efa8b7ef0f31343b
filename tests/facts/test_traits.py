"""The model of every type of fact declares its traits, and none is missing."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from tracker.domain import facts as f
from tracker.domain.facts.traits import (
    Defines,
    Mentions,
    RefersTo,
    Traits,
    ids_at,
    parts_of,
    traits_of,
)
from tracker.domain.facts.values import Personal, Ref, Text, Value

MARKS = Defines | RefersTo | Mentions
TYPES = [pytest.param(model, id=model.TYPE) for model in f.CATALOGUE.values()]
A_REF = Ref.__metadata__[0]  # type: ignore[attr-defined]


def unmarked(model: type[BaseModel]) -> Iterator[str]:
    """The fields with an id but no mark, in a model and in the values nested in it."""
    for name, field in model.model_fields.items():
        parts = list(parts_of(field))
        for part in parts:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from (f"{name}.{inner}" for inner in unmarked(part))
        an_id = name.endswith("_id") or any(_pattern(part) == _pattern(A_REF) for part in parts)
        if an_id and not any(isinstance(part, MARKS) for part in parts):
            yield name


def _pattern(part: Any) -> str | None:
    """The pattern that a text must match, alone or as a member of a union."""
    found = (_pattern(inner) for inner in getattr(part, "metadata", ()))
    return getattr(part, "pattern", None) or next((one for one in found if one), None)


class Crew(Value):
    boat: Ref


class Boat(Value):
    boat_id: Annotated[str, Field(max_length=9)]
    harbour: Ref | None = None
    owner: Annotated[Ref, Mentions("individual")] | None = None
    crew: tuple[Crew, ...] = ()


def test_what_holds_an_id_and_does_not_say_of_what_is_found() -> None:
    assert list(unmarked(Boat)) == ["boat_id", "harbour", "crew.boat"]


@pytest.mark.parametrize("model", TYPES)
def test_every_field_that_holds_an_id_says_of_what(model: type[f.Fact]) -> None:
    assert list(unmarked(model)) == []


def test_what_is_referred_to_is_defined_by_a_type() -> None:
    defined = {model.DEFINES.what for model in f.CATALOGUE.values() if model.DEFINES}
    for model in f.CATALOGUE.values():
        assert {reference.what for reference in model.REFERS_TO} <= defined, model


def test_a_fact_has_at_most_one_date_of_birth() -> None:
    """In the record of an erased person, every personal date is replaced by the stand-in."""
    from tracker.domain.facts.personal import shape_of

    assert {
        model.TYPE: shape_of(model).days for model in f.CATALOGUE.values() if shape_of(model).days
    } == {
        "uk.mappa.individual.registered": ("date_of_birth",),
        "uk.mappa.individual.amended": ("date_of_birth",),
    }


def test_marks_are_found_wherever_an_annotation_holds_them() -> None:
    class Deck(Value):
        boat: Annotated[Ref, RefersTo("boat")] | None = None

    class Whole(Value):
        one: Annotated[Ref, Defines("boat")]
        two: Annotated[Ref | None, RefersTo("harbour")] = None
        three: Personal[Annotated[Text, Mentions("lock")] | None] = None
        four: Deck | None = None
        five: Annotated[tuple[Deck, ...], Field(strict=False)] = ()

    assert traits_of(Whole) == Traits(
        ("boat", ("one",)),  # type: ignore[arg-type]
        (("harbour", ("two",)), ("boat", ("four", "boat")), ("boat", ("five", "boat"))),  # type: ignore[arg-type]
        (("lock", ("three",)),),  # type: ignore[arg-type]
    )
    whole = Whole(one="B1", four=Deck(boat="B2"), five=(Deck(boat="B3"), Deck(), Deck(boat="B4")))
    assert list(ids_at(whole, ("one",))) == ["B1"]
    assert list(ids_at(whole, ("two",))) == []
    assert list(ids_at(whole, ("four", "boat"))) == ["B2"]
    assert list(ids_at(whole, ("five", "boat"))) == ["B3", "B4"]


def test_a_fact_defines_one_thing_and_by_a_field_of_its_own() -> None:
    class Two(Value):
        one: Annotated[Ref, Defines("boat")]
        two: Annotated[Ref, Defines("harbour")]

    class Inner(Value):
        one: Annotated[Ref, Defines("boat")]

    class Outer(Value):
        inner: Inner

    for model in (Two, Outer):
        with pytest.raises(TypeError, match=rf"{model.__name__} defines more than one thing"):
            traits_of(model)


def test_what_it_bears_on_says_whether_a_fact_may_act_after_death() -> None:
    after = {model.TYPE.removeprefix(f.PREFIX) for model in f.CATALOGUE.values()
             if model.MAY_ACT_AFTER_DEATH}  # fmt: skip
    assert after >= {
        "individual.erased", "individual.restricted", "individual.restriction_lifted",
        "entry.voided", "return.frozen", "return.signed_off", "return.restated",
    }  # fmt: skip
    assert not f.OrderMade.MAY_ACT_AFTER_DEATH


def test_every_module_of_facts_is_in_the_catalogue() -> None:
    for module in pkgutil.iter_modules(f.__path__, f"{f.__name__}."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, type) and issubclass(value, f.Fact):
                assert getattr(f, name, None) is value, f"{module.name} is not in facts/__init__"
