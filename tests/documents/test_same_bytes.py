"""The same report gives the same bytes, whatever the machine's zone, language and hash seed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracker.documents.report import Report, write_report

WRITE = """
import hashlib, json, sys
from tracker.documents.form import form
from tracker.documents.report import Report, write_report
answer = json.load(sys.stdin)
report = Report(answer, "Cheshire", form("2022-23"))
print(hashlib.sha256(write_report(report, sys.argv[1])).hexdigest())
"""
ELSEWHERE = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "7", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}


def elsewhere(report: Report, suffix: str, folder: Path) -> str:
    """The digest of the report as another process writes it, in another zone and folder."""
    ran = subprocess.run(
        [sys.executable, "-c", WRITE, suffix],
        input=json.dumps(report.answer).encode(), env={**os.environ, **ELSEWHERE}, cwd=folder,
        capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    return ran.stdout.decode().strip()


@pytest.mark.parametrize("suffix", [".csv", ".json", ".ods", ".xlsx"])
def test_the_same_report_gives_the_same_bytes(report: Report, suffix: str, tmp_path: Path) -> None:
    here = hashlib.sha256(write_report(report, suffix)).hexdigest()
    assert elsewhere(report, suffix, tmp_path) == here


@pytest.mark.parametrize("suffix", [".csv", ".json", ".ods", ".xlsx"])
def test_another_figure_gives_others(report: Report, suffix: str) -> None:
    before = write_report(report, suffix)
    changed = {**report.answer, "cat1_lifetime_revoked": 11}
    assert write_report(Report(changed, "Cheshire", report.form), suffix) != before
