"""Parts of a meaning, made when they are asked for, and again only where they may have changed.

The ground under `timeline`, which says what the parts are. A part that comes out as it was stays
the very same object, and so do its elements: `is` tells what a further fact left alone.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Sequence
from operator import is_, itemgetter
from threading import Lock
from typing import Any, ClassVar, Generic, Literal, NamedTuple, TypeVar, overload

from tracker.domain.facts import CATALOGUE, EntryVoided, Fact
from tracker.domain.record.entry import Entry, voids

T = TypeVar("T")
Types = frozenset[type[Fact]]
EVERY = None  # Of a part that reads facts of every type.


class Before(NamedTuple):
    """A part as it was last made: its value, and what it was made of."""

    value: Any
    given: tuple[Any, ...]


class Part(Generic[T]):
    """One part: `make(entries of the types it reads, *the parts it needs)`, in acting order.

    Where it `reads` nothing it is made of other parts alone, and given no entries. `ignores` tells
    of a value and of a fact that acts after all others whether the value stays as it is; "last":
    of every such fact. `resumes`: `make` also takes the part as it was `before`, to go on from
    there. `whole`: its elements are not looked at where it changed.
    """

    __slots__ = (
        "bit", "cone", "dependents", "given", "ignores", "index", "make", "needs", "past", "reads",
        "resumes", "whole",
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
        self.index = self.past = self.bit = self.cone = self.dependents = 0
        self.given: Callable[[list[Any]], tuple[Any, ...]] = tuple

    @overload
    def __get__(self, t: None, owner: type) -> Part[T]: ...
    @overload
    def __get__(self, t: Parts, owner: type) -> T: ...
    def __get__(self, t: Parts | None, owner: type) -> Part[T] | T:
        if t is None:
            return self
        if t._due & self.cone:
            t._work_out(self.cone)
        return t._held[self.index]  # type: ignore[no-any-return]

    def all_reads(self) -> Types:
        """The types of fact that this part and all it needs are made of."""
        own = frozenset(CATALOGUE.values()) if self.reads is EVERY else self.reads
        return own.union(*(need.all_reads() for need in self.needs))


def given() -> Part[Any]:
    """A part that is given to the others, and made of nothing."""
    return Part(lambda: None)


class _OfType(NamedTuple):
    """What a fact of one type does: the lists it enters, the parts that have to be made again.

    `last` are those where it acts after all others, but for what the `watchers` do not ignore.
    """

    lists: tuple[int, ...]
    anywhere: int
    last: int
    watchers: tuple[Part[Any], ...]


class Plan:
    """The parts of a class, each after those it needs, and the lists of entries they read.

    Both are held in one list: the values of the parts, then the entries, then what was `before`.
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
        self.of = {kind: self._of_type(kind) for kind in types}
        self.of_any_other = self._of_type(Fact)

    def _enter(self, part: Part[Any]) -> None:
        if part not in self.parts:
            for need in part.needs:
                self._enter(need)
            part.index = len(self.parts)
            part.bit = part.cone = 1 << part.index
            self.parts.append(part)
            for need in part.needs:
                part.cone |= need.cone
                need.dependents |= part.bit

    def _place(self, part: Part[Any]) -> None:
        at = [need.index for need in part.needs]
        if part.reads is EVERY or part.reads:
            at.insert(0, self.every + self.lists.index(part.reads))
        only = at[0] if len(at) == 1 else -1
        part.given = itemgetter(*at) if len(at) > 1 else lambda held: (held[only],)
        if part.resumes:
            part.past, self.size = self.size, self.size + 1

    def _of_type(self, kind: type[Fact]) -> _OfType:
        readers = [p for p in self.parts if p.reads is EVERY or kind in p.reads]
        watchers = tuple(p for p in readers if callable(p.ignores))
        lists = [n for n, read in enumerate(self.lists) if read is EVERY or kind in read]
        return _OfType(
            tuple(self.every + n for n in lists if n),
            sum(p.bit for p in readers),
            sum(p.bit for p in readers if p.ignores is None),
            watchers,
        )


class Parts:
    """One individual's entries that count, in acting order, and the parts of what they mean.

    `_due` are the parts to be made again when they, or what is made of them, are asked for.
    Threads may share one: asking for a part changes `_held` and `_due`, so that is done under
    `_lock`, and `_due` changes last. A part that is not due, nor anything it is made of, is read
    without the lock.
    """

    __slots__ = ("_due", "_held", "_lock")
    _plan: ClassVar[Plan]
    _lock: Lock
    _due: int
    _held: list[Any]

    def __init_subclass__(cls) -> None:
        cls._plan = Plan(part for part in vars(cls).values() if isinstance(part, Part))

    @property
    def entries(self) -> list[Entry]:
        """The entries that count, in acting order."""
        return self._held[self._plan.every]  # type: ignore[no-any-return]

    def _of_nothing(self, given: Part[T], value: T) -> None:
        """Makes every part as it is without a single fact."""
        plan = self._plan
        self._lock = Lock()
        self._held = [None] * plan.size
        for n in range(len(plan.lists)):
            self._held[plan.every + n] = []
        self._held[given.index] = value
        self._due = (1 << len(plan.parts)) - 1 - given.bit
        self._work_out(self._due)

    def _share(self, other: Parts) -> None:
        """Holds every part and entry as another does."""
        self._lock = Lock()
        with other._lock:  # values and what is due of them belong together
            self._held, self._due = other._held.copy(), other._due

    def _begin(self, counting: Iterable[Entry]) -> None:
        """Takes in entries, in acting order, where there were none."""
        held, every = self._held, self._plan.every
        for n in range(len(self._plan.lists)):
            held[every + n] = []
        held[every] += counting
        for entry in held[every]:
            of = self._of(entry)
            for n in of.lists:
                held[n].append(entry)
            self._due |= of.anywhere

    def _take_in(self, arrived: Iterable[Entry]) -> bool:
        """Takes in what arrived, in the order recorded; whether an entry was left out for it."""
        held, at = self._held, self._plan.every
        every = held[at] = held[at].copy()
        left_out = False
        for entry in arrived:
            if type(entry.fact) is EntryVoided:
                left_out |= self._leave_out(every, voids(entry))
            elif every and entry.fact.on < every[-1].fact.on:
                self._put_between(every, entry)
            else:
                every.append(entry)
                self._put_last(entry)
        return left_out

    def _of(self, entry: Entry) -> _OfType:
        return self._plan.of.get(type(entry.fact), self._plan.of_any_other)

    def _put_last(self, entry: Entry) -> None:
        lists, _, last, watchers = self._of(entry)
        held = self._held
        for n in lists:
            held[n] = [*held[n], entry]
        due = self._due | last
        for part in watchers:
            # Whatever it ignored, it is made again of every fact once a part it needs is another.
            if not part.ignores(held[part.index], entry.fact):  # type: ignore[operator, misc]
                due |= part.bit
        self._due = due

    def _put_between(self, every: list[Entry], entry: Entry) -> None:
        of, held = self._of(entry), self._held
        insort(every, entry, key=_on)
        for n in of.lists:
            held[n] = held[n].copy()
            insort(held[n], entry, key=_on)
        self._due |= of.anywhere

    def _leave_out(self, every: list[Entry], name: str | None) -> bool:
        """A voided entry counts for nothing; neither does the void."""
        gone = next((e for e in every if e.name == name), None)
        if gone is None:
            return False
        of = self._of(gone)
        every.remove(gone)
        for n in of.lists:
            self._held[n] = [e for e in self._held[n] if e is not gone]
        self._due |= of.anywhere
        return True

    def _work_out(self, cone: int) -> None:
        """Makes again what is due of some parts, each before those that need it."""
        with self._lock:
            self._make_due(cone)

    def _make_due(self, cone: int) -> None:
        held, due, parts = self._held, self._due, self._plan.parts
        try:
            while todo := due & cone:
                bit = todo & -todo
                part = parts[bit.bit_length() - 1]
                old, given = held[part.index], part.given(held)
                if part.resumes:
                    new = part.make(*given, before=held[part.past])
                    new = old if old == new else new
                    held[part.past] = Before(new, given)
                else:
                    new = settled(old, part.make(*given), part.whole)
                due ^= bit
                if new is not old:
                    held[part.index] = new
                    due |= part.dependents
        finally:
            self._due = due


def _on(entry: Entry) -> Any:
    return entry.fact.on


def settled(old: Any, new: Any, whole: bool = False) -> Any:
    """The new value; the old one where nothing changed, with the old elements where they did not.

    The order of a mapping counts: it is that in which its elements are listed.
    """
    if old is new:
        return old
    if type(new) is dict and type(old) is dict:
        values = new if whole else {key: settled(old.get(key), new[key]) for key in new}
        same = list(old) == list(new) and all(map(is_, old.values(), values.values()))
        return old if same else values
    if old == new:
        return old
    if type(new) is list and type(old) is list and not whole:
        kept = [a if a is b or a == b else b for a, b in zip(old, new, strict=False)]
        return kept + new[len(kept) :]
    return new


def shared(old: Sequence[Any], new: Sequence[Any]) -> int:
    """How many elements two sequences begin with alike."""
    n = min(len(old), len(new))
    for first in (n, n - 1):  # mostly the last alone is another, if any is
        if old[:first] == new[:first]:
            return first
    return next(i for i in range(n) if old[i] != new[i])
