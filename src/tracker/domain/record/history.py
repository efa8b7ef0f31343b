"""The record of one individual as it is being written: what `individual` judges a new fact against.

Filled by the store in the order recorded; keeps what every check needs (ids in use, birth, death)
so that judging a fact costs no fold unless the law needs one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from tracker.domain import facts as f
from tracker.domain.dates import earliest
from tracker.domain.record.entry import Entry, K, is_of, voids


def _acting(entry: Entry) -> tuple[date, int]:
    return entry.fact.on, entry.sequence


class History:
    """The entries of one subject in the order recorded, and what counts of them.

    `presumed` names entries whose void stands in the same import as the right fact: they count
    for nothing from the first of the two on.
    """

    def __init__(self, subject: str, entries: Iterable[Entry] = ()) -> None:
        self.subject = subject
        self.entries: list[Entry] = []
        self.last_recorded_at: datetime | None = None
        self.voided: set[str] = set()
        self.presumed: set[str] = set()
        self._reset()
        for entry in entries:
            self.append(entry)

    def _reset(self) -> None:
        self.counting: list[Entry] = []
        self.named: dict[tuple[str, str], Entry] = {}
        self.registered: Entry | None = None
        self.born: date | None = None
        self.born_said: tuple[date, int] | None = None
        self.died: date | None = None
        self.erased: Entry | None = None
        self.restricted: Entry | None = None

    @property
    def next_sequence(self) -> int:
        return len(self.entries) + 1

    def append(self, entry: Entry) -> None:
        """Takes an accepted entry into the record."""
        self.entries.append(entry)
        self.last_recorded_at = entry.recorded_at
        if not isinstance(entry.fact, f.EntryVoided):
            self._count(entry)
        else:
            target = voids(entry)
            assert target is not None
            self.presumed.discard(target)
            self.voided.add(target)
            self._recount()

    def presume_void(self, target: str) -> None:
        """Leaves an entry out at once, because its void stands in the same import."""
        if target not in self.voided and target not in self.presumed:
            self.presumed.add(target)
            self._recount()

    def _recount(self) -> None:
        self._reset()
        gone = self.voided | self.presumed
        for entry in self.entries:
            if entry.name not in gone and not isinstance(entry.fact, f.EntryVoided):
                self._count(entry)

    def _count(self, entry: Entry) -> None:
        fact = entry.fact
        if self.counting and fact.on < self.counting[-1].fact.on:
            insort(self.counting, entry, key=_acting)
        else:
            self.counting.append(entry)
        if fact.DEFINES is not None:
            what, (field,) = fact.DEFINES
            self.named[what, getattr(fact, field)] = entry
        note = NOTES.get(type(fact))
        if note is not None:
            note(self, entry, fact)

    def named_as(self, what: str, ref: str, kind: type[K]) -> Entry[K]:
        """The entry that brought `what` into being under a name; KeyError where none of a type did.

        For a reference that has been checked already.
        """
        entry = self.named[what, ref]
        if not is_of(entry, kind):
            raise KeyError(what, ref)
        return entry

    def entry(self, name: str) -> Entry | None:
        """The entry of a name, voided or not."""
        return next((e for e in self.entries if e.name == name), None)

    def begins_with_registration(self) -> bool:
        """Whether the first entry that counts is a registration, or nothing counts at all."""
        first = min(self.counting, key=lambda e: e.sequence, default=None)
        return first is None or isinstance(first.fact, f.IndividualRegistered)


# --- what the record itself needs to know of the individual ---------------------------------------


def _registered(history: History, entry: Entry, fact: f.IndividualRegistered) -> None:
    history.registered = history.registered or entry
    history.born = history.born or fact.date_of_birth


def _amended(history: History, entry: Entry, fact: f.IndividualAmended) -> None:
    if fact.date_of_birth is not None:
        said = _acting(entry)
        if history.born_said is None or history.born_said < said:
            history.born, history.born_said = fact.date_of_birth, said


def _died(history: History, entry: Entry, fact: f.IndividualDied) -> None:
    history.died = earliest(history.died, fact.on)


def _erased(history: History, entry: Entry, fact: f.IndividualErased) -> None:
    history.erased = history.erased or entry


def _restricted(history: History, entry: Entry, fact: f.IndividualRestricted) -> None:
    history.restricted = entry


def _lifted(history: History, entry: Entry, fact: f.IndividualRestrictionLifted) -> None:
    history.restricted = None


NOTES: dict[type[f.Fact], Callable[[History, Entry, Any], None]] = {
    f.IndividualRegistered: _registered,
    f.IndividualAmended: _amended,
    f.IndividualDied: _died,
    f.IndividualErased: _erased,
    f.IndividualRestricted: _restricted,
    f.IndividualRestrictionLifted: _lifted,
}
