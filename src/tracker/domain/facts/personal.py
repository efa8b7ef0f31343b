"""What is personal of a fact, apart from what is counted: split, merged again, and forgotten.

Called by the store, which seals the personal part under a key of the person's own; destroying the
key erases it. Which fields are personal is marked in the models of `facts` (`Personal`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from pydantic import BaseModel

from tracker.domain.dates import DAY, birthday
from tracker.domain.facts import CATALOGUE, Fact
from tracker.domain.facts.traits import parts_of
from tracker.domain.facts.values import EARLIEST, PERSONAL
from tracker.domain.open_json import JsonObject

# What stands for a text that was, or may have been, given of a person who has been erased.
FORGOTTEN = "<forgotten>"
# What stands for the name of a person of whom nobody may be told.
RESTRICTED = "<restricted>"
GROWN_UP = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a model in order: those that are personal, and those with such within."""

    order: tuple[str, ...]
    personal: frozenset[str]
    inner: dict[str, Shape]
    texts: tuple[str, ...]
    days: tuple[str, ...]
    required: frozenset[str]


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a model, read off its annotations."""
    fields = model.model_fields
    types = {name: {part for part in parts_of(field) if isinstance(part, type)}
             for name, field in fields.items()}  # fmt: skip
    marked = {name: types[name] for name, field in fields.items() if PERSONAL in field.metadata}
    within = {
        name: shape
        for name in fields
        if name not in marked
        for part in types[name]
        if issubclass(part, BaseModel)
        if (shape := shape_of(part)).personal or shape.inner
    }
    return Shape(
        tuple(fields), frozenset(marked), within,
        tuple(name for name, types in marked.items() if str in types),
        tuple(name for name, types in marked.items() if date in types),
        frozenset(name for name in marked if fields[name].is_required()),
    )  # fmt: skip


@cache
def _shape(topic: str) -> Shape:
    return shape_of(CATALOGUE[topic])


@cache
def _always_open() -> frozenset[str]:
    """The types in which nothing but the reason of an override is personal."""
    return frozenset(
        t for t in CATALOGUE if not _shape(t).personal and _shape(t).inner.keys() <= {"override"}
    )


@cache
def _telling(topic: str) -> frozenset[str]:
    """The fields of a type that are personal or have such within."""
    return _shape(topic).personal | _shape(topic).inner.keys()


def may_hold_personal(fact: Fact) -> bool:
    """Whether a fact need be split at all: most need not."""
    return not fact.model_fields_set.isdisjoint(_telling(fact.TYPE))


@cache
def tells_birth(topic: str) -> bool:
    """Whether facts of a type may say when the person was born: the one day that is personal."""
    return bool(_shape(topic).days)


def birth_told_by(fact: Fact) -> date | None:
    """The date of birth that a fact says, if it says one."""
    told = (getattr(fact, name) for name in _shape(fact.TYPE).days)
    return next((day for day in told if day is not None), None)


def holds_personal(fact: Fact) -> bool:
    """Whether anything of a fact is personal, as it was given."""
    data = fact.model_dump(mode="json", exclude_unset=True)
    return may_hold_personal(fact) and bool(split(fact.TYPE, data)[1])


def split(topic: str, data: JsonObject) -> tuple[JsonObject, JsonObject]:
    """The open and the personal part of a fact's data as JSON; `merge` makes the same of them."""
    if "override" not in data and topic in _always_open():
        return data, {}
    return _split(_shape(topic), data)


def _split(shape: Shape, data: JsonObject) -> tuple[JsonObject, JsonObject]:
    public, personal = {}, {}
    for name, value in data.items():
        if name in shape.personal:
            personal[name] = value
        elif value and name in shape.inner:
            public[name], within = _split_within(shape.inner[name], value)
            if any(within):
                personal[name] = within
        else:
            public[name] = value
    return public, personal


def _split_within(shape: Shape, value: Any) -> tuple[Any, Any]:
    """Of an object its two parts; of a list of objects a list of each, place by place."""
    if isinstance(value, list):
        parts = [_split(shape, one) for one in value]
        return [public for public, _ in parts], [personal for _, personal in parts]
    return _split(shape, value)


def merge(topic: str, public: JsonObject, personal: JsonObject) -> JsonObject:
    """The data that was split, in the order in which facts are stored."""
    return _merge(_shape(topic), public, personal) if personal else public


def _merge(shape: Shape, public: JsonObject, personal: JsonObject) -> JsonObject:
    merged = public | personal
    for name, inner in shape.inner.items():
        if name in personal:
            merged[name] = _merge_within(inner, public[name], personal[name])
    return _ordered(shape, merged)


def _merge_within(shape: Shape, public: Any, personal: Any) -> Any:
    if isinstance(public, list):
        return [_merge(shape, a, b) for a, b in zip(public, personal, strict=True)]
    return _merge(shape, public, personal)


def _ordered(shape: Shape, data: JsonObject) -> JsonObject:
    ordered = {name: data[name] for name in shape.order if name in data}
    # a field of a newer release stays, for the model to refuse
    return ordered if len(ordered) == len(data) else ordered | data


def forget(topic: str, public: JsonObject, stand_in: date | None) -> JsonObject:
    """Data that is still a fact, of an open part whose personal part can never be read again.

    `stand_in` is for the date of birth that the fact gave; None where it gave none.
    """
    return _forget(_shape(topic), public, stand_in)


def _forget(shape: Shape, public: JsonObject, stand_in: date | None) -> JsonObject:
    data = public | dict.fromkeys(shape.texts, FORGOTTEN)
    if stand_in is not None:
        data |= dict.fromkeys(shape.days, stand_in.isoformat())
    elif not shape.required.isdisjoint(shape.days):
        raise ValueError("a date of birth was erased, and nothing stands in for it")
    for name, inner in shape.inner.items():
        within = data.get(name)
        if isinstance(within, list):
            data[name] = [_forget(inner, one, stand_in) for one in within]
        elif within is not None:
            data[name] = _forget(inner, within, stand_in)
    return _ordered(shape, data)


def stand_in(born: date, days: Iterable[date], *ages: int) -> date:
    """A date of birth that says no more than on which of the days the person was of some ages.

    On each of them the person is under each age, or not, as by the true date of birth.
    """
    asked = [(day, age) for day in set(days) for age in ages]
    under = [(day, age) for day, age in asked if day < birthday(born, age)]
    if under:
        return max(EARLIEST, *(_born_to_reach(age, day + DAY) for day, age in under))
    grown_up = all(day >= birthday(GROWN_UP, age) for day, age in asked)
    return GROWN_UP if grown_up else EARLIEST


def _born_to_reach(age: int, day: date) -> date:
    """The day of birth with that birthday; where there is none, with the next day for birthday."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # 29 February: nobody reaches that age on it
        return date(day.year - age, 3, 1)


def without_name(fact: Fact) -> Fact:
    """A fact that no longer says who it is about, for the readers of a restricted record."""
    given = getattr(fact, "name", None)
    return fact if given is None else fact.model_copy(update={"name": RESTRICTED})
