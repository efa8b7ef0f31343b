"""What every command needs: the clock, the options' meaning, the store, the law, the views."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

import typer

from tracker.domain.dates import civil, end_of_day, parse_term, within
from tracker.domain.errors import TrackerError
from tracker.domain.law.tables import Law
from tracker.settings import configuration
from tracker.store.address import Options, store_url

if TYPE_CHECKING:
    from rich.console import Console

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
    url: str

    @cached_property
    def engine(self) -> Engine:
        import projections

        views = configuration.settings().views
        return projections.Engine(
            self.log, self.law, projections.all_views(), views.page, views.processes
        )

    @contextmanager
    def reading(self, known_at: datetime | None, *views: str) -> Iterator[tuple[Any, datetime]]:
        """A cursor on views that are level with the log, and the moment asked about."""
        with self.engine.reading(*views) as cursor:
            yield cursor, known_at or as_of_now(self.engine.latest())


def options() -> Options:
    """How the settings would have a store used."""
    settings = configuration.settings()
    store, keys = settings.connections, settings.keys
    return Options(
        store.lock_timeout, store.pool_size, store.pool_most, keys.sealing, keys.store,
        keys.kek_file, keys.kek_command,
    )  # fmt: skip


@contextmanager
def opened(url: str | None = None) -> Iterator[App]:
    """The store of the settings, or of a URL; what the database refuses becomes a clear error."""
    from tracker.store.opening import STORE_ERRORS, open_log

    place = store_url(url or configuration.settings().store)
    log = open_log(place, now, options())
    try:
        yield App(log, the_law(), place)
    except STORE_ERRORS as error:
        raise TrackerError(f"the store could not be used: {error}") from error
    finally:
        log.close()


def day_asked(text: str | None) -> date:
    """DATE of an option; today in Europe/London without one. Exit status 2 for anything else."""
    from tracker.domain.facts.values import parse_day

    if text is None:
        return civil(now())
    try:
        return parse_day(text)
    except Exception as error:
        raise typer.BadParameter(f"--on {text!r}: {error}") from None


def as_of_now(latest: datetime | None) -> datetime:
    """Now; or the latest entry's moment where trusted times run ahead of this clock."""
    return now() if latest is None else max(now(), latest)


def moment_asked(text: str | None) -> datetime | None:
    """T of an option: a moment with an offset, or the end of a day in Europe/London; None: now."""
    from tracker.intake.cloudevents import parse_time

    if text is None:
        return None
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


def attached(area: str, year: str) -> dict[str, Any] | None:
    """The population attached to an area's year, as it stands in the return."""
    found = configuration.population(area, year)
    return found.attached if found else None


def as_json(format_: str) -> bool:
    if format_ not in ("table", "json"):
        raise typer.BadParameter(f"--format {format_!r}: table or json")
    return format_ == "json"


def print_json(answer: Any) -> None:
    with utf8_out() as out:
        out.write(json.dumps(answer, ensure_ascii=False, indent=2).encode() + b"\n")


@contextmanager
def utf8_out() -> Iterator[BinaryIO]:
    """Standard output for other programs: UTF-8 whatever the terminal speaks.

    A reader that has seen enough (`tracker export | head`) ends it quietly.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def console() -> Console:
    """Where tables go: as wide as the terminal, or as wide as they are where there is none."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=240, soft_wrap=True)


def print_rows(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table under its title; a column that begins with `>` is set to the right."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        right = column.startswith(">")
        table.add_column(column.removeprefix(">"), justify="right" if right else "left")
    for row in rows:
        table.add_row(*row)
    out = console()
    if title:
        out.print(title, style="bold", highlight=False, markup=False)
    out.print(table)
