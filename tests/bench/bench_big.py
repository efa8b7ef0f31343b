"""A national log at several sizes: how rates, answers and memory grow. `run --big [FACTS …]`.

Each step runs in its own process, as for a user, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zlib import crc32

import children
import machine
import raw
from children import Ran, tracker
from support import Empty, Stores, opened, timed

SIZES = (500_000, 1_000_000, 2_000_000, 5_000_000)
PART = 100_000  # facts per file
ASKED, AREAS = 40, ("london", "west-midlands", "cheshire", "warwickshire")
FIRST, LAST = date(2004, 6, 30), date(2024, 3, 31)
HERE = Path(__file__)
BOUNDS = {
    "import, facts a second": "≥ 20,000 on SQLite",
    "rebuild of counts, facts a second": "≥ 80,000",
    "rebuild of spells, facts a second": "≥ 20,000",
    "national count, worst of 40, s": "≤ 0.15 at 5 million",
    "an area's return, worst of 12, s": "≤ 0.3 at 5 million",
}


def ask(url: str) -> dict[str, float]:
    """Seconds for national counts on random days as known at random moments, and for returns."""
    from projections.returns import counted_people
    from projections.returns.annual_return import Year, annual_return

    chance, days = random.Random(1), (LAST - FIRST).days
    national, returns = [], []
    with opened(url) as log, log.database.reading() as c:
        for _ in range(ASKED):
            on = FIRST + timedelta(chance.randrange(days))
            at = datetime.combine(on, datetime.min.time(), UTC)
            at += timedelta(chance.randrange(days), seconds=chance.randrange(86_400))
            national.append(timed(partial(counted_people.snapshot, c, None, on, at)))
        for area in AREAS:
            for text in ("2008-09", "2015-16", "2022-23"):
                year, known = Year.parse(text), datetime(2024, 4, 1, tzinfo=UTC)
                asked = partial(annual_return, c, area, year, known, None)
                returns.append(timed(asked))
    return {
        "national count, median of 40, s": statistics.median(national),
        "national count, worst of 40, s": max(national),
        "an area's return, median of 12, s": statistics.median(returns),
        "an area's return, worst of 12, s": max(returns),
    }


def put(url: str, other: str) -> dict[str, float]:
    """Seconds to read the rows of a store, and to insert them into an empty database."""
    with opened(url) as log, raw.driver(nullcontext(other)) as rival:
        return raw.copied(log, rival)


def _commands(subject: str) -> dict[str, tuple[str, ...]]:
    return {
        "counts": ("counts", "--on", "2023-03-31"),
        "return": ("return", "london", "2022-23"),
        "show": ("show", subject),
        "eligible": ("eligible", "--area", "london", "--on", "2024-03-31"),
        "diary": ("diary", "--area", "london", "--on", "2024-03-31"),
        "export": ("export",),
        "verify": ("verify",),
    }


def shown(what: str, figure: float) -> str:
    """A figure as text: seconds and ratios with three decimals, rates and megabytes without."""
    whole = what.endswith(("a second", "MB"))
    return f"{figure:,.0f}" if whole else f"{figure:.3f}"


class Growth:
    """What was measured on one kind of database, size by size."""

    def __init__(self, kind: str) -> None:
        self.kind, self.sizes = kind, list[int]()
        self.figures: dict[str, list[float]] = {}

    def note(self, what: str, figure: float) -> None:
        self.figures.setdefault(what, []).append(figure)
        size = self.sizes[-1]
        print(f"  {self.kind}, {size:,} facts: {what}: {shown(what, figure)}", flush=True)

    def rate(self, what: str, facts: int, ran: Ran) -> None:
        self.note(f"{what}, facts a second", facts / ran.seconds)
        self.note(f"{what}, peak MB", ran.peak)

    def table(self) -> None:
        """All sizes side by side."""
        print(f"\n| {self.kind} | {' | '.join(f'{n:,}' for n in self.sizes)} | bound |")
        print(f"|---|{'---:|' * len(self.sizes)}---|")
        for what, found in self.figures.items():
            bound = BOUNDS.get(what, "flat" if "MB" in what else "")
            print(f"| {what} | {' | '.join(shown(what, x) for x in found)} | {bound} |")


def parted(file: Path, facts: int) -> list[Path]:
    """The log in files of some 2,000 people each, as areas would import theirs one by one."""
    parts = [file.with_name(f"part{n}.jsonl") for n in range(1 + facts // PART)]
    with ExitStack() as stack:
        outs = [stack.enter_context(part.open("wb")) for part in parts]
        for line in stack.enter_context(file.open("rb")):
            subject = line.partition(b'"subject":"')[2].partition(b'"')[0]
            outs[crc32(subject) % len(outs)].write(line)
    return parts


def imported(growth: Growth, url: str, parts: Sequence[Path], facts: int) -> float:
    """Imports each file in its own process; returns the total seconds."""
    ran = [tracker(url, "import", str(part), "--trust-times") for part in parts]
    seconds = sum(one.seconds for one in ran)
    growth.note("import, facts a second", facts / seconds)
    growth.note("import, peak MB", max(one.peak for one in ran))
    return seconds


def _measure(growth: Growth, empty: Empty, file: Path) -> None:
    facts = sum(1 for _ in file.open("rb"))
    growth.sizes.append(facts)
    subject = json.loads(file.open("rb").readline())["subject"]
    with empty() as url:
        if not url.startswith("sqlite"):
            tracker(url, "migrate")
        seconds = imported(growth, url, parted(file, facts), facts)
        with empty() as other:
            plain = _run_here("raw", url, other)
        growth.note("the same rows raw in bulk, rows a second", facts / plain["bulk"])
        growth.note("import, ratio to raw bulk", plain["bulk"] / seconds)
        growth.note("reading the rows, rows a second", facts / plain["read"])
        for views in ([], ["counts"], ["spells"]):
            name = f"rebuild of {views[0] if views else 'all views'}"
            growth.rate(name, facts, tracker(url, "rebuild", *views))
        for what, seconds in _run_here("ask", url).items():
            growth.note(what, seconds)
        for name, arguments in _commands(subject).items():
            if name not in _command_names():
                continue
            ran = tracker(url, *arguments)
            growth.note(f"tracker {name}, s", ran.seconds)
            growth.note(f"tracker {name}, peak MB", ran.peak)


def _run_here(*asked: str) -> dict[str, float]:
    """The figures printed by a process that runs this file."""
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        children.run((sys.executable, str(HERE), *asked), to=answer)
        figures: dict[str, float] = json.loads(answer.read_text())
        return figures


def _command_names() -> set[str]:
    """The names of the commands of this release."""
    from tracker.cli.main import app

    return {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}


def run(stores: Stores, sizes: Sequence[int]) -> None:
    """Prints each figure as it is measured, and at the end tables of how they grow."""
    growths = {kind: Growth(kind) for kind in stores}
    for size in sizes or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "national.jsonl"
            ran = children.run((sys.executable, str(HERE.with_name("national.py")), str(size)),
                               to=file)  # fmt: skip
            print(f"\na log of {ran.said.strip()}; {file.stat().st_size / 1e6:,.0f} MB; "
                  f"{machine.disk()}", flush=True)  # fmt: skip
            for kind, growth in growths.items():
                _measure(growth, stores[kind], file)
    for growth in growths.values():
        growth.table()


def main() -> None:
    """Runs one measurement in a process started by `run`; prints the figures as JSON."""
    print(json.dumps({"ask": ask, "raw": put}[sys.argv[1]](*sys.argv[2:])))


if __name__ == "__main__":
    main()
