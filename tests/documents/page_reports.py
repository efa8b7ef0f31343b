"""Reports for the tests of the page, the PDF and the charts, and what reads them back.

The figures are those of the acceptance case; movement, earlier years and own text are made up.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

from pypdf import PageObject, PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

from tracker.documents.form import form
from tracker.documents.report import Report

HERE = Path(__file__).resolve()
CHESHIRE: dict[str, Any] = json.loads(
    (HERE.parents[1] / "cli" / "data" / "cheshire-2022-23.json").read_text()
)
ANSWER: dict[str, Any] = {
    **CHESHIRE,
    "complete": True,
    "known_at": "2023-09-30T22:59:59.999999Z",
    "status": "frozen",
    "digest": "fb7ff4a371fe44e43799de9858d7309352305c73d2c8fb10dde67418fd502aa3",
    "findings": [{"subject": "CHE-000777", "code": "category_2_without_ground"}],
}
MOVEMENT: dict[str, Any] = {
    "days": {"last": "2022-03-31", "this": "2023-03-31"},
    "cells": [
        {"cell": "snapshot.level1.cat1", "last": 1, "joined": {}, "left": {}, "this": 1},
        {
            "cell": "snapshot.total.total",
            "last": 1733,
            "joined": {
                "transferred_in": 4, "became_subject": 131, "category_began": 41, "released": 24,
            },
            "left": {
                "transferred_out": 6, "died": 13, "revoked": 10, "notification_ended": 79,
                "custody": 34,
            },
            "this": 1791,
        },
    ],
    "people": [
        {"subject": "CHE-000778", "left": None, "joined": "snapshot.level1.cat1", "reason": "died"},
    ],
}  # fmt: skip
OWN_TEXT = {
    "foreword": "We thank **everybody** who took part.\n\nThe chair of the board",
    "arrangements": "# How we work\n\n- housing\n- health\n\nSee [the guidance](https://www.gov.uk/mappa).",
    "board": "| Member | Agency |\n|---|---|\n| The chair | Police |\n",
    "objectives": "1. Fewer cases late\n2. Better attendance",
}


def year(first: int, rate: int | None = 120) -> dict[str, Any]:
    """The figures of an earlier year's return."""
    total = {"cat1": first - 1000, "cat2": first - 1800, "cat3": first - 2005, "total": first}
    return {"year": f"{first}-{(first + 1) % 100:02}", "snapshot": {"total": total}, "rate": rate}


TREND = [year(first, first - 1900) for first in range(2013, 2022)]


def report(answer: Mapping[str, Any] = ANSWER, **beside: Any) -> Report:
    """The report of Cheshire for 2022-23, with what is published beside it."""
    return Report(answer, "Cheshire", form(answer["year"]), **beside)


def whole() -> Report:
    return report(movement=MOVEMENT, trend=TREND, own_text=OWN_TEXT)


def figure(path: str) -> int | None:
    """A figure of the acceptance case."""
    value: Any = CHESHIRE
    for part in path.split("."):
        value = value[part]
    assert value is None or isinstance(value, int)
    return value


def digests(folder: Path, **environment: str) -> str:
    """SHA-256 of page and PDF of the whole report, written by a process of its own."""
    code = (
        "import hashlib, locale\n"
        "try: locale.setlocale(locale.LC_ALL, '')\n"
        "except locale.Error: pass\n"
        "from documents.page_reports import whole\n"
        "from tracker.documents.report import write_report\n"
        "for suffix in ('.html', '.pdf'):\n"
        "    print(hashlib.sha256(write_report(whole(), suffix)).hexdigest())\n"
    )
    root = HERE.parents[2]
    paths = os.pathsep.join(map(str, (root / "src", root, root / "tests")))
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={"PYTHONPATH": paths, "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


# --- the page ------------------------------------------------------------------------------------


class Element(NamedTuple):
    tag: str
    attributes: dict[str, str]
    text: list[str]  # of everything within it


class Page(HTMLParser):
    """A parsed page: its elements in order, and its tables by row and column."""

    VOID = frozenset({"meta", "br", "hr", "link", "img", "input"})

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.tables: list[dict[tuple[str, str], str]] = []
        self.captions: list[str] = []
        self._open: list[Element] = []
        self._rows: list[list[str]] = []
        self.feed(page.decode())
        self.close()
        assert not self._open, f"left open: {[element.tag for element in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {key: value or "" for key, value in attrs}, [])
        self.elements.append(element)
        if tag not in self.VOID:
            self._open.append(element)
        if tag == "table":
            self._rows = []
            self.captions.append("")
        if tag == "tr":
            self._rows.append([])

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        element = self._open.pop()
        assert element.tag == tag, f"</{tag}> ends <{element.tag}>"
        if tag in ("td", "th"):
            self._rows[-1].append(said(element))
        if tag == "caption":
            self.captions[-1] = said(element)
        if tag == "table":
            (_, *columns), *rows = self._rows
            self.tables.append(
                {
                    (row[0], name): at
                    for row in rows
                    for name, at in zip(columns, row[1:], strict=True)
                }
            )

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]


def said(element: Element) -> str:
    return " ".join("".join(element.text).split())


# --- the PDF -------------------------------------------------------------------------------------


class Node(NamedTuple):
    """An element of the structure of a PDF, as a screen reader finds it."""

    tag: str
    attributes: dict[str, Any]
    text: str
    kids: list[Node]

    def all(self, *tags: str) -> Iterator[Node]:
        if self.tag in tags:
            yield self
        for kid in self.kids:
            yield from kid.all(*tags)


def structure(pdf: bytes) -> Node:
    """The document as its tags say it, each element with the text that it marks."""
    reader = PdfReader(io.BytesIO(pdf))
    texts = {}
    for page in reader.pages:
        assert page.indirect_reference is not None
        texts[page.indirect_reference.idnum] = _marked(page)
    root = reader.root_object["/StructTreeRoot"]
    assert isinstance(root, DictionaryObject)
    kids = _nodes(root["/K"], None, texts)
    return Node("Root", {}, "", [kid for kid in kids if isinstance(kid, Node)])


def _marked(page: PageObject) -> dict[int, str]:
    """The text of a page by the number that marks it."""
    found: dict[int, str] = {}
    marks: list[int | None] = []

    def before(operator: bytes, operands: Any, *_: Any) -> None:
        if operator in (b"BDC", b"BMC"):
            held = operands[1] if len(operands) > 1 else None
            marks.append(held.get("/MCID") if isinstance(held, DictionaryObject) else None)
        elif operator == b"EMC":
            marks.pop()

    def text(said: str, *_: Any) -> None:
        mark = next((mark for mark in reversed(marks) if mark is not None), None)
        if mark is not None:
            found[mark] = found.get(mark, "") + said

    page.extract_text(visitor_operand_before=before, visitor_text=text)
    return found


def _nodes(held: PdfObject, page: int | None, texts: dict[int, dict[int, str]]) -> list[Node | str]:
    if isinstance(held, IndirectObject):
        return _nodes(held.get_object(), page, texts)  # type: ignore[arg-type]
    if isinstance(held, ArrayObject):
        return [node for kid in held for node in _nodes(kid, page, texts)]
    if isinstance(held, int):
        assert page is not None
        return [texts[page].get(held, "")]
    assert isinstance(held, DictionaryObject)
    if "/Pg" in held:
        page = held.raw_get("/Pg").idnum
    if held.get("/Type") == "/MCR":
        return _nodes(held["/MCID"], page, texts)
    if "/S" not in held:
        return []
    within = _nodes(held.get("/K", ArrayObject()), page, texts)
    words = "".join(kid.text if isinstance(kid, Node) else kid for kid in within)
    kids = [kid for kid in within if isinstance(kid, Node)]
    return [Node(str(held["/S"])[1:], dict(held), " ".join(words.split()), kids)]
