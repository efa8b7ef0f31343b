"""Verifies the log, gives checkpoints of it, and proves that an entry is in it.

Called by `tracker verify`, `witness` and `prove`, and after a restore.
"""

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
from tracker.store.address import database_of, refuse_missing
from tracker.store.database import schema
from tracker.store.database.interface import Cursor, Database
from tracker.store.opening import size
from tracker.store.proof import checkpoints, verifying
from tracker.store.proof.checkpoints import LogKeys
from tracker.store.proof.verifying import Finding as Finding

if TYPE_CHECKING:
    from tracker.domain.answers.upkeep_shapes import ProofAnswer


class Verified(NamedTuple):
    """The result of verifying: entries checked, findings in the log, sentences on wrong views."""

    entries: int
    findings: list[Finding]
    views: list[str]


class NotVerified(TrackerError):
    """The log is not as it was recorded: `findings` say where."""

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = findings


def verify(app: App, witness: Path | None = None, views: bool = False) -> Verified:
    """Verifies the whole log, also against the checkpoints in the file `witness` if there is one.

    With `views` it compares every view with the log, too.
    """
    findings = _findings(app.database, app.url, app.log.signer, witness)
    differing = _view_differences(app) if views else []
    return Verified(app.log.position(), findings, differing)


def audit(setup: Setup, witness: Path | None, verifier: str) -> Verified:
    """Verifies the log without the store's keys, by the public key `verifier` of its checkpoints.

    Raises TrackerError if the store cannot be opened.
    """
    refuse_missing(setup.url)
    database = database_of(setup.url, setup.options, read_only=True)
    try:
        schema.check_log(database)
        keys = LogKeys(None, verifier, None)
        return Verified(size(database), _findings(database, setup.url, keys, witness), [])
    finally:
        database.close()


def _findings(database: Database, url: str, keys: LogKeys, witness: Path | None) -> list[Finding]:
    """What is wrong with a log; it is read by one process for each core."""
    processes = os.cpu_count() or 1
    return verifying.verify_store(database, keys, witness, url=url, processes=processes)


def _view_differences(app: App) -> list[str]:
    """What is wrong with the views once they are up to date: stopped, or different from the log."""
    app.engine.catch_up()
    stopped = [f"{s.view} stopped before {s.error}" for s in app.engine.states().values()
               if s.status == STOPPED]  # fmt: skip
    return [*stopped, *(str(difference) for difference in app.engine.verify())]


def checkpoint(app: App, follows: Path | None = None) -> str:
    """The signed checkpoint of the log as it is now.

    `follows` is a file of earlier checkpoints: raises NotVerified unless the log they describe is
    the beginning of this one. Raises TrackerError if the log is empty.
    """
    with app.database.reading() as c:
        note = log_rows.newest_checkpoint(c)
        if not note:
            raise TrackerError("the log is empty: there is nothing to witness yet")
        checkpoints.verified(note, app.log.signer.verifier or "")
        if follows is not None and follows.exists():
            findings = list(verifying.verify(c, app.log.signer, follows, url=app.url))
            if findings:
                raise NotVerified(
                    f"the log does not follow from {follows}: nothing was added", findings
                )
    return note


def add_checkpoint(app: App, to: Path) -> int:
    """Adds the checkpoint to a file, if the log follows from those in it; returns its entry count.

    Raises NotVerified if the log does not follow, TrackerError if it is empty.
    """
    note = checkpoint(app, to)
    with to.open("a", encoding="utf-8") as out:
        out.write(note)
        out.flush()
        os.fsync(out.fileno())
    return checkpoints.parse(note).size


def prove(app: App, entry: str) -> ProofAnswer:
    """A proof that an entry is in the log. `entry` is `SOURCE ID`, or its position.

    Raises TrackerError if there is no such entry.
    """
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
