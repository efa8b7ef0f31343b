"""`tracker migrate`, `backup`, `restore`, `keys`, `rebuild` and `adopt`. Called by `keeping`."""

from __future__ import annotations

import sys
from pathlib import Path

from tracker.cli.context import opened, setup
from tracker.cli.proof_commands import print_findings_first
from tracker.cli.showing import progress_bar
from tracker.service import upkeep


def migrate() -> None:
    print(upkeep.migrate(setup()))


def backup(to: Path, keys: Path | None) -> None:
    with opened() as app:
        entries = upkeep.backup(app, to, keys)
    print(f"{entries} entries in {to}" + (f", keys in {keys}" if keys else ""))


def restore(source: Path, keys: Path | None) -> None:
    with print_findings_first():
        entries = upkeep.restore(setup(), source, keys)
    print(f"{entries} entries restored and verified")


def keys_check() -> None:
    try:
        verifier = upkeep.check_keys(setup())
    except upkeep.KeysAreWrong as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        raise
    print(f"every key opens; checkpoints are verified by {verifier}")


def keys_rotate(to: str | None) -> None:
    with opened() as app:
        print(upkeep.rotate_keys(app, to))


def rebuild(views: list[str], beside: bool) -> None:
    with opened() as app, progress_bar("rebuilding", upkeep.entry_count(app)) as progress:
        end = upkeep.rebuild(app, views, beside, progress)
    print(f"views rebuilt up to position {end}")


def adopt(by: str) -> None:
    with opened() as app:
        agreement = upkeep.adopt(app, by)
    print(
        f"agreed for this store: the law tables with digest {agreement.law} and category_4 = "
        f"{agreement.category_4}, adopted by {agreement.adopted_by}; "
        "the views are rebuilt when they are next read"
    )
