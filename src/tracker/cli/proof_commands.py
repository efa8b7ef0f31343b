"""`tracker verify`, `witness` and `prove`: whether the log is as it was recorded.

Called by `keeping`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tracker.cli.context import opened, setup
from tracker.cli.parsing import asks_for_json
from tracker.cli.showing import print_json
from tracker.domain.errors import TrackerError
from tracker.service import proofs

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import VerifyAnswer
    from tracker.service.proofs import Finding, Verified

SHOWN = 50  # findings printed at most


@contextmanager
def print_findings_first() -> Iterator[None]:
    """Prints the findings of a NotVerified error before the error itself."""
    try:
        yield
    except proofs.NotVerified as error:
        _print_findings(error.findings)
        raise


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in findings[:SHOWN]:
        print(f"{finding.kind}: {finding.where}: {finding.detail}", file=sys.stderr)
    if len(findings) > SHOWN:
        print(f"… and {len(findings) - SHOWN} more findings", file=sys.stderr)


def verify(witness: Path | None, verifier: str | None, views: bool, format_: str) -> None:
    wants_json = asks_for_json(format_)
    if verifier is not None:
        if views:
            raise typer.BadParameter("--views needs the keys: leave out --verifier")
        result = proofs.audit(setup(), witness, verifier)
    else:
        with opened() as app:
            result = proofs.verify(app, witness, views)
    _show(result, wants_json)
    wrong = len(result.findings) + len(result.views)
    if wrong:
        raise TrackerError(f"{wrong} findings: the store does not verify")
    if not wants_json:
        print(f"{result.entries} entries verified" + (", and the views" if views else ""))


def _show(result: Verified, wants_json: bool) -> None:
    if wants_json:
        print_json(_answer(result))
        return
    _print_findings(result.findings)
    for difference in result.views:
        print(f"view: {difference}", file=sys.stderr)


def _answer(result: Verified) -> VerifyAnswer:
    return {
        "entries": result.entries,
        "findings": [
            {"kind": f.kind, "where": f.where, "detail": f.detail, "first": f.first, "last": f.last}
            for f in result.findings
        ],
        "views": result.views,
    }


def witness(to: Path | None) -> None:
    with print_findings_first(), opened() as app:
        if to is None:
            print(proofs.checkpoint(app), end="")
        else:
            print(f"the checkpoint of {proofs.add_checkpoint(app, to)} entries is in {to}")


def prove(entry: str) -> None:
    with opened() as app:
        print_json(proofs.prove(app, entry))
