"""Marks the first cell of each table row of a tagged PDF as the header of its row; called by `pdf`.

Typst has row headers, but its Python package cannot set them yet; without them a screen reader says
the column of a figure and not its row. Only these tags are changed.
"""

import io
from collections.abc import Iterator
from typing import TypeVar

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    PdfObject,
    TextStringObject,
)

T = TypeVar("T", bound=PdfObject)


def with_row_headers(pdf: bytes) -> bytes:
    """The PDF with row headers in every table; the same input gives the same bytes."""
    reader = PdfReader(io.BytesIO(pdf))
    writer = PdfWriter(clone_from=reader)
    writer.pdf_header = reader.pdf_header
    root = _dictionary(writer.root_object["/StructTreeRoot"])
    headers = ArrayObject()
    for number, row in enumerate(_rows(root), 1):
        headers.extend(_header(f"R{number:06}", row))
    ids = _dictionary(root["/IDTree"])
    # Sorted, as a name tree is: Typst's own ids begin with U.
    ids[NameObject("/Names")] = headers + _array(ids["/Names"])
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def _rows(element: DictionaryObject) -> Iterator[DictionaryObject]:
    """The body rows of all tables, in order."""
    for kid in _kids(element):
        if element.get("/S") == "/TBody":
            yield kid
        else:
            yield from _rows(kid)


def _kids(element: DictionaryObject) -> list[DictionaryObject]:
    """The child elements of a structure element, without references to page content."""
    content = element.get("/K", ArrayObject()).get_object()
    items = content if isinstance(content, ArrayObject) else [content]
    kids = (kid.get_object() for kid in items)
    return [kid for kid in kids if isinstance(kid, DictionaryObject) and "/S" in kid]


def _header(id: str, row: DictionaryObject) -> list[PdfObject]:
    """Makes the row's first cell a header with this id, and refers the other cells to it.

    Returns the id and a reference to the header, for the name tree of ids.
    """
    first, *others = _kids(row)
    first[NameObject("/S")] = NameObject("/TH")
    first[NameObject("/ID")] = TextStringObject(id)
    _attributes(first)[NameObject("/Scope")] = NameObject("/Row")
    for cell in others:
        _array(_attributes(cell)["/Headers"]).append(TextStringObject(id))
    assert first.indirect_reference is not None, "an element of the structure has a number"
    return [TextStringObject(id), first.indirect_reference]


def _attributes(cell: DictionaryObject) -> DictionaryObject:
    """The attributes of a cell whose owner is `Table`."""
    every = map(_dictionary, _array(cell["/A"]))
    return next(attributes for attributes in every if attributes.get("/O") == "/Table")


def _dictionary(item: PdfObject) -> DictionaryObject:
    return _resolve(item, DictionaryObject)


def _array(item: PdfObject) -> ArrayObject:
    return _resolve(item, ArrayObject)


def _resolve(item: PdfObject, kind: type[T]) -> T:
    """The object itself, or the one it refers to; raises TypeError if it is not of this kind."""
    value = item.get_object()
    if not isinstance(value, kind):
        raise TypeError(f"a {kind.__name__} was expected in the PDF, not {type(value).__name__}")
    return value
