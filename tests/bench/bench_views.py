"""Building all views anew, against reading and decoding the log."""

from __future__ import annotations

import tempfile
from pathlib import Path

from support import demo_lines, engine, imported, median, say, store, timed


def run() -> None:
    """Prints the rate; no bound is set for it yet."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "log.jsonl").write_bytes(b"".join(demo_lines()))
        with store(place / "t.db") as log:
            facts = imported(log, place / "log.jsonl")
            views = engine(log)
            took = median(lambda: timed(views.rebuild), 3)
            read = median(lambda: timed(lambda: list(log.pages())), 3)
        say(f"all views of {facts} facts ({facts / took:,.0f} a second)", took,
            f"reading the log ({facts / read:,.0f} a second)", read, took / read,
            "none")  # fmt: skip
