"""`tracker migrate`, `backup`, `restore` and `keys`: the upkeep of a store."""

from __future__ import annotations

import sys
from pathlib import Path

from tracker.cli.context import now, opened, options
from tracker.domain.errors import TrackerError
from tracker.settings import configuration
from tracker.store import key_checks, migrating, restoring
from tracker.store.address import store_url


def _url() -> str:
    return store_url(configuration.settings().store)


def migrate() -> None:
    print(migrating.migrate(_url(), now, options()))


def backup(to: Path, keys: Path | None) -> None:
    from tracker.store.backup import backup as write
    from tracker.store.backup import backup_with_keys

    with opened() as app:
        if keys is None:
            entries = write(app.log.database, to)
        else:
            entries = backup_with_keys(app.log.database, app.log.keys, to, keys)
    print(f"{entries} entries in {to}" + (f", keys in {keys}" if keys else ""))


def restore(source: Path, keys: Path | None) -> None:
    from tracker.cli.proving import found, verified
    from tracker.store.backup import log_id_of
    from tracker.store.backup import restore as fill

    entries = restoring.restored(
        _url(), log_id_of(source), keys, options(), lambda database: fill(source, database)
    )
    with opened() as app:
        findings = verified(app.log.database, app.url, app.log.signer, None)
    if findings:
        found(findings)
        raise TrackerError("the backup was restored, but it does not verify")
    print(f"{entries} entries restored and verified")


def keys_check() -> None:
    problems = key_checks.check_keys(_url(), options())
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        raise TrackerError(f"{len(problems)} things are wrong with the keys")
    with opened() as app:
        print(f"every key opens; checkpoints are verified by {app.log.signer.verifier}")


def keys_rotate(to: str | None) -> None:
    with opened() as app:
        print(app.log.keys.rotate(to))
