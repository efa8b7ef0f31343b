"""Tampers with a log as somebody with the disk would: one kind at a time, as four attackers.

A changes rows. B also makes the leaf column agree. C also makes the head, the kept roots and the
indexes agree, as far as that can be done without the signing key and the history key. D has both.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from store.images import TOPICS, Event, Image, invented, own_keys
from tracker.store.proof.checkpoints import LogKeys
from tracker.store.proof.merkle import Frontier


class Done(NamedTuple):
    """Where it was tampered with: the positions, and a name that a finding must show."""

    places: frozenset[int]
    name: str = ""

    @property
    def first(self) -> int:
        return min(self.places)


def _at(image: Image, chance: random.Random) -> int:
    return chance.randrange(len(image.events))


def _put(image: Image, at: int, **changes: Any) -> Done:
    image.events[at] = image.events[at]._replace(**changes)
    return Done(frozenset({image.events[at].number}))


def _free(image: Image, who: str, chance: random.Random) -> int:
    taken = {event.version for event in image.events if event.who == who}
    return chance.choice([n for n in range(1, len(taken) + 9) if n not in taken])


def state_edited(image: Image, chance: random.Random) -> Done:
    """Still an entry, of another content."""
    at = _at(image, chance)
    fields = image.events[at].state_json
    fields["data"]["n"] += 1
    return _put(image, at, state=json.dumps(fields, separators=(",", ":")).encode())


def state_byte(image: Image, chance: random.Random) -> Done:
    at = _at(image, chance)
    state = bytearray(image.events[at].state)
    state[chance.randrange(len(state))] ^= 1 << chance.randrange(8)
    return _put(image, at, state=bytes(state))


def topic(image: Image, chance: random.Random) -> Done:
    at = _at(image, chance)
    return _put(image, at, topic=chance.choice([t for t in TOPICS if t != image.events[at].topic]))


def version(image: Image, chance: random.Random) -> Done:
    at = _at(image, chance)
    return _put(image, at, version=_free(image, image.events[at].who, chance))


def originator(image: Image, chance: random.Random) -> Done:
    at = _at(image, chance)
    others = [who for who in image.individuals.values() if who != image.events[at].who]
    who = chance.choice([*others, f"{chance.getrandbits(128):032x}"])
    return _put(image, at, who=who, version=_free(image, who, chance))


def deleted(image: Image, chance: random.Random) -> Done:
    """One from the middle, leaving a gap."""
    return Done(frozenset({image.events.pop(chance.randrange(len(image.events) - 1)).number}))


def closed_up(image: Image, chance: random.Random) -> Done:
    """One from the middle, those after it moved up."""
    at = chance.randrange(len(image.events) - 1)
    end = len(image.events)
    del image.events[at]
    image.events[at:] = [event._replace(number=event.number - 1) for event in image.events[at:]]
    return Done(frozenset(range(at + 1, end + 1)))


def cut(image: Image, chance: random.Random) -> Done:
    """Some from the end."""
    left = len(image.events) - chance.randint(1, min(12, len(image.events)))
    end = len(image.events)
    del image.events[left:]
    return Done(frozenset(range(left + 1, end + 1)))


def _new(image: Image, chance: random.Random, number: int) -> Event:
    subject = chance.choice(sorted(image.individuals))
    who = image.individuals[subject]
    state = invented(chance, number + 10**6, subject)
    last = max((event.version for event in image.events if event.who == who), default=0)
    return Event(number, who, last + 1, chance.choice(TOPICS), state, chance.randbytes(32))


def appended(image: Image, chance: random.Random) -> Done:
    image.events.append(_new(image, chance, len(image.events) + 1))
    return Done(frozenset({len(image.events)}))


def inserted(image: Image, chance: random.Random) -> Done:
    """One in the middle, those after it moved down."""
    at = _at(image, chance)
    new = _new(image, chance, at + 1)
    image.events[at:] = [new, *(e._replace(number=e.number + 1) for e in image.events[at:])]
    return Done(frozenset(range(at + 1, len(image.events) + 1)))


def duplicated(image: Image, chance: random.Random) -> Done:
    event = chance.choice(image.events)
    number = len(image.events) + 1
    version = _free(image, event.who, chance)
    image.events.append(event._replace(number=number, version=version))
    return Done(frozenset({number}))


def rows_swapped(image: Image, chance: random.Random) -> Done:
    """Two rows change places, each with its leaf hash or each to the other's."""
    a, b = chance.sample(range(len(image.events)), 2)
    one, other = image.events[a], image.events[b]
    leaves = (one.leaf, other.leaf) if chance.random() < 0.5 else (other.leaf, one.leaf)
    image.events[a] = other._replace(number=one.number, leaf=leaves[1])
    image.events[b] = one._replace(number=other.number, leaf=leaves[0])
    return Done(frozenset({a + 1, b + 1}))


def states_swapped(image: Image, chance: random.Random) -> Done:
    a, b = chance.sample(range(len(image.events)), 2)
    one, other = image.events[a].state, image.events[b].state
    return Done(_put(image, a, state=other).places | _put(image, b, state=one).places)


def renumbered(image: Image, chance: random.Random) -> Done:
    """One moved beyond the end."""
    at, beyond = chance.randrange(len(image.events) - 1), len(image.events) + chance.randint(1, 9)
    image.events.append(image.events.pop(at)._replace(number=beyond))
    return Done(frozenset({at + 1, beyond}))


def leaf(image: Image, chance: random.Random) -> Done:
    return _put(image, _at(image, chance), leaf=chance.randbytes(32))


def key_lost(image: Image, chance: random.Random) -> Done:
    return Done(frozenset({image.entry_keys.pop(chance.choice(sorted(image.entry_keys)))}))


def key_moved(image: Image, chance: random.Random) -> Done:
    key = chance.choice(sorted(image.entry_keys))
    was = image.entry_keys[key]
    image.entry_keys[key] = chance.choice([n for n in range(len(image.events)) if n != was])
    return Done(frozenset({was, image.entry_keys[key]}))


def key_added(image: Image, chance: random.Random) -> Done:
    number = chance.randint(-1, len(image.events) + 3)
    image.entry_keys["/ghost", "g1"] = number
    return Done(frozenset({number}), "/ghost g1")


def person_renamed(image: Image, chance: random.Random) -> Done:
    subject = chance.choice(sorted(image.individuals))
    who = image.individuals.pop(subject)
    image.individuals[f"{subject}x"] = who
    return Done(frozenset(event.number for event in image.events if event.who == who), subject)


def person_lost(image: Image, chance: random.Random) -> Done:
    subject = chance.choice(sorted(image.individuals))
    who = image.individuals.pop(subject)
    return Done(frozenset(event.number for event in image.events if event.who == who), subject)


def person_added(image: Image, chance: random.Random) -> Done:
    image.individuals["GHOST-1"] = "0" * 32
    return Done(frozenset(), "GHOST-1")


def root_kept(image: Image, chance: random.Random) -> Done:
    """A root kept of the log, or its seal."""
    size = chance.choice(sorted(image.checkpoints))
    root, mac = image.checkpoints[size]
    other = chance.randbytes(32)
    image.checkpoints[size] = (other, mac) if chance.random() < 0.5 else (root, other)
    return Done(frozenset(), f"{size} entries")


def last_root_lost(image: Image, chance: random.Random) -> Done:
    size = max(image.checkpoints)
    del image.checkpoints[size]
    return Done(frozenset(), f"{size} entries")


def head(image: Image, chance: random.Random) -> Done:
    """The size, the frontier or the signed note of the head."""
    size, frontier, note = image.head
    flipped = bytearray(frontier)
    flipped[chance.randrange(len(flipped))] ^= 1 << chance.randrange(8)
    at = chance.randrange(len(note) - 1)
    other = chance.choice([c for c in "Aa0" if c != note[at]])
    image.head = chance.choice([
        (size, bytes(flipped), note), (size, frontier, note[:at] + other + note[at + 1 :]),
        (size, frontier, ""),
    ])  # fmt: skip
    return Done(frozenset(), "head")


Kind = Callable[[Image, random.Random], Done]
ROWS: tuple[Kind, ...] = (
    state_edited, state_byte, topic, version, originator, deleted, closed_up, cut, appended,
    inserted, duplicated, rows_swapped, states_swapped, renumbered,
)  # fmt: skip
OTHERS: tuple[Kind, ...] = (
    leaf, key_lost, key_moved, key_added, person_renamed, person_lost, person_added, root_kept,
    last_root_lost, head,
)  # fmt: skip


def as_a(image: Image, chance: random.Random, keys: LogKeys) -> None:
    """Leaves it at that."""


def as_b(image: Image, chance: random.Random, keys: LogKeys) -> None:
    """Makes the leaf column agree with the rows."""
    image.events = [event.sealed() for event in image.events]


def as_c(image: Image, chance: random.Random, keys: LogKeys) -> None:
    """Makes everything agree that needs no key: numbers, versions, leaves, indexes, roots, head."""
    versions: dict[str, int] = {}
    events, image.individuals, image.entry_keys = image.events, {}, {}
    image.events = []
    for number, event in enumerate(sorted(events), 1):
        versions[event.who] = versions.get(event.who, 0) + 1
        fields = event.state_json
        subject = next((s for s, who in image.individuals.items() if who == event.who), None)
        taken = subject is None and fields["subject"] in image.individuals
        fields["subject"] = subject or fields["subject"] + "x" * taken
        fields["id"] += "x" * ((fields["source"], fields["id"]) in image.entry_keys)
        state = json.dumps(fields, separators=(",", ":")).encode()
        event = Event(number, event.who, versions[event.who], event.topic, state, b"").sealed()
        image.events.append(event)
        image.individuals[fields["subject"]] = event.who
        image.entry_keys[fields["source"], fields["id"]] = number
    _rewrite_the_past(image, chance)
    _forge_the_head(image, chance, keys)


def _rewrite_the_past(image: Image, chance: random.Random) -> None:
    leaves = [event.leaf for event in image.events]
    own = LogKeys(history=chance.randbytes(32))
    kept, image.checkpoints = image.checkpoints, {}
    for size in sorted({*(s for s in kept if s <= len(leaves)), len(leaves)} - {0}):
        root = Frontier().extend(leaves[:size]).root()
        if size in kept and kept[size][0] == root:
            image.checkpoints[size] = kept[size]
        else:
            mac = kept[size][1] if size in kept and chance.random() < 0.3 else own.mac(size, root)
            image.checkpoints[size] = root, mac


def _forge_the_head(image: Image, chance: random.Random, keys: LogKeys) -> None:
    frontier = Frontier().extend([event.leaf for event in image.events])
    size, root = frontier.size, frontier.root()
    name = str(keys.verifier).partition("+")[0]
    thief = own_keys(chance, name.removeprefix("mappa-tracker/"))
    theirs = thief.note(size, root)
    # the thief's signature under the name and id of the true key
    stolen_id = LogKeys(thief.signing, keys.verifier).note(size, root)
    old = image.head[2].rpartition("\n\n")[2]
    with_old_signature = f"{theirs.rpartition(chr(10) * 2)[0]}\n\n{old}"
    image.head = size, frontier.to_bytes(), chance.choice([theirs, stolen_id, with_old_signature])


def as_d(image: Image, chance: random.Random, keys: LogKeys) -> None:
    """As C, with every key of the log."""
    as_c(image, chance, keys)
    for size in image.checkpoints:
        root = Frontier().extend([event.leaf for event in image.events[:size]]).root()
        image.checkpoints[size] = root, keys.mac(size, root)
    frontier = Frontier().extend([event.leaf for event in image.events])
    image.head = frontier.size, frontier.to_bytes(), keys.note(frontier.size, frontier.root())
