"""The packages shipped: pinned as pyproject.toml requires, under licences that allow it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


@pytest.fixture
def supply_chain(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / ".ci"))
    import supply_chain

    yield supply_chain
    del sys.modules["supply_chain"]


@pytest.mark.parametrize(
    ("licence", "allowed"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-only", False),
        ("AGPL-3.0-or-later", False),
        ("MIT OR GPL-2.0-only", True),
        ("MIT AND GPL-2.0-only", False),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("License :: OSI Approved :: BSD License", True),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", False),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", True),
    ],
)
def test_of_the_gnu_licences_the_lesser_alone_is_allowed(
    supply_chain: Any, licence: str, allowed: bool
) -> None:
    assert supply_chain.allowed(licence) is allowed


def test_every_requirement_is_pinned(supply_chain: Any) -> None:
    pins = supply_chain.locked()
    assert supply_chain.unanswered(pins) == []
    assert {str(pin.specifier)[:2] for pin in pins.values()} == {"=="}


def test_a_pin_that_is_missing_or_too_old_is_said(supply_chain: Any) -> None:
    pins = supply_chain.locked()
    del pins["rich"]
    pins["typer"] = Requirement("typer==0.1")
    missing, old = sorted(supply_chain.unanswered(pins))
    assert missing.startswith("rich>=13.7: pinned is nothing")
    assert old.startswith("typer>=0.15: pinned is 0.1")


def test_a_package_of_no_or_a_wrong_licence_is_said(supply_chain: Any) -> None:
    wrong = {"license": {"id": "GPL-3.0-only"}}
    bill = {"components": [{"name": "One", "licenses": [wrong]}, {"name": "two"}]}
    pins = {name: Requirement(f"{name}==1") for name in ("one", "two", "three")}
    said = supply_chain.not_allowed(bill, pins)
    assert [line.split(":")[0] for line in said] == ["One", "three", "two"]


def test_every_pin_has_hashes(supply_chain: Any) -> None:
    text = supply_chain.LOCK.read_text().replace("\\\n", " ")
    assert all("--hash=sha256:" in line for line in text.splitlines())
