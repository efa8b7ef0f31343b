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
    """The one clock of the command line."""
    return datetime.now(UTC)


def setup() -> Setup:
    """What the settings of this user say, with this machine's clock."""
    settings, master_key = configuration.settings(), secrets.secret(secrets.MASTER_KEY)
    if settings.store is not None and settings.store.startswith("postgres"):
        quiet_libraries()
    return Setup(settings, now, lambda: str(uuid.uuid4()), logger, master_key)


@contextmanager
def opened(url: str | None = None, using: Setup | None = None) -> Iterator[App]:
    """The store of the settings, or of a URL; exit status 2 for a question put wrongly."""
    with wrong_usage(), (using or setup()).opened(url) as app:
        yield app


@contextmanager
def wrong_usage(option: str = "") -> Iterator[None]:
    """Shows a question put wrongly as wrong usage, of an option where one is named."""
    try:
        yield
    except InvalidQuestion as error:
        where = f"{option}: " if option else ""
        raise typer.BadParameter(f"{where}{error}") from None
