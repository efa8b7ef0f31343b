"""`tracker demo`: a synthetic log of facts to the annual return, in a throw-away store."""

from __future__ import annotations

import os
import tempfile
from base64 import b64encode
from importlib import resources
from pathlib import Path

from tracker.cli.context import opened
from tracker.cli.facts import run_import
from tracker.cli.figures import print_return, the_return
from tracker.domain.errors import TrackerError

LOG = "cheshire-2022-23.jsonl.gz"
AREA, YEAR = "cheshire", "2022-23"


def _run(store: Path) -> None:
    from projections.returns.annual_return import Year

    with opened(f"sqlite:///{store}") as app:
        with resources.as_file(resources.files("tracker._demo") / LOG) as file:
            outcome = run_import(app, file, True, False, None)
        print(f"{outcome.stored} facts imported (synthetic people)\n")
        print_return(the_return(app, AREA, Year.parse(YEAR), None))


def _with_keys_of_its_own(folder: Path) -> None:
    """What is thrown away leaves no key behind."""
    for name in ("TRACKER_KEK_FILE", "TRACKER_KEK_COMMAND"):
        os.environ.pop(name, None)
    os.environ["TRACKER_KEK"] = f"demo:{b64encode(os.urandom(32)).decode()}"
    os.environ["TRACKER_KEY_STORE"] = str(folder / "demo.keys")


def demo(keep: Path | None) -> None:
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
