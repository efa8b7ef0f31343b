"""Several threads read one timeline at once: each part is computed once, the same for all."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from population import recorded
from spec import law
from threads import at_once
from tracker.domain.meaning.timeline import Timeline, timeline
from tracker.domain.record.entry import Entry

ROUNDS = 40
PARTS: list[Callable[[Timeline], Any]] = [
    lambda t: t.spells,
    lambda t: t.occurrences,
    lambda t: t.reviews,
    lambda t: t.grounds,
    lambda t: t.standings,
    lambda t: t.subject_runs,
    lambda t: t.spell_groups,
    lambda t: t.counted,
]


def person(entries: int) -> list[Entry]:
    """A random person with many entries, the same each time."""
    everybody = recorded(law(), random.Random(20), people=3, facts=3 * entries)
    ((subject, _),) = Counter(e.subject for e in everybody).most_common(1)
    return [e for e in everybody if e.subject == subject]


def made(entries: list[Entry]) -> Timeline:
    found = timeline(entries[0].subject, entries, law())
    assert found is not None
    return found


def values(t: Timeline) -> list[Any]:
    return [part(t) for part in PARTS]


def test_threads_that_ask_one_timeline_get_the_very_same_parts() -> None:
    entries = person(80)
    expected = values(made(entries))
    for turn in range(ROUNDS):
        shared = made(entries)
        # each begins with another part
        works = [partial(asked_from, shared, first + turn) for first in range(8)]
        for found in at_once(works):
            assert found == expected
            assert all(a is b for a, b in zip(found, values(shared), strict=True))


def following(t: Timeline, arrived: list[Entry]) -> list[Any]:
    further = t.after(arrived)
    assert further is not None
    return values(further)


def asked_from(t: Timeline, first: int) -> list[Any]:
    found = {n % len(PARTS): PARTS[n % len(PARTS)](t) for n in range(first, first + len(PARTS))}
    return [found[n] for n in range(len(PARTS))]


def test_one_that_goes_on_while_it_is_asked_leads_to_the_right_one() -> None:
    """A timeline that copies another while that is computed gets consistent parts."""
    entries = person(80)
    known, arrived = entries[:-6], entries[-6:]
    expected = values(made(entries))
    before = values(made(known))
    for turn in range(ROUNDS):
        shared = made(known)
        works = [
            partial(following, shared, arrived),
            *(partial(asked_from, shared, n + turn) for n in range(3)),
        ] * 2
        for number, found in enumerate(at_once(works)):
            assert found == (before if number % 4 else expected)
