"""The table of judges: functions that decide whether facts of one type may be recorded.

Modules with judges register them with `@judges(type)`. `judge` imports those modules and looks the
judges up by type.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from tracker.domain.facts import Fact
from tracker.domain.law.tables import Law
from tracker.domain.record.entry import Entry, K
from tracker.domain.record.history import History

K2 = TypeVar("K2", bound=Fact)
Judge = Callable[[History, Entry[K], Law], None]

JUDGES: dict[type[Fact], Callable[[History, Any, Law], None]] = {}


@overload
def judges(kind: type[K], /) -> Callable[[Judge[K]], Judge[K]]: ...
@overload
def judges(kind: type[K], other: type[K2], /) -> Callable[[Judge[K | K2]], Judge[K | K2]]: ...
def judges(*kinds: type[Fact]) -> Callable[[Judge[Any]], Judge[Any]]:
    """Decorator that registers a function as the judge of one type of fact, or of two.

    A judge raises Refused where the fact may not be recorded. Raises ValueError where a type has a
    judge already.
    """

    def register(judge: Judge[Any]) -> Judge[Any]:
        for kind in kinds:
            if kind in JUDGES:
                raise ValueError(f"{kind.__name__} has a judge already")
            JUDGES[kind] = judge
        return judge

    return register
