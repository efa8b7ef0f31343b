"""Marks the first cell of each table row of a tagged PDF as the header of its row; called by `pdf`.

Typst has row headers, but not yet where Python calls it: a screen reader would say the column of a
figure and not its row. Nothing but these tags is changed.
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
    """The same PDF with row headers in every table; the same bytes for the same."""
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
    """The rows below the headings of all tables, in order."""
    for kid in _kids(element):
        if element.get("/S") == "/TBody":
            yield kid
        else:
            yield from _rows(kid)


def _kids(element: DictionaryObject) -> list[DictionaryObject]:
    """The elements within an element; what they mark on the page left out."""
    held = element.get("/K", ArrayObject()).get_object()
    found = held if isinstance(held, ArrayObject) else [held]
    kids = (kid.get_object() for kid in found)
    return [kid for kid in kids if isinstance(kid, DictionaryObject) and "/S" in kid]


def _header(id: str, row: DictionaryObject) -> list[PdfObject]:
    """Makes the first cell a header with that id and the others cells under it; id and header."""
    first, *others = _kids(row)
    first[NameObject("/S")] = NameObject("/TH")
    first[NameObject("/ID")] = TextStringObject(id)
    _attributes(first)[NameObject("/Scope")] = NameObject("/Row")
    for cell in others:
        _array(_attributes(cell)["/Headers"]).append(TextStringObject(id))
    assert first.indirect_reference is not None, "an element of the structure has a number"
    return [TextStringObject(id), first.indirect_reference]


def _attributes(cell: DictionaryObject) -> DictionaryObject:
    """Those that say what a cell is in its table."""
    held = map(_dictionary, _array(cell["/A"]))
    return next(attributes for attributes in held if attributes.get("/O") == "/Table")


def _dictionary(found: PdfObject) -> DictionaryObject:
    return _as(found, DictionaryObject)


def _array(found: PdfObject) -> ArrayObject:
    return _as(found, ArrayObject)


def _as(found: PdfObject, kind: type[T]) -> T:
    """What a PDF object, or a reference to one, is; TypeError where that is of another kind."""
    value = found.get_object()
    if not isinstance(value, kind):
        raise TypeError(f"a {kind.__name__} was expected in the PDF, not {type(value).__name__}")
    return value
