"""The record of one individual or return, which `judge` checks a new fact against.

The store fills it in the order recorded. It keeps what all checks need (ids in use, birth, death),
so that judging a fact needs no fold unless the law does.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from tracker.domain import facts as f
from tracker.domain.dates import earliest
from tracker.domain.record.entry import Entry, K, has_type, voids


def _effective_order(entry: Entry) -> tuple[date, int]:
    return entry.fact.on, entry.sequence


class History:
    """The entries of one subject in the order recorded, and those that count.

    `counting` has the entries that count, in the order in which they take effect. `defined` maps
    (kind of thing, id) to the entry that defines it. `presumed` names entries that are treated as
    voided already, because their void comes later in the same import.
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
        self.defined: dict[tuple[str, str], Entry] = {}
        self.registered: Entry | None = None
        self.born: date | None = None
        self.born_amended_by: tuple[date, int] | None = None
        self.died: date | None = None
        self.erased: Entry | None = None
        self.restricted: Entry | None = None

    @property
    def next_sequence(self) -> int:
        """The `sequence` of the next entry, from 1."""
        return len(self.entries) + 1

    def append(self, entry: Entry) -> None:
        """Adds an accepted entry to the record, and applies it if it is a void."""
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
        """Stops counting an entry now, because its void is in the same import."""
        if target not in self.voided and target not in self.presumed:
            self.presumed.add(target)
            self._recount()

    def _recount(self) -> None:
        self._reset()
        voided = self.voided | self.presumed
        for entry in self.entries:
            if entry.name not in voided and not isinstance(entry.fact, f.EntryVoided):
                self._count(entry)

    def _count(self, entry: Entry) -> None:
        fact = entry.fact
        if self.counting and fact.on < self.counting[-1].fact.on:
            insort(self.counting, entry, key=_effective_order)
        else:
            self.counting.append(entry)
        if fact.DEFINES is not None:
            what, (field,) = fact.DEFINES
            self.defined[what, getattr(fact, field)] = entry
        note = NOTES.get(type(fact))
        if note is not None:
            note(self, entry, fact)

    def defining_entry(self, what: str, ref: str, kind: type[K]) -> Entry[K]:
        """The entry of type `kind` that defines the thing `what` with the id `ref`.

        For a reference that was checked before. Raises KeyError where there is no such entry.
        """
        entry = self.defined[what, ref]
        if not has_type(entry, kind):
            raise KeyError(what, ref)
        return entry

    def entry(self, name: str) -> Entry | None:
        """The entry with a name (`source id`), voided or not; None where there is none."""
        return next((e for e in self.entries if e.name == name), None)

    def begins_with_registration(self) -> bool:
        """Whether the first entry recorded that counts is a registration; True if none counts."""
        first = min(self.counting, key=lambda e: e.sequence, default=None)
        return first is None or isinstance(first.fact, f.IndividualRegistered)


# --- what the record keeps of the individual as entries are counted -------------------------------


def _registered(history: History, entry: Entry, fact: f.IndividualRegistered) -> None:
    history.registered = history.registered or entry
    history.born = history.born or fact.date_of_birth


def _amended(history: History, entry: Entry, fact: f.IndividualAmended) -> None:
    if fact.date_of_birth is not None:
        order = _effective_order(entry)
        if history.born_amended_by is None or history.born_amended_by < order:
            history.born, history.born_amended_by = fact.date_of_birth, order


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
