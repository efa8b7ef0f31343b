"""The report that the tests of documents are about: the published one of Cheshire for 2022-23."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tracker.documents.form import form
from tracker.documents.report import Report
from tracker.settings import configuration

FIGURES = Path(__file__).parents[1] / "cli" / "data" / "cheshire-2022-23.json"
FRAME = {
    "complete": True,
    "known_at": "2023-09-30T22:59:59.999999Z",
    "status": "draft",
    "digest": "fb7ff4a371fe44e43799de9858d7309352305c73d2c8fb10dde67418fd502aa3",
    "findings": [],
}
Of = Callable[[str], Report]


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    """Every test reads the configuration again: some tests have their own."""
    configuration.clear_cache()
    yield
    configuration.clear_cache()


@pytest.fixture
def answer() -> dict[str, Any]:
    """The return of Cheshire for 2022-23 as `--format json` gives it."""
    return {**json.loads(FIGURES.read_text()), **FRAME}


@pytest.fixture
def report(answer: dict[str, Any]) -> Report:
    return Report(answer, "Cheshire", form("2022-23"))


@pytest.fixture
def of(report: Report) -> Of:
    """The same figures in the form of another year."""

    def made(year: str) -> Report:
        start = int(year[:4])
        period = {"period_start": f"{start}-04-01", "period_end": f"{start + 1}-03-31"}
        answer = {**report.answer, "year": year, **period}
        return dataclasses.replace(report, answer=answer, form=form(year))

    return made
