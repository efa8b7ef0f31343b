"""Lazy, cached parts of a timeline: computed on first use, and again only if they may have changed.

`timeline` builds on this and defines the parts. A part whose new value equals the old one stays
the same object, and so do its elements: `is` shows what another fact did not change.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Collection, Iterable
from operator import itemgetter
from threading import Lock
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar, overload

from tracker.domain.facts import CATALOGUE, EntryVoided, Fact
from tracker.domain.meaning.unchanged import keep_unchanged
from tracker.domain.record.entry import Entry, voids

T = TypeVar("T")
Types = frozenset[type[Fact]]
EVERY = None  # `reads` of a part that reads facts of every type


class Before(NamedTuple):
    """A part as last computed: its value, and the inputs it was computed from."""

    value: Any
    inputs: tuple[Any, ...]


class Part(Generic[T]):
    """One cached part of a timeline: the value of `make(entries, *values of the parts it needs)`.

    `entries` are those of the types it `reads`, in acting order; a part that reads none gets only
    the other parts. `ignores(value, fact)` says that a fact which acts after all others leaves the
    value as it is; "last" says so for every such fact. With `resumes`, `make` also gets the part as
    it was `before`, to continue from there. With `whole`, a changed value is replaced without
    keeping its equal elements.
    """

    __slots__ = (
        "bit", "dependents", "ignores", "index", "inputs", "make", "needs", "previous", "reads",
        "resumes", "whole", "with_needs",
    )  # fmt: skip

    def __init__(
        self,
        make: Callable[..., T],
        *needs: Part[Any],
        reads: Collection[type[Fact]] | None = (),
        ignores: Callable[[Any, Any], bool] | Literal["last"] | None = None,
        resumes: bool = False,
        whole: bool = False,
    ) -> None:
        self.make, self.needs, self.ignores = make, needs, ignores
        self.resumes, self.whole = resumes, whole or resumes
        self.reads: Types | None = EVERY if reads is EVERY else frozenset(reads)
        # A set of parts is an integer with the `bit` of each.
        self.index = self.previous = self.bit = self.with_needs = self.dependents = 0
        self.inputs: Callable[[list[Any]], tuple[Any, ...]] = tuple

    @overload
    def __get__(self, t: None, owner: type) -> Part[T]: ...
    @overload
    def __get__(self, t: Parts, owner: type) -> T: ...
    def __get__(self, t: Parts | None, owner: type) -> Part[T] | T:
        if t is None:
            return self
        if t._stale & self.with_needs:
            t._compute(self.with_needs)
        return t._values[self.index]  # type: ignore[no-any-return]

    def all_types(self) -> Types:
        """The types of fact that this part and all the parts it needs read."""
        own = frozenset(CATALOGUE.values()) if self.reads is EVERY else self.reads
        return own.union(*(need.all_types() for need in self.needs))


def supplied() -> Part[Any]:
    """A part whose value is supplied from outside, at the start."""
    return Part(lambda: None)


class _TypeEffect(NamedTuple):
    """What a new fact of one type changes: the lists it enters, and the parts that become stale.

    `anywhere` has the bits of all parts that read the type. Where the fact acts after all others,
    only `last` become stale, and those of the `watchers` that do not ignore it.
    """

    lists: tuple[int, ...]
    anywhere: int
    last: int
    watchers: tuple[Part[Any], ...]


class Plan:
    """The parts of a class, each after those it needs, and the lists of entries they read.

    It gives each an index into `Parts._values`: first the values of the parts, then the lists of
    entries, then what `before` was for the parts that resume.
    """

    def __init__(self, parts: Iterable[Part[Any]]) -> None:
        self.parts: list[Part[Any]] = []
        for part in parts:
            self._enter(part)
        self.every = len(self.parts)
        self.lists: list[Types | None] = [EVERY]
        for part in self.parts:
            if part.reads not in (EVERY, frozenset(), *self.lists):
                self.lists.append(part.reads)
        self.size = self.every + len(self.lists)
        for part in self.parts:
            self._place(part)
        types = {kind for read in self.lists if read is not EVERY for kind in read}
        self.effects = {kind: self._effect(kind) for kind in types}
        self.other_effect = self._effect(Fact)

    def _enter(self, part: Part[Any]) -> None:
        if part not in self.parts:
            for need in part.needs:
                self._enter(need)
            part.index = len(self.parts)
            part.bit = part.with_needs = 1 << part.index
            self.parts.append(part)
            for need in part.needs:
                part.with_needs |= need.with_needs
                need.dependents |= part.bit

    def _place(self, part: Part[Any]) -> None:
        at = [need.index for need in part.needs]
        if part.reads is EVERY or part.reads:
            at.insert(0, self.every + self.lists.index(part.reads))
        only = at[0] if len(at) == 1 else -1
        part.inputs = itemgetter(*at) if len(at) > 1 else lambda values: (values[only],)
        if part.resumes:
            part.previous, self.size = self.size, self.size + 1

    def _effect(self, kind: type[Fact]) -> _TypeEffect:
        readers = [p for p in self.parts if p.reads is EVERY or kind in p.reads]
        watchers = tuple(p for p in readers if callable(p.ignores))
        lists = [n for n, read in enumerate(self.lists) if read is EVERY or kind in read]
        return _TypeEffect(
            tuple(self.every + n for n in lists if n),
            sum(p.bit for p in readers),
            sum(p.bit for p in readers if p.ignores is None),
            watchers,
        )


class Parts:
    """One person's entries that count, in acting order, and the cached parts computed from them.

    `_stale` has a bit for each part to compute again when it, or one that needs it, is read.
    Threads may share one object: reading a stale part changes `_values` and `_stale`, so that is
    done under `_lock`, and `_stale` changes last. A part is read without the lock if neither it nor
    any part it needs is stale.
    """

    __slots__ = ("_lock", "_stale", "_values")
    _plan: ClassVar[Plan]
    _lock: Lock
    _stale: int
    _values: list[Any]

    def __init_subclass__(cls) -> None:
        cls._plan = Plan(part for part in vars(cls).values() if isinstance(part, Part))

    @property
    def entries(self) -> list[Entry]:
        """The entries that count, in acting order."""
        return self._values[self._plan.every]  # type: ignore[no-any-return]

    def _start_empty(self, supplied: Part[T], value: T) -> None:
        """Computes every part as it is without any fact, from the one supplied value."""
        plan = self._plan
        self._lock = Lock()
        self._values = [None] * plan.size
        for n in range(len(plan.lists)):
            self._values[plan.every + n] = []
        self._values[supplied.index] = value
        self._stale = (1 << len(plan.parts)) - 1 - supplied.bit
        self._compute(self._stale)

    def _copy_from(self, other: Parts) -> None:
        """Takes over every value and entry of another."""
        self._lock = Lock()
        with other._lock:  # its values and its stale bits must match
            self._values, self._stale = other._values.copy(), other._stale

    def _load(self, counting: Iterable[Entry]) -> None:
        """Loads the first entries, which are in acting order."""
        values, every = self._values, self._plan.every
        for n in range(len(self._plan.lists)):
            values[every + n] = []
        values[every] += counting
        for entry in values[every]:
            effect = self._effect_of(entry)
            for n in effect.lists:
                values[n].append(entry)
            self._stale |= effect.anywhere

    def _append(self, arrived: Iterable[Entry]) -> bool:
        """Adds new entries, in the order recorded; returns whether a void removed an entry."""
        values, at = self._values, self._plan.every
        every = values[at] = values[at].copy()
        removed = False
        for entry in arrived:
            if type(entry.fact) is EntryVoided:
                removed |= self._remove(every, voids(entry))
            elif every and entry.fact.on < every[-1].fact.on:
                self._insert(every, entry)
            else:
                every.append(entry)
                self._add_last(entry)
        return removed

    def _effect_of(self, entry: Entry) -> _TypeEffect:
        return self._plan.effects.get(type(entry.fact), self._plan.other_effect)

    def _add_last(self, entry: Entry) -> None:
        lists, _, last, watchers = self._effect_of(entry)
        values = self._values
        for n in lists:
            values[n] = [*values[n], entry]
        stale = self._stale | last
        for part in watchers:
            # Whatever it ignores, a part becomes stale anyway when a part it needs changes.
            if not part.ignores(values[part.index], entry.fact):  # type: ignore[operator, misc]
                stale |= part.bit
        self._stale = stale

    def _insert(self, every: list[Entry], entry: Entry) -> None:
        effect, values = self._effect_of(entry), self._values
        insort(every, entry, key=_on)
        for n in effect.lists:
            values[n] = values[n].copy()
            insort(values[n], entry, key=_on)
        self._stale |= effect.anywhere

    def _remove(self, every: list[Entry], name: str | None) -> bool:
        """Removes a voided entry; returns whether it was there. The void itself is not added."""
        voided = next((e for e in every if e.name == name), None)
        if voided is None:
            return False
        effect = self._effect_of(voided)
        every.remove(voided)
        for n in effect.lists:
            self._values[n] = [e for e in self._values[n] if e is not voided]
        self._stale |= effect.anywhere
        return True

    def _compute(self, with_needs: int) -> None:
        """Computes the stale ones of some parts (as bits), each before those that need it."""
        with self._lock:
            self._compute_stale(with_needs)

    def _compute_stale(self, with_needs: int) -> None:
        values, stale, parts = self._values, self._stale, self._plan.parts
        try:
            while todo := stale & with_needs:
                bit = todo & -todo
                part = parts[bit.bit_length() - 1]
                old, inputs = values[part.index], part.inputs(values)
                if part.resumes:
                    new = part.make(*inputs, before=values[part.previous])
                    new = old if old == new else new
                    values[part.previous] = Before(new, inputs)
                else:
                    new = keep_unchanged(old, part.make(*inputs), part.whole)
                stale ^= bit
                if new is not old:
                    values[part.index] = new
                    stale |= part.dependents
        finally:
            self._stale = stale


def _on(entry: Entry) -> Any:
    return entry.fact.on
