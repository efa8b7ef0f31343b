"""What the reliability tests share: stores by the dozen, and processes that may be killed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from postgres import postgres_server
from reliability.nursery import Nursery
from reliability.stores import KINDS, Stores

__all__ = ["postgres_server"]
MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where processes are started."""
    if not hasattr(os, "fork"):
        pytest.skip("the processes to be killed are forked, and killed by signal")
    opened = Nursery(tmp_path_factory.mktemp("nursery"))
    yield opened
    opened.close()


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder without a disk to wait for, where the system has one."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    folder = Path(tempfile.mkdtemp(prefix="tracker-", dir=MEMORY))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _stores(request: pytest.FixtureRequest, folder: Path) -> Iterator[Stores]:
    if request.param != "sqlite":
        request.getfixturevalue("postgres_server")
    made = Stores(request.param, folder)
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def stores(request: pytest.FixtureRequest, memory: Path) -> Iterator[Stores]:
    """Empty stores of one kind of database: `stores()` is the URL of the next."""
    yield from _stores(request, memory)


@pytest.fixture(params=KINDS)
def stores_on_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    """The same, for those who want the time that a disk takes."""
    yield from _stores(request, tmp_path)


@pytest.fixture
def url(stores: Stores) -> str:
    """The URL of an empty store."""
    return stores()
