"""Loads and validates a TOML file; called by the configuration. Every error names file and key."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tracker.domain.errors import TrackerError
from tracker.settings.text_encoding import other_encoding


class ConfigurationError(TrackerError):
    """The configuration is missing or wrong; the message names the file and the key."""


class Frozen(BaseModel):
    """Base of the models of configuration files: immutable, and unknown keys are refused."""

    # Built at first use, and a default made only where nothing is said: a start needs few models.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


Model = TypeVar("Model", bound=Frozen)

_MESSAGES = {"extra_forbidden": "unknown key", "missing": "missing"}


@cache
def load_toml(file: Path) -> dict[str, Any]:
    """The content of a TOML file; cached and shared, so callers must not change it.

    Raises ConfigurationError if the file is missing, unreadable or not TOML.
    """
    try:
        with file.open("rb") as stream:
            if other := other_encoding(stream.read(4)):
                raise ConfigurationError(f"{file}: {other}")
            stream.seek(0)
            return tomllib.load(stream)
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file") from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file}: {error}") from error


def validate(model: type[Model], content: Mapping[str, Any], where: str) -> Model:
    """The content as a model; raises ConfigurationError, which begins with `where` and the key."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [
            f"{where}: {_key(fault['loc'])}{_MESSAGES.get(fault['type'], fault['msg'])}"
            for fault in error.errors(include_url=False)
        ]
        raise ConfigurationError("\n".join(lines)) from None


def load_entries(file: Path, table: str, model: type[Model]) -> Iterator[tuple[str, Model]]:
    """Every `[[table]]` of a file with only such tables, each after its place for errors.

    Raises ConfigurationError for another key, and for content that is not valid for the model.
    """
    content = load_toml(file)
    if strange := sorted(content.keys() - {table}):
        raise ConfigurationError(f"{file}: {strange[0]}: unknown key")
    rows = content.get(table, [])
    if not isinstance(rows, list):
        raise ConfigurationError(f"{file}: {table}: write each one as [[{table}]]")
    for number, row in enumerate(rows, 1):
        where = f"{file}: {table} #{number}"
        yield where, validate(model, row, where)


def _key(location: tuple[int | str, ...]) -> str:
    parts = [f" #{part + 1}" if isinstance(part, int) else f".{part}" for part in location]
    return "".join(parts).lstrip(".") + ": " if parts else ""
