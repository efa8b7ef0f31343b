"""The jobs that look after the store: verify the log, and back up the log and its keys. In `jobs`.

If the log is damaged the operators get an urgent item. The backups of the log and of its keys go to
two folders, so that a person who gets one of them does not have the other.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.items import Item, queue_items
from scheduler.work import Counts, Work
from tracker.domain.errors import TrackerError
from tracker.store.address import data_folder
from tracker.store.atomic_file import replacing
from tracker.store.backup import backup_with_keys
from tracker.store.proof.verifying import verify_store

LOGS, KEYS = (".tracker", ".dump"), "*.keys"
DUMP_TIMEOUT = 6 * 3600.0


def verify(work: Work) -> Counts:
    """The job: verifies the log; raises TrackerError if it is not as it was recorded."""
    log = work.app.log
    findings = verify_store(log.database, log.signer)
    if findings:
        kinds = ", ".join(sorted({one.kind for one in findings}))
        text = f"{len(findings)} findings ({kinds}): run `tracker verify`"
        item = Item(f"log:{work.intended.isoformat()}", "", "log", "", text, urgent=True)
        with log.database.working() as c:
            queue_items(c, [item], work.now())
        raise TrackerError(f"the log does not verify: {text}")
    return {"entries": log.position()}


# --- backups --------------------------------------------------------------------------------------


def backup(work: Work) -> Counts:
    """The job: backs up the log and its keys, and deletes backups that are too old.

    Keeps the last `backups_kept` backups of the log, and those of keys for `keys_kept_days` days.
    """
    settings = work.app.settings.scheduler
    base = data_folder() / "backups"
    logs = Path(settings.backup_log or base / "log").expanduser()
    keys = Path(settings.backup_keys or base / "keys").expanduser()
    for folder in (logs, keys):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = work.now().astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    keys_to = keys / f"{name}.keys"
    if work.database.kind == "sqlite":
        to = logs / f"{name}.tracker"
        entries = backup_with_keys(work.database, work.app.log.keys, to, keys_to)
    else:
        to = logs / f"{name}.dump"
        entries = work.app.log.position()  # at least these: more may be appended meanwhile
        _dump(work, to, "--exclude-schema=tracker_keys", "--exclude-table=view_*")
        _dump(work, keys_to, "--schema=tracker_keys")
    gone = _delete_all_but_latest(logs, settings.backups_kept)
    gone += _delete_keys_older_than(keys, work.now(), settings.keys_kept_days)
    return {"entries": entries, "removed": gone, "bytes": to.stat().st_size}


def _dump(work: Work, to: Path, *what: str) -> None:
    """Runs pg_dump with the options `what`; the password is passed in the environment."""
    from tracker.store.database.postgres_errors import without_secret

    place, secret = without_secret(work.app.url)
    command = [
        work.app.settings.scheduler.pg_dump, "--format=custom", "--no-owner",
        "--no-privileges", *what, f"--dbname={place}",
    ]  # fmt: skip
    try:
        with replacing(to) as temporary:
            subprocess.run(
                [*command, f"--file={temporary}"], env=_environment(secret), check=True,
                capture_output=True, text=True, timeout=DUMP_TIMEOUT,
            )  # fmt: skip
    except FileNotFoundError:
        raise TrackerError(
            f"there is no {command[0]}: install PostgreSQL's client programs, or say where it is "
            "with [scheduler] pg_dump"
        ) from None
    except subprocess.CalledProcessError as error:
        raise TrackerError(f"pg_dump failed: {error.stderr.strip()[-500:]}") from None


def _environment(secret: Mapping[str, str]) -> dict[str, str]:
    """The environment for pg_dump: its password, and none of the tracker's own variables."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return plain | dict(secret)


def _delete_all_but_latest(folder: Path, kept: int) -> int:
    """Deletes all backups of the log but the latest `kept`; returns how many were deleted."""
    past = sorted(file for file in folder.iterdir() if file.suffix in LOGS)[:-kept]
    for file in past:
        file.unlink()
    return len(past)


def _delete_keys_older_than(folder: Path, now: datetime, days: int) -> int:
    """Deletes backups of keys older than `days`; returns how many were deleted.

    They still have the keys of people erased since, so they must not be kept for long.
    """
    last = (now - timedelta(days=days)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    past = [file for file in folder.glob(KEYS) if file.stem < last]
    for file in past:
        file.unlink()
    return len(past)
