"""The one clock and the one place that opens the store, for every command."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import typer

from tracker.cli.logs import logger, quiet_libraries
from tracker.domain.errors import InvalidQuestion
from tracker.service.app import App, Setup
from tracker.settings import configuration, secrets


def now() -> datetime:
    """The time now, in UTC: the only clock of the command line."""
    return datetime.now(UTC)


def setup() -> Setup:
    """How to open the store that this user's settings name, with this machine's clock."""
    settings, master_key = configuration.settings(), secrets.secret(secrets.MASTER_KEY)
    if settings.store is not None and settings.store.startswith("postgres"):
        quiet_libraries()
    return Setup(settings, now, lambda: str(uuid.uuid4()), logger, master_key)


@contextmanager
def opened(url: str | None = None, using: Setup | None = None, make: bool = False) -> Iterator[App]:
    """Opens the store at `url` (default: the one the settings name); see `wrong_usage`.

    A command that records passes `make`: it makes the store where there is none.
    """
    with wrong_usage(), (using or setup()).opened(url, make) as app:
        yield app


@contextmanager
def wrong_usage(option: str = "") -> Iterator[None]:
    """Turns an InvalidQuestion into wrong usage (exit status 2), naming `option` if passed."""
    try:
        yield
    except InvalidQuestion as error:
        where = f"{option}: " if option else ""
        raise typer.BadParameter(f"{where}{error}") from None
