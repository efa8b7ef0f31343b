"""The traits of a type of fact: marks on its fields, read once when the type is defined.

The models of facts carry the marks; judging, findings and the record read them on the type itself
(`Fact.DEFINES`, `Fact.REFERS_TO`, …), so that no list of types exists anywhere else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

# What a fact is about: a person's life and management, the record kept of it, one entry of that
# record, or an annual return.
BearsOn = Literal["individual", "record", "entry", "return"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on a field. `what` is the kind of thing that the field has the id of."""

    what: str


class Defines(Mark):
    """The field is the id of a new thing: only one counting fact of an individual may use it."""


class RefersTo(Mark):
    """The field is the id of a thing that another fact of the same individual defines."""


class Mentions(Mark):
    """The field names something that does not have to be defined by a fact of the individual."""


MARKS = (Defines, RefersTo, Mentions)


class Reference(NamedTuple):
    """A field that names a thing: what kind of thing, and the path to the field within the fact."""

    what: str
    path: tuple[str, ...]

    @property
    def field(self) -> str:
        """The path as users write it, with dots."""
        return ".".join(self.path)


class Traits(NamedTuple):
    """The references in a model, by mark: what it defines, refers to and mentions."""

    defines: Reference | None
    refers_to: tuple[Reference, ...]
    mentions: tuple[Reference, ...]


def traits_of(model: type[BaseModel]) -> Traits:
    """Reads the marks on the fields of a model and of the values nested in it, in order.

    Raises TypeError where a model defines more than one thing, or defines one in a nested value.
    """
    marked = _marked(model)
    by_mark = {
        mark: tuple(Reference(one.what, path) for one, path in marked if type(one) is mark)
        for mark in MARKS
    }
    defined = by_mark[Defines]
    if len(defined) > 1 or any(len(reference.path) > 1 for reference in defined):
        raise TypeError(f"{model.__name__} defines more than one thing, or one within a part of it")
    return Traits(defined[0] if defined else None, by_mark[RefersTo], by_mark[Mentions])


@cache
def _marked(model: type[BaseModel]) -> tuple[tuple[Mark, tuple[str, ...]], ...]:
    """Each mark with the path to its field. Cached, because many facts share the same values."""
    marks: list[tuple[Mark, tuple[str, ...]]] = []
    for name, field in model.model_fields.items():
        for part in parts_of(field):
            if isinstance(part, MARKS):
                marks.append((part, (name,)))
            elif isinstance(part, type) and issubclass(part, BaseModel):
                marks += [(mark, (name, *path)) for mark, path in _marked(part)]
    return tuple(marks)


def parts_of(field: FieldInfo) -> Iterator[Any]:
    """Every class named in the annotation of a field, and every mark on it."""
    yield from field.metadata
    yield from _parts(field.annotation)


def _parts(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        annotated, *marks = get_args(annotation)
        yield from marks
        yield from _parts(annotated)
    elif inner := get_args(annotation):
        for one in inner:
            yield from _parts(one)
    else:
        yield annotation


def types_of(annotation: Any) -> Iterator[type]:
    """The types of value that a field accepts; a union or a Literal gives one type per member."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from types_of(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for one in get_args(annotation):
            yield from types_of(one)
    elif origin is Literal:
        yield from map(type, get_args(annotation))
    else:
        yield origin or annotation


def ids_at(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """The ids at the end of a path of field names: none if a part is missing, several in a list."""
    if value is None:
        return
    if not path:
        yield value
    elif type(value) is tuple:
        for one in value:
            yield from ids_at(one, path)
    else:
        yield from ids_at(getattr(value, path[0]), path[1:])
