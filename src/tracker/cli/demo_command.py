"""`tracker demo`: a synthetic log of facts to the annual return, in a throw-away store."""

from __future__ import annotations

import os
import tempfile
from base64 import b64encode
from importlib import resources
from pathlib import Path

from tracker.cli.context import opened
from tracker.cli.import_command import import_shown
from tracker.cli.return_tables import print_return
from tracker.domain.errors import TrackerError
from tracker.service import returns

LOG = "cheshire-2022-23.jsonl.gz"
AREA, YEAR = "cheshire", "2022-23"


def _run(store: Path) -> None:
    with opened(f"sqlite:///{store}") as app:
        with resources.as_file(resources.files("tracker._demo") / LOG) as file:
            outcome = import_shown(app, file, trust_times=True).outcome
        print(f"{outcome.stored} facts imported (synthetic people)\n")
        print_return(returns.computed(app, AREA, returns.Year.parse(YEAR)))


def _with_keys_of_its_own(folder: Path) -> None:
    """What is thrown away leaves no key behind."""
    for name in ("TRACKER_KEK_FILE", "TRACKER_KEK_COMMAND"):
        os.environ.pop(name, None)
    os.environ["TRACKER_KEK"] = f"demo:{b64encode(os.urandom(32)).decode()}"
    os.environ["TRACKER_KEY_STORE"] = str(folder / "demo.keys")


def demo(keep: Path | None) -> None:
    """Imports the log and shows the return; `keep` is where the store stays."""
    if keep is not None:
        if keep.exists():
            raise TrackerError(f"{keep} exists already; --keep makes a new store")
        _run(keep.absolute())
    else:
        with tempfile.TemporaryDirectory(prefix="tracker-demo-") as folder:
            _with_keys_of_its_own(Path(folder))
            _run(Path(folder) / "demo.db")
    print(
        "\nTry next, on a store that stays:  tracker demo --keep demo.db"
        "  &&  export TRACKER_STORE=sqlite:///demo.db\n"
        f"who is behind a figure:  tracker return {AREA} {YEAR} --explain snapshot.level3.cat1\n"
        "why a date is what it is:  tracker show CHE-5100001 --on 2023-03-31 --why"
    )
