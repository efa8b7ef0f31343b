"""Rebuilding views, compared with reading the log's rows alone."""

from __future__ import annotations

from functools import partial

import raw
from support import Stores, engine, imported, interleaved, national_file, opened, say_rate

FACTS, ROUNDS = 50_000, 3
BOUNDS = {"counts": "≥ 80,000 a second", "spells": "≥ 20,000 a second", "all": "none"}


def run(stores: Stores) -> None:
    """Prints the rates of counts alone, bitemporal spells alone, and all views together."""
    with national_file(FACTS) as file:
        for name, empty in stores.items():
            with empty() as url, opened(url) as log:
                facts = imported(log, file)
                views = {what: engine(log, () if what == "all" else (what,)) for what in BOUNDS}
                took = interleaved(
                    {"rows": partial(raw.rows_of, log)}
                    | {"decoded": lambda log=log: list(log.pages())}
                    | {what: view.rebuild for what, view in views.items()},
                    ROUNDS,
                )
            base = took.pop("rows")
            for what, time in took.items():
                label = "the log read and decoded" if what == "decoded" else f"rebuild of {what}"
                say_rate(f"{name}, {label}", facts, time, "reading the rows", base,
                         BOUNDS.get(what, "a baseline"))  # fmt: skip
