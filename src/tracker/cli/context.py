"""What every command needs: the clock, the options' meaning, the store, the law, the views."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from tracker import configuration
from tracker.domain.errors import TrackerError
from tracker.domain.law.dates import civil, end_of_day, parse_term, within
from tracker.domain.law.tables import Law

if TYPE_CHECKING:
    from projections import Engine
    from tracker.store.log import Log


def now() -> datetime:
    """The one clock of the command line."""
    return datetime.now(UTC)


def the_law() -> Law:
    """The law of the configured tables, areas and counting setting."""
    settings = configuration.settings()
    return Law(configuration.law_files(), frozenset(configuration.areas()), settings.category_4)


@dataclass
class App:
    """An open store with the law; the views are brought level when first asked for."""

    log: Log
    law: Law

    @cached_property
    def engine(self) -> Engine:
        import projections

        return projections.Engine(self.log, self.law, projections.all_views())

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A cursor on views that are level with the log."""
        self.engine.catch_up()
        with self.log.datastore.transaction(commit=False) as cursor:
            yield cursor


@contextmanager
def opened(url: str | None = None) -> Iterator[App]:
    """The store of the settings, or of a URL; what the database refuses becomes a clear error."""
    from tracker.store.log import STORE_ERRORS, open_log
    from tracker.store.settings import store_url

    log = open_log(store_url(url or configuration.settings().store), now)
    try:
        yield App(log, the_law())
    except STORE_ERRORS as error:
        raise TrackerError(f"the store could not be used: {error}") from error
    finally:
        log.close()


def day_asked(text: str | None) -> date:
    """DATE of an option; today in Europe/London without one. Exit status 2 for anything else."""
    from tracker.domain.values import parse_day

    if text is None:
        return civil(now())
    try:
        return parse_day(text)
    except Exception as error:
        raise typer.BadParameter(f"--on {text!r}: {error}") from None


def moment_asked(text: str | None) -> datetime:
    """T of an option: a moment with an offset, or the end of a day in Europe/London; else now."""
    from tracker.intake.cloudevents import parse_time

    if text is None:
        return now()
    try:
        return parse_time(text) if "T" in text.upper() else end_of_day(day_asked(text))
    except (TrackerError, typer.BadParameter):
        raise typer.BadParameter(
            f"--known-at {text!r}: write 2023-03-31 or 2023-03-31T23:59:59+01:00"
        ) from None


def look_ahead(on: date, text: str) -> date:
    """The last day of `--within`."""
    try:
        return within(on, parse_term(text))
    except ValueError as error:
        raise typer.BadParameter(f"--within {text!r}: {error}") from None


def area_asked(text: str | None) -> str | None:
    if text is not None and text not in configuration.areas():
        raise typer.BadParameter(
            f"there is no area {text!r}; areas: {', '.join(sorted(configuration.areas()))}"
        )
    return text


def as_json(format_: str) -> bool:
    if format_ not in ("table", "json"):
        raise typer.BadParameter(f"--format {format_!r}: table or json")
    return format_ == "json"


def print_json(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")
