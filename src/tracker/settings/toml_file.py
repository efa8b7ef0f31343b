"""Reads and checks a TOML file; called by the configuration. Every error names file and key."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tracker.domain.errors import TrackerError


class ConfigurationError(TrackerError):
    """The configuration is missing or wrong; the message names the file and the key."""


class Frozen(BaseModel):
    """What a file says, checked: unchangeable, and without a key that nobody reads."""

    # Built at first use, and a default made only where nothing is said: a start needs few models.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


Model = TypeVar("Model", bound=Frozen)

_PLAIN = {"extra_forbidden": "unknown key", "missing": "missing"}


@cache
def parsed(file: Path) -> dict[str, Any]:
    """The content of a file; read once, shared between callers."""
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file}: {error}") from error


def validated(model: type[Model], content: Mapping[str, Any], where: str) -> Model:
    """The content as a model; an error says `where`, then the key."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [
            f"{where}: {_key(found['loc'])}{_PLAIN.get(found['type'], found['msg'])}"
            for found in error.errors(include_url=False)
        ]
        raise ConfigurationError("\n".join(lines)) from None


def entries(file: Path, table: str, model: type[Model]) -> Iterator[tuple[str, Model]]:
    """Every `[[table]]` of a file that holds nothing else, each with the place where it stands."""
    content = parsed(file)
    if strange := sorted(content.keys() - {table}):
        raise ConfigurationError(f"{file}: {strange[0]}: unknown key")
    rows = content.get(table, [])
    if not isinstance(rows, list):
        raise ConfigurationError(f"{file}: {table}: write each one as [[{table}]]")
    for number, row in enumerate(rows, 1):
        where = f"{file}: {table} #{number}"
        yield where, validated(model, row, where)


def _key(location: tuple[int | str, ...]) -> str:
    parts = [f" #{part + 1}" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).lstrip(".") + ": " if parts else ""
