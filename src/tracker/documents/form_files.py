"""Reads the form of a reporting year: config/returns/<year>.toml, with what it takes from another.

Called by `form`, which makes the finished form of it. Every error names file and key.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

from tracker.settings.configuration import config_dir
from tracker.settings.toml_file import ConfigurationError, Frozen, parsed, validated

Text = Annotated[str, Field(pattern=r"\w")]
Source = Literal["seen", "inferred", "unknown"]
Kind = Literal["snapshot", "year"]


class Wording(Frozen):
    """Words of a form, and whether they were seen in a report of that very year.

    `seen`: read in a source. `inferred`: follows from the forms of other years. `unknown`: no
    source says, and this is a choice.
    """

    text: Text
    source: Source


class Categories(Frozen):
    cat1: Wording
    cat2: Wording
    cat3: Wording
    total: Wording


class Levels(Frozen):
    level1: Wording
    level2: Wording
    level3: Wording
    total: Wording


class FileNote(Frozen):
    title: Text
    text: Text
    source: Source
    lettered: bool = True


class FileRow(Frozen):
    """`cells` is the path of its figure or, in a table by category, of the row they stand in.

    A row without `cells` is one for which the return has no figure; a footnote must say why.
    """

    label: Text | None = None
    cells: Text | None = None
    indent: Annotated[StrictInt, Field(ge=0, le=3)] = 0
    footnotes: tuple[str, ...] = ()
    source: Source | None = None


class FileTable(Frozen):
    """`by` says the columns: the categories and their total, or one column headed `figure`."""

    heading: Text | None = None
    title: Text
    kind: Kind
    by: Literal["category", "figure"] = "figure"
    stub: Text = "Measure"
    figure: Text = "Number"
    rows: Annotated[tuple[FileRow, ...], Field(min_length=1)]
    footnotes: tuple[str, ...] = ()
    source: Source


class Counting(Frozen):
    """The choices by which the figures of a year are counted: those that the return computes."""

    precedence: Annotated[tuple[Literal[1, 2, 3], ...], Field(min_length=3, max_length=3)]
    yearly_level2_3: Literal["highest_level"]
    orders: Literal["full_orders_made"]
    breaches: Literal["people"]
    returned_to_custody: Literal["people"]
    source: Source


class Base(Frozen):
    """The residents that the rate of a year rests on; `base` as `config/population.toml` says it.

    It is empty where no base has been found to give that year's printed rates.
    """

    base: str
    note: Text
    source: Source


class FormFile(Frozen):
    """A file with everything it takes from others."""

    title: Text
    people: Wording
    introduction: tuple[str, ...]
    tables: Annotated[tuple[str, ...], Field(min_length=1)]
    notes: Annotated[tuple[str, ...], Field(max_length=26)]
    cannot_be: tuple[str, ...] = ()
    category: Categories
    level: Levels
    table: Mapping[str, FileTable]
    note: Mapping[str, FileNote]
    counting: Counting
    population: Base
    category_4: Wording


def folder() -> Path:
    """The folder that holds a file for each reporting year."""
    return config_dir() / "returns"


def years() -> list[str]:
    """The reporting years that have a form, in order.

    Raises ConfigurationError where there is none.
    """
    found = sorted(file.stem for file in folder().glob("*.toml"))
    if not found:
        raise ConfigurationError(f"{folder()}: there is no form of a year (*.toml)")
    return found


def form_file(year: str) -> tuple[str, FormFile]:
    """The file of a year, with those it takes from, as an error names it; and what they say.

    Raises ConfigurationError for an unknown key, for one that is missing, and for a `like` that
    leads nowhere or in a circle.
    """
    chain = _chain(year)
    content: dict[str, Any] = {}
    for name in reversed(chain):
        own = {k: v for k, v in parsed(_file(name)).items() if k != "like"}
        content = _over(_inferred(content), own)
    taken = f" (like {', '.join(chain[1:])})" if chain[1:] else ""
    where = f"{_file(year)}{taken}"
    return where, validated(FormFile, content, where)


def _file(year: str) -> Path:
    return folder() / f"{year}.toml"


def _chain(year: str) -> list[str]:
    """The year, the one it is like, the one that is like, and so on."""
    chain, known = [year], years()
    while (like := parsed(_file(chain[-1])).get("like")) is not None:
        if like in chain:
            circle = " is like ".join((*chain[chain.index(like) :], like))
            raise ConfigurationError(f"{_file(chain[-1])}: like: goes in a circle: {circle}")
        if like not in known:
            raise ConfigurationError(f"{_file(chain[-1])}: like: there is no form of {like!r}")
        chain.append(like)
    return chain


def _inferred(content: Any) -> Any:
    """What was seen in another year is only inferred for this one."""
    if isinstance(content, Mapping):
        return {
            k: "inferred" if (k, v) == ("source", "seen") else _inferred(v)
            for k, v in content.items()
        }
    return [_inferred(item) for item in content] if isinstance(content, list) else content


def _over(under: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Tables key by key, everything else as `own` says it."""
    both = {
        k: _over(under[k], v) if isinstance(v, Mapping) and isinstance(under[k], Mapping) else v
        for k, v in own.items()
        if k in under
    }
    return {**under, **own, **both}
