"""That the log is what it was, to anyone who asks: verified, witnessed, proved entry by entry."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from projections.engine.registry import STOPPED
from scheduler.open_store import App
from tracker.domain.errors import TrackerError
from tracker.service.app import Setup
from tracker.store import log_rows
from tracker.store.address import database_of
from tracker.store.database import schema
from tracker.store.database.interface import Cursor, Database
from tracker.store.opening import size
from tracker.store.proof import checkpoints, verifying
from tracker.store.proof.checkpoints import LogKeys
from tracker.store.proof.verifying import Finding as Finding

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import ProofAnswer


class Verified(NamedTuple):
    """What was looked at, and all that is wrong with it; `views` are sentences."""

    entries: int
    findings: list[Finding]
    views: list[str]


class NotVerified(TrackerError):
    """The log is not what it was: `findings` say where."""

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = findings


def verify(app: App, witness: Path | None = None, views: bool = False) -> Verified:
    """Looks at the whole log, and at the checkpoints of `witness`; with `views` at them as well."""
    findings = _findings(app.database, app.url, app.log.signer, witness)
    differing = _views_differing(app) if views else []
    return Verified(app.log.position(), findings, differing)


def audit(setup: Setup, witness: Path | None, verifier: str) -> Verified:
    """The same without the keys of the store: with the public key of its checkpoints alone."""
    database = database_of(setup.url, setup.options, read_only=True)
    try:
        schema.check_log(database)
        keys = LogKeys(None, verifier, None)
        return Verified(size(database), _findings(database, setup.url, keys, witness), [])
    finally:
        database.close()


def _findings(database: Database, url: str, keys: LogKeys, witness: Path | None) -> list[Finding]:
    """What is wrong with a log, looked at by as many processes as there are cores."""
    processes = os.cpu_count() or 1
    return verifying.verify_store(database, keys, witness, url=url, processes=processes)


def _views_differing(app: App) -> list[str]:
    """Brought level first: what was never built, or has stopped, is not as it should be."""
    app.engine.catch_up()
    stopped = [f"{s.view} stopped before {s.error}" for s in app.engine.states().values()
               if s.status == STOPPED]  # fmt: skip
    return [*stopped, *(str(difference) for difference in app.engine.verify())]


def checkpoint(app: App, follows: Path | None = None) -> str:
    """The signed checkpoint of the log as it now is, which follows from those in a file.

    Raises NotVerified where it does not, TrackerError where the log is empty.
    """
    with app.database.reading() as c:
        note = log_rows.newest_checkpoint(c)
        if not note:
            raise TrackerError("the log is empty: there is nothing to witness yet")
        checkpoints.verified(note, app.log.signer.verifier or "")
        if follows is not None and follows.exists():
            # what the file saw before must be the beginning of what is there now
            findings = list(verifying.verify(c, app.log.signer, follows, url=app.url))
            if findings:
                raise NotVerified(
                    f"the log does not follow from {follows}: nothing was added", findings
                )
    return note


def add_checkpoint(app: App, to: Path) -> int:
    """Adds the checkpoint to a file, if it follows from those in it; the number of entries."""
    note = checkpoint(app, to)
    with to.open("a", encoding="utf-8") as out:
        out.write(note)
        out.flush()
        os.fsync(out.fileno())
    return checkpoints.parse(note).size


def prove(app: App, entry: str) -> ProofAnswer:
    """A proof that an entry is in the log: named by `source id`, or by its position."""
    with app.database.reading() as c:
        return verifying.prove(c, _position(c, entry))


def _position(c: Cursor, entry: str) -> int:
    if entry.isdecimal() and len(entry) < 19:  # no database counts further
        return int(entry)
    source, _, entry_id = entry.partition(" ")
    position = log_rows.position_of(c, source, entry_id)
    if position is None:
        raise TrackerError(f"there is no entry {entry!r}: name it by source, a space and id")
    return position
