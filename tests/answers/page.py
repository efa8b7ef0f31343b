"""Writes `docs/json.md` from the shapes of the answers: `./run answers`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tracker.domain.answers.finding_names import OF_A_PERSON, OF_A_RETURN
from tracker.intake.answer_schemas import REF, answer_schemas

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "json.md"
Shape = Mapping[str, Any]

INTRODUCTION = """# What comes out as JSON

Made from the shapes in `src/tracker/domain/answers/` by `./run answers`; a test fails when it is
not up to date. `tracker schema --answers` prints the same as a JSON Schema.

Every read command takes `--format json`. Dates are ISO `YYYY-MM-DD` or null (no end); moments are
UTC with `Z`. Entries are named `source id`. Keys may be added, never changed or taken away. A key
followed by `?` is left out where there is nothing to say."""

FORMATS = {"date": "date", "date-time": "moment"}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _table(head: tuple[str, ...], rows: Iterable[Iterable[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows), ""]


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _kind(value: Shape) -> str:
    """What a value is, in a word or a link to its shape."""
    if "$ref" in value:
        return _link(value["$ref"].removeprefix(REF))
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_kind(one) for one in value["anyOf"]))
    if value["type"] == "array":
        return f"list of {_kind(value['items'])}"
    if value["type"] == "object":
        return f"object of {_kind(value['additionalProperties'])} by name"
    return FORMATS.get(value.get("format", ""), str(value["type"]))


def _parts(value: Shape) -> list[Shape]:
    """Each alternative of a value, or the items of a list."""
    return [*value.get("anyOf", ()), *([value["items"]] if "items" in value else [])]


def _described(value: Shape) -> Iterator[str]:
    """The description of a value, or else those of its alternatives."""
    if "description" in value:
        yield value["description"]
    else:
        for one in _parts(value):
            yield from _described(one)


def _words(value: Shape) -> Iterator[str]:
    """The only values that a key may have, as code."""
    yield from (f"`{'null' if one is None else one}`" for one in value.get("enum", ()))
    for one in _parts(value):
        yield from _words(one)


def _says(value: Shape) -> str:
    """The meaning of a value and the words it may be, in one cell of a table."""
    said = "; ".join(_described(value))
    words = ", ".join(word for word in dict.fromkeys(_words(value)) if word not in said)
    return ": ".join(filter(None, (said, words)))


def _shape(shape: Shape) -> list[str]:
    """The sentences about a shape, then its keys."""
    required = shape["required"]
    keys = (
        (f"`{key}`{'' if key in required else '?'}", _kind(value), _says(value))
        for key, value in shape["properties"].items()
    )
    return [shape["description"], "", *_table(("key", "value", "what it is"), keys)]


def _findings() -> list[str]:
    head = ("finding", "what it says")
    return [
        "## The findings", "", "Of a person, listed by `show` on the days on which they hold:", "",
        *_table(head, ((f"`{name}`", says) for name, says in OF_A_PERSON.items())),
        "Of a return those of the people whom the area manages on its last day, and", "",
        *_table(head, ((f"`{name}`", says) for name, says in OF_A_RETURN.items())),
    ]  # fmt: skip


def page() -> str:
    """The text that `docs/json.md` should have."""
    schema = answer_schemas()
    shapes = schema["$defs"]
    answers = {one["title"]: one for one in schema["anyOf"]}
    lines = [INTRODUCTION, ""]
    lines += _table(
        ("command", "answer"), ((f"`{name}`", _kind(one)) for name, one in answers.items())
    )
    own = list(dict.fromkeys(one["$ref"] for one in answers.values() if "$ref" in one))
    first = [reference.removeprefix(REF) for reference in own]
    for title, names in (
        ("The answers", first),
        ("What they are made of", sorted(set(shapes) - set(first))),
    ):
        lines += [f"## {title}", ""]
        for name in names:
            lines += [f"### {name}", "", *_shape(shapes[name])]
    return "\n".join([*lines, *_findings()]).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}")
