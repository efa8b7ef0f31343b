"""The upkeep of a store: its tables, backups, keys and views. Called by the upkeep commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from scheduler.open_store import App
from tracker.domain.errors import TrackerError
from tracker.service import proofs
from tracker.service.app import Setup
from tracker.store import agreement_check, key_checks, migrating, restoring
from tracker.store import backup as copies
from tracker.store.agreements import Agreement

Progress = Callable[[int], None]


def migrate(setup: Setup) -> str:
    """Makes the tables of a store, or brings them up to this release; returns what it did."""
    return migrating.migrate(setup.url, setup.clock, setup.options)


def backup(app: App, to: Path, keys: Path | None = None) -> int:
    """Copies the log to a new file, and its keys to another; returns the number of entries."""
    if keys is None:
        return copies.backup(app.database, to)
    return copies.backup_with_keys(app.database, app.log.keys, to, keys)


def restore(setup: Setup, source: Path, keys: Path | None = None) -> int:
    """Fills an empty store from a backup and verifies it; returns the number of entries.

    Raises NotVerified if what was restored is not what was recorded.
    """
    entries = restoring.restore_with_keys(
        setup.url, copies.log_id_of(source), keys, setup.options,
        lambda database: copies.restore(source, database),
    )  # fmt: skip
    with setup.opened() as app:
        findings = proofs.verify(app).findings
    if findings:
        raise proofs.NotVerified("the backup was restored, but it does not verify", findings)
    return entries


class KeysAreWrong(TrackerError):
    """Some keys are missing or cannot be opened: `problems` has a sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"problems with the keys: {len(problems)}")
        self.problems = problems


def check_keys(setup: Setup) -> str:
    """Opens every key once; returns the public key that verifies checkpoints.

    Raises KeysAreWrong if a key is missing or cannot be opened.
    """
    problems = key_checks.check_keys(setup.url, setup.options)
    if problems:
        raise KeysAreWrong(problems)
    with setup.opened() as app:
        return str(app.log.signer.verifier)


def rotate_keys(app: App, to: str | None = None) -> str:
    """Wraps every key under a new epoch of the master key; returns what it did, in words.

    `to` names an epoch that the master key has already; by default a new one is made.
    """
    return str(app.log.keys.rotate(to))


def adopt(app: App, by: str) -> Agreement:
    """Makes the law and category 4 setting of this process those of everybody who uses the store.

    Returns the new agreement. The views are rebuilt once, when they are next read. Raises
    TrackerError if `by` is empty.
    """
    agreement = agreement_check.adopt(app.database, app.law, by, app.clock())
    app.logger.info("agreement.adopted", law=agreement.law, category_4=agreement.category_4, by=by)
    return agreement


def entry_count(app: App) -> int:
    """The number of entries in the log."""
    return app.log.position()


def rebuild(
    app: App, views: Sequence[str] = (), beside: bool = False,
    progress: Progress = lambda done: None,
) -> int:  # fmt: skip
    """Rebuilds the named views (default: all) from the log alone; returns the log position reached.

    With `beside` the old views stay in use until the new ones replace them. `progress` is called
    with the entries read so far.
    """
    end = app.log.position()
    app.engine.rebuild(views, progress, beside=beside)
    app.logger.info("rebuild.finished", views=list(views) or "all", position=end)
    return end
