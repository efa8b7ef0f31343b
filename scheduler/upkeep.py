"""The jobs that look after the store: the log is verified, and a backup of it and its keys written.

What is wrong is told to the operators at once. A backup of the log and one of its keys go to two
folders: whoever finds the one has not the other.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scheduler.items import Item, tell
from scheduler.work import Counts, Work
from tracker.domain.errors import TrackerError
from tracker.store.address import data_folder
from tracker.store.atomic_file import replacing
from tracker.store.backup import backup_with_keys
from tracker.store.proof.verifying import verify_store

LOGS, KEYS = (".tracker", ".dump"), "*.keys"
DUMP_TIMEOUT = 6 * 3600.0


def verify(work: Work) -> Counts:
    """The job: verifies the log; raises TrackerError where it is not as it was recorded."""
    log = work.app.log
    findings = verify_store(log.database, log.signer)
    if findings:
        kinds = ", ".join(sorted({one.kind for one in findings}))
        said = f"{len(findings)} findings ({kinds}): run `tracker verify`"
        item = Item(f"log:{work.intended.isoformat()}", "", "log", "", said, urgent=True)
        with log.database.working() as c:
            tell(c, [item], work.now())
        raise TrackerError(f"the log does not verify: {said}")
    return {"entries": log.position()}


# --- backups --------------------------------------------------------------------------------------


def backup(work: Work) -> Counts:
    """The job: a backup of the log and of its keys, and the removal of those past their time."""
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
        entries = work.app.log.position()  # those at the least: more may come meanwhile
        _dump(work, to, "--exclude-schema=tracker_keys", "--exclude-table=view_*")
        _dump(work, keys_to, "--schema=tracker_keys")
    gone = _past_number(logs, settings.backups_kept)
    gone += _past_day(keys, work.now(), settings.keys_kept_days)
    return {"entries": entries, "removed": gone, "bytes": to.stat().st_size}


def _dump(work: Work, to: Path, *what: str) -> None:
    """Has pg_dump write a file; the password is in no command line."""
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
    """Its own password, and nothing that is meant for the tracker."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("TRACKER_")}
    return plain | dict(secret)


def _past_number(folder: Path, kept: int) -> int:
    """Removes all but the latest; how many."""
    past = sorted(file for file in folder.iterdir() if file.suffix in LOGS)[:-kept]
    for file in past:
        file.unlink()
    return len(past)


def _past_day(folder: Path, now: datetime, days: int) -> int:
    """Removes keys of a day before: those of whoever was erased since are in them."""
    last = (now - timedelta(days=days)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    past = [file for file in folder.glob(KEYS) if file.stem < last]
    for file in past:
        file.unlink()
    return len(past)
