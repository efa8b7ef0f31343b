"""Reads the form of a reporting year from config/returns/<year>.toml and the years it is `like`.

Called by `form`, which builds the form from it. Every error names file and key.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, StrictInt

from tracker.settings.configuration import config_dir
from tracker.settings.toml_file import ConfigurationError, Frozen, load_toml, validate

Text = Annotated[str, Field(pattern=r"\w")]
Source = Literal["seen", "inferred", "unknown"]
Kind = Literal["snapshot", "year"]


class Wording(Frozen):
    """A text of a form, and where it comes from.

    `seen`: read in a report of that year. `inferred`: taken from the forms of other years.
    `unknown`: no source is known, and the text is our choice.
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
    """A row: `cells` is the path of its figure or, in a table by category, of its figures' parent.

    A row without `cells` has no figure in the return; a footnote must say why.
    """

    label: Text | None = None
    cells: Text | None = None
    indent: Annotated[StrictInt, Field(ge=0, le=3)] = 0
    footnotes: tuple[str, ...] = ()
    source: Source | None = None


class FileTable(Frozen):
    """A table: `by` category has a column each and a total; by figure one, labelled `figure`."""

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
    """How the figures of a year are counted; only ways that the return can compute are allowed."""

    precedence: Annotated[tuple[Literal[1, 2, 3], ...], Field(min_length=3, max_length=3)]
    yearly_level2_3: Literal["highest_level"]
    orders: Literal["full_orders_made"]
    breaches: Literal["people"]
    returned_to_custody: Literal["people"]
    source: Source


class Base(Frozen):
    """The population estimate behind a year's rate; `base` is as in `config/population.toml`.

    `base` is empty if no known estimate gives the rates printed for that year.
    """

    base: str
    note: Text
    source: Source


class FormFile(Frozen):
    """The content of a year's file together with everything it takes from other years."""

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
    """The folder of the forms, with a file for each reporting year."""
    return config_dir() / "returns"


def years() -> list[str]:
    """The reporting years that have a form, in order; raises ConfigurationError if none has."""
    names = sorted(file.stem for file in folder().glob("*.toml"))
    if not names:
        raise ConfigurationError(f"{folder()}: there is no form of a year (*.toml)")
    return names


def read_form_file(year: str) -> tuple[str, FormFile]:
    """Reads the form of a year; returns the name of its file for errors, and its content.

    Raises ConfigurationError for an unknown or missing key, and for a `like` that names a year
    without a form or leads back to itself.
    """
    chain = _chain(year)
    content: dict[str, Any] = {}
    for name in reversed(chain):
        own = {k: v for k, v in load_toml(_file(name)).items() if k != "like"}
        content = _merged(_inferred(content), own)
    taken = f" (like {', '.join(chain[1:])})" if chain[1:] else ""
    where = f"{_file(year)}{taken}"
    return where, validate(FormFile, content, where)


def _file(year: str) -> Path:
    return folder() / f"{year}.toml"


def _chain(year: str) -> list[str]:
    """The year, the year it is `like`, the year that one is `like`, and so on."""
    chain, known = [year], years()
    while (like := load_toml(_file(chain[-1])).get("like")) is not None:
        if like in chain:
            circle = " is like ".join((*chain[chain.index(like) :], like))
            raise ConfigurationError(f"{_file(chain[-1])}: like: goes in a circle: {circle}")
        if like not in known:
            raise ConfigurationError(f"{_file(chain[-1])}: like: there is no form of {like!r}")
        chain.append(like)
    return chain


def _inferred(content: Any) -> Any:
    """The content of another year with each source `seen` changed to `inferred`."""
    if isinstance(content, Mapping):
        return {
            k: "inferred" if (k, v) == ("source", "seen") else _inferred(v)
            for k, v in content.items()
        }
    return [_inferred(item) for item in content] if isinstance(content, list) else content


def _merged(under: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merges `own` over `under`: tables key by key, all other values from `own` if it has them."""
    both = {
        k: _merged(under[k], v) if isinstance(v, Mapping) and isinstance(under[k], Mapping) else v
        for k, v in own.items()
        if k in under
    }
    return {**under, **own, **both}
