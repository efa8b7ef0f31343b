"""`tracker verify`, `witness` and `prove`: that the log is what it was, to anyone who asks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tracker.cli.context import opened, setup
from tracker.cli.parsing import as_json
from tracker.cli.showing import print_json
from tracker.domain.errors import TrackerError
from tracker.service import proofs

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import VerifyAnswer
    from tracker.service.proofs import Finding, Verified

SHOWN = 50


@contextmanager
def findings_shown() -> Iterator[None]:
    """Shows the findings of a log that is not what it was, before the error that they came with."""
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
    wants_json = as_json(format_)
    if verifier is not None:
        if views:
            raise typer.BadParameter("--views needs the keys: leave --verifier out")
        seen = proofs.audit(setup(), witness, verifier)
    else:
        with opened() as app:
            seen = proofs.verify(app, witness, views)
    _show(seen, wants_json)
    wrong = len(seen.findings) + len(seen.views)
    if wrong:
        raise TrackerError(f"{wrong} findings: the store does not verify")
    if not wants_json:
        print(f"{seen.entries} entries verified" + (", and the views" if views else ""))


def _show(seen: Verified, wants_json: bool) -> None:
    if wants_json:
        print_json(_answer(seen))
        return
    _print_findings(seen.findings)
    for difference in seen.views:
        print(f"view: {difference}", file=sys.stderr)


def _answer(seen: Verified) -> VerifyAnswer:
    return {
        "entries": seen.entries,
        "findings": [
            {"kind": f.kind, "where": f.where, "detail": f.detail, "first": f.first, "last": f.last}
            for f in seen.findings
        ],
        "views": seen.views,
    }


def witness(to: Path | None) -> None:
    with findings_shown(), opened() as app:
        if to is None:
            print(proofs.checkpoint(app), end="")
        else:
            print(f"the checkpoint of {proofs.add_checkpoint(app, to)} entries is in {to}")


def prove(entry: str) -> None:
    with opened() as app:
        print_json(proofs.prove(app, entry))
