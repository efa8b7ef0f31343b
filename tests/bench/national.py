"""A national log, made by streaming: 42 areas, twenty years, the same for the same seed.

`python tests/bench/national.py FACTS [--people N] [--seed N] > FILE` writes it as CloudEvents, one
a line, in the order recorded. Only one day is in memory at a time. Every line is lawful, so an
import refuses none. The people are invented.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from nation import lives, words
from nation.almanac import END, START, Almanac, Person

FACTS_A_PERSON = 5_000_000 / 92_000
# Facts per person without changes, and with each change a year; measured with 3,000 people.
LEAST, BY_PACE = 31.6, 5.5
KNOWN_ALREADY = 0.3


def _people(a: Almanac, number: int, pace: float) -> None:
    """Enters everybody in the almanac on the day they are registered."""
    areas = tuple(words.SIZES)
    weights = list(accumulate(words.SIZES.values()))
    for n in range(number):
        area = a.chance.choices(areas, cum_weights=weights)[0]
        known = a.random() < KNOWN_ALREADY
        day = START + int(a.random() * (90 if known else END - START))
        back = 30 + int(a.random() * 2_300) if known else 0
        born = day - back - 365 * 19 - int((a.random() + a.random()) * 365 * 28)
        person = Person(f"{area[:3].upper()}-{n:06}", area, born)
        a.schedule(day, lives.begin, person, pace, back)


def almanac(facts: int, people: int | None = None, seed: int = 1) -> Almanac:
    """The agenda of about so many facts of so many people; 92,000 people have 5 million."""
    number = people or max(1, round(facts / FACTS_A_PERSON))
    a = Almanac(seed)
    _people(a, number, max(0.0, (facts / number - LEAST) / BY_PACE))
    return a


def pages(facts: int, people: int | None = None, seed: int = 1) -> Iterator[bytes]:
    """The log, a day at a time."""
    return (page.encode() for page in almanac(facts, people, seed).pages())


def write(path: Path, facts: int, people: int | None = None, seed: int = 1) -> int:
    """Writes the log and returns its number of facts."""
    a = almanac(facts, people, seed)
    with path.open("wb") as out:
        out.writelines(page.encode() for page in a.pages())
    return a.number


def main() -> None:
    """Writes the log to standard output, and the time it took to standard error."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    asked.add_argument("facts", type=int)
    asked.add_argument("--people", type=int)
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    start = time.perf_counter()
    a = almanac(given.facts, given.people, given.seed)
    for page in a.pages():
        sys.stdout.buffer.write(page.encode())
    took = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{a.number:,} facts, {100 * a.late / a.number:.1f} % late, "
        f"{100 * a.voided / a.number:.1f} % voided, in {took:.1f} s "
        f"({a.number / took:,.0f} a second), peak memory {peak:.0f} MB",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
