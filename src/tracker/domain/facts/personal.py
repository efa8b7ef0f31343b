"""Splits a fact into an open part and a personal part, and merges them again.

Called by the store, which encrypts the personal part under a key of each person; destroying the
key erases it. The models of `facts` mark the personal fields (`Personal`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from pydantic import BaseModel

from tracker.domain.dates import DAY, birthday
from tracker.domain.facts import CATALOGUE, Fact
from tracker.domain.facts.traits import parts_of
from tracker.domain.facts.values import EARLIEST, PERSONAL
from tracker.domain.open_json import JsonObject

# Replaces every personal text of a person who has been erased, whether or not there was one.
FORGOTTEN = "<forgotten>"
# Replaces the name of a person whose record is restricted.
RESTRICTED = "<restricted>"
# The stand-in for the date of birth of a person who was never under any age that counts.
BORN_LONG_AGO = date(1900, 1, 1)


class Shape(NamedTuple):
    """The fields of a model, in order.

    `personal` are the personal fields; of these, `texts` are texts and `days` are dates, and
    `required` must be present. `inner` are the other fields that have personal fields within.
    """

    order: tuple[str, ...]
    personal: frozenset[str]
    inner: dict[str, Shape]
    texts: tuple[str, ...]
    days: tuple[str, ...]
    required: frozenset[str]


@cache
def shape_of(model: type[BaseModel]) -> Shape:
    """The shape of a model, read from its annotations."""
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
    """The types of fact where only the reason of an override is personal."""
    return frozenset(
        t for t in CATALOGUE if not _shape(t).personal and _shape(t).inner.keys() <= {"override"}
    )


@cache
def _personal_fields(topic: str) -> frozenset[str]:
    """The fields of a type that are personal or have personal fields within."""
    return _shape(topic).personal | _shape(topic).inner.keys()


def may_have_personal(fact: Fact) -> bool:
    """Quick check before `split`: False if a fact has no personal data, True if it may have."""
    return not fact.model_fields_set.isdisjoint(_personal_fields(fact.TYPE))


@cache
def has_birth_date(topic: str) -> bool:
    """Whether a type of fact has a date of birth, the only date that is personal."""
    return bool(_shape(topic).days)


def birth_date_in(fact: Fact) -> date | None:
    """The date of birth in a fact, None if it has none."""
    days = (getattr(fact, name) for name in _shape(fact.TYPE).days)
    return next((day for day in days if day is not None), None)


def has_personal(fact: Fact) -> bool:
    """Whether a fact has any personal data."""
    data = fact.model_dump(mode="json", exclude_unset=True)
    return may_have_personal(fact) and bool(split(fact.TYPE, data)[1])


def split(topic: str, data: JsonObject) -> tuple[JsonObject, JsonObject]:
    """Splits the JSON data of a fact into (open, personal). `merge` reverses it."""
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
    """Splits an object in two; splits a list of objects into two lists of equal length."""
    if isinstance(value, list):
        parts = [_split(shape, one) for one in value]
        return [public for public, _ in parts], [personal for _, personal in parts]
    return _split(shape, value)


def merge(topic: str, public: JsonObject, personal: JsonObject) -> JsonObject:
    """The data that was split, its fields in the order of the model."""
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
    # a field that the model does not have stays: the model refuses it
    return ordered if len(ordered) == len(data) else ordered | data


def forget(topic: str, public: JsonObject, stand_in: date | None) -> JsonObject:
    """The data of a fact whose personal part is erased, with placeholders so that it validates.

    `stand_in` replaces the date of birth, if the fact had one. Raises ValueError where the model
    requires a date of birth and `stand_in` is None.
    """
    return _forget(_shape(topic), public, stand_in)


def _forget(shape: Shape, public: JsonObject, stand_in: date | None) -> JsonObject:
    data = public | dict.fromkeys(shape.texts, FORGOTTEN)
    if stand_in is not None:
        data |= dict.fromkeys(shape.days, stand_in.isoformat())
    elif not shape.required.isdisjoint(shape.days):
        raise ValueError("a date of birth was erased, and there is no stand-in for it")
    for name, inner in shape.inner.items():
        within = data.get(name)
        if isinstance(within, list):
            data[name] = [_forget(inner, one, stand_in) for one in within]
        elif within is not None:
            data[name] = _forget(inner, within, stand_in)
    return _ordered(shape, data)


def stand_in(born: date, days: Iterable[date], *ages: int) -> date:
    """A false date of birth that gives the same answers as the true one, and nothing more.

    For each of `days` and each of `ages` (in years), the person is under that age on that day by
    the stand-in exactly if they are by `born`.
    """
    pairs = [(day, age) for day in set(days) for age in ages]
    under = [(day, age) for day, age in pairs if day < birthday(born, age)]
    if under:
        return max(EARLIEST, *(_born_to_reach(age, day + DAY) for day, age in under))
    never_under = all(day >= birthday(BORN_LONG_AGO, age) for day, age in pairs)
    return BORN_LONG_AGO if never_under else EARLIEST


def _born_to_reach(age: int, day: date) -> date:
    """The date of birth of a person who reaches `age` on `day`, or a day later if nobody can."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # 29 February: nobody reaches that age on it
        return date(day.year - age, 3, 1)


def without_name(fact: Fact) -> Fact:
    """A copy of a fact with the name replaced, for readers of a restricted record."""
    name = getattr(fact, "name", None)
    return fact if name is None else fact.model_copy(update={"name": RESTRICTED})
