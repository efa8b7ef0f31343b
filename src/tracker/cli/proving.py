"""`tracker verify`, `witness` and `prove`: that the log is what it was, to anyone who asks."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer

from projections.engine.registry import STOPPED
from tracker.cli.context import App, as_json, opened, options, print_json
from tracker.domain.errors import TrackerError
from tracker.settings import configuration
from tracker.store import log_rows
from tracker.store.address import database_of, store_url
from tracker.store.database import schema
from tracker.store.database.interface import Cursor, Database
from tracker.store.opening import size
from tracker.store.proof.checkpoints import LogKeys, parse
from tracker.store.proof.checkpoints import verified as checked
from tracker.store.proof.verifying import Finding, verify_store
from tracker.store.proof.verifying import prove as prove_entry
from tracker.store.proof.verifying import verify as verify_log

SHOWN = 50


def verified(database: Database, url: str, keys: LogKeys, witness: Path | None) -> list[Finding]:
    """What is wrong with a log, looked at by as many processes as there are cores."""
    return verify_store(database, keys, witness, url=url, processes=os.cpu_count() or 1)


def found(findings: Sequence[Finding]) -> None:
    """Tells what was found, on standard error."""
    for finding in findings[:SHOWN]:
        print(f"{finding.kind}: {finding.where}: {finding.detail}", file=sys.stderr)
    if len(findings) > SHOWN:
        print(f"… and {len(findings) - SHOWN} more findings", file=sys.stderr)


def verify(witness: Path | None, verifier: str | None, views: bool, format_: str) -> None:
    wants_json = as_json(format_)
    if verifier is not None:
        if views:
            raise typer.BadParameter("--views needs the keys: leave --verifier out")
        entries, findings = _as_auditor(witness, LogKeys(None, verifier, None))
        differing: list[Any] = []
    else:
        with opened() as app:
            findings = verified(app.log.database, app.url, app.log.signer, witness)
            differing = _views_differing(app) if views else []
            entries = app.log.position()
    if wants_json:
        print_json(
            {
                "entries": entries,
                "findings": [f._asdict() for f in findings],
                "views": [str(d) for d in differing],
            }
        )
    else:
        found(findings)
        for difference in differing:
            print(f"view: {difference}", file=sys.stderr)
    if findings or differing:
        raise TrackerError(f"{len(findings) + len(differing)} findings: the store does not verify")
    if not wants_json:
        print(f"{entries} entries verified" + (", and the views" if views else ""))


def _views_differing(app: App) -> list[Any]:
    """Brought level first: what was never built, or has stopped, is not as it should be."""
    app.engine.catch_up()
    stopped = [f"{s.view} stopped before {s.error}" for s in app.engine.states().values()
               if s.status == STOPPED]  # fmt: skip
    return [*stopped, *app.engine.verify()]


def _as_auditor(witness: Path | None, keys: LogKeys) -> tuple[int, list[Finding]]:
    """Without the keys of the store: with the public key of its checkpoints alone."""
    url = store_url(configuration.settings().store)
    database = database_of(url, options(), read_only=True)
    try:
        schema.check_log(database)
        return size(database), verified(database, url, keys, witness)
    finally:
        database.close()


def witness(to: Path | None) -> None:
    with opened() as app, app.log.database.reading() as c:
        note = log_rows.newest_checkpoint(c)
        if not note:
            raise TrackerError("the log is empty: there is nothing to witness yet")
        checked(note, app.log.signer.verifier or "")
        if to is not None and to.exists():
            # what the file saw before must be the beginning of what is there now
            findings = list(verify_log(c, app.log.signer, to, url=app.url))
            if findings:
                found(findings)
                raise TrackerError(f"the log does not follow from {to}: nothing was added")
    if to is None:
        print(note, end="")
        return
    with to.open("a", encoding="utf-8") as out:
        out.write(note)
        out.flush()
        os.fsync(out.fileno())
    print(f"the checkpoint of {parse(note).size} entries is in {to}")


def prove(entry: str) -> None:
    with opened() as app, app.log.database.reading() as c:
        print_json(prove_entry(c, _position(c, entry)))


def _position(c: Cursor, entry: str) -> int:
    if entry.isdecimal() and len(entry) < 19:  # no database counts further
        return int(entry)
    source, _, entry_id = entry.partition(" ")
    position = log_rows.position_of(c, source, entry_id)
    if position is None:
        raise TrackerError(f"there is no entry {entry!r}: name it by source, a space and id")
    return position
