"""`tracker demo`: imports facts of invented people, prints their return. Called by `main`."""

from __future__ import annotations

import os
import tempfile
from base64 import b64encode
from dataclasses import replace
from importlib import resources
from pathlib import Path

from tracker.cli.context import opened, setup
from tracker.cli.import_command import import_with_progress
from tracker.cli.return_tables import print_return
from tracker.domain.errors import TrackerError
from tracker.service import returns
from tracker.service.app import Setup
from tracker.settings.configuration import KeySettings

LOG = "cheshire-2022-23.jsonl.gz"
AREA, YEAR = "cheshire", "2022-23"


def _run(store: Path, using: Setup | None = None) -> None:
    with opened(f"sqlite:///{store}", using, make=True) as app:
        with resources.as_file(resources.files("tracker._demo") / LOG) as file:
            outcome = import_with_progress(app, file, trust_times=True).outcome
        print(f"{outcome.stored} facts imported (invented people)\n")
        print_return(returns.computed(app, AREA, returns.Year.parse(YEAR)))


def _with_temporary_keys(folder: Path) -> Setup:
    """A temporary store has temporary keys, too, so that none is left behind."""
    usual = setup()
    keys = KeySettings(store=str(folder / "demo.keys"), sealing=usual.settings.keys.sealing)
    settings = usual.settings.model_copy(update={"keys": keys})
    master_key = f"demo:{b64encode(os.urandom(32)).decode()}"
    return replace(usual, settings=settings, master_key=master_key)


def demo(keep: Path | None) -> None:
    """Imports the log and prints the return; keeps the store in the new file `keep`, if named."""
    if keep is not None:
        if keep.exists():
            raise TrackerError(f"{keep} exists already; name a new file after --keep")
        _run(keep.absolute())
    else:
        with tempfile.TemporaryDirectory(prefix="tracker-demo-") as folder:
            _run(Path(folder) / "demo.db", _with_temporary_keys(Path(folder)))
    print(
        "\nTry next, with a store that is kept:  tracker demo --keep demo.db"
        "  &&  export TRACKER_STORE=sqlite:///demo.db\n"
        f"who is in a figure:  tracker return {AREA} {YEAR} --explain snapshot.level3.cat1\n"
        "why a date is what it is:  tracker show CHE-5100001 --on 2023-03-31 --why"
    )
